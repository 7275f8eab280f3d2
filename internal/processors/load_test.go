package processors

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The columns are those of proc_stat(5); the sum is made by hand.
func TestBusyTimeOfUsableProcessors(t *testing.T) {
	const stat = `cpu  9 9 9 9 9 9 9 9 9 9
cpu0 100 20 3 5000 70 4 5 6 7 8
cpu1 1 1 1 1 1 1 1 1 1 1
cpu12 10 0 0 0 0 0 0 0 0 0
intr 5 6 7
ctxt 99
`
	got, err := busyTime([]byte(stat), func(cpu int) bool { return cpu != 1 })
	if err != nil {
		t.Fatal(err)
	}
	if want := (100 + 20 + 3 + 4 + 5 + 6 + 10) * 10 * time.Millisecond; got != want {
		t.Errorf("busy for %v, want %v", got, want)
	}
}

func TestUnknownStatIsRefused(t *testing.T) {
	for _, stat := range []string{"cpu0 1 2\n", "cpufreq 1 2 3 4 5 6 7 8 9\n", "cpu0 1 2 x 4 5 6 7 8\n"} {
		if _, err := busyTime([]byte(stat), func(int) bool { return true }); err == nil || !strings.Contains(err.Error(), "cpu") {
			t.Errorf("%q: %v", stat, err)
		}
	}
}

// A process of our own does not count, however much it works; another does.
func TestOthersTakeProcessors(t *testing.T) {
	load, err := NewLoad()
	if err != nil {
		t.Skip(err)
	}
	spin(300 * time.Millisecond)
	alone := free(t, load)

	busy := exec.Command("sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		t.Skip(err)
	}
	defer func() { busy.Process.Kill(); busy.Wait() }()
	time.Sleep(500 * time.Millisecond)
	if beside := free(t, load); beside > max(alone, float64(runtime.NumCPU())-0.5) || beside > float64(runtime.NumCPU())-0.25 {
		t.Errorf("%.2f of %d processors free beside a busy process, %.2f before", beside, runtime.NumCPU(), alone)
	}
}

func spin(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

func free(t *testing.T, l *Load) float64 {
	t.Helper()
	f, err := l.Free()
	if err != nil {
		t.Fatal(err)
	}
	if f < 0 || f > float64(runtime.NumCPU()) {
		t.Fatalf("%g of %d processors free", f, runtime.NumCPU())
	}
	return f
}
