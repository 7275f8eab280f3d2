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

// By hand: in two seconds two processors worked for three, one of which was our own.
func TestOwnWorkDoesNotCount(t *testing.T) {
	began := time.Now()
	before := reading{began, time.Second, time.Second}
	for _, c := range []struct {
		busy, own time.Duration
		want      float64
	}{{4 * time.Second, 2 * time.Second, 1}, {5 * time.Second, 5 * time.Second, 2}, {5 * time.Second, time.Second, 0}, {3 * time.Second, 5 * time.Second, 2}} {
		if got := left(before, reading{began.Add(2 * time.Second), c.busy, c.own}, 2); got != c.want {
			t.Errorf("busy until %v, of it %v our own: %g processors free, want %g", c.busy, c.own, got, c.want)
		}
	}
	if got := left(before, before, 2); got != 2 {
		t.Errorf("in no time %g processors are free, want 2", got)
	}
}

func TestOthersTakeProcessors(t *testing.T) {
	load, err := NewLoad()
	if err != nil {
		t.Skip("this system does not tell its load: ", err)
	}
	busy := exec.Command("sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { busy.Process.Kill(); busy.Wait() }()
	time.Sleep(500 * time.Millisecond)
	free, err := load.Free()
	if err != nil {
		t.Fatal(err)
	}
	if n := float64(runtime.NumCPU()); free > n-0.25 || free < 0 {
		t.Errorf("%.2f of %g processors free beside a busy process", free, n)
	}
}
