package processors

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Run by this test's child, in a control group with a limit.
func TestMain(m *testing.M) {
	if os.Getenv("PROCESSORS_COUNT") == "" {
		os.Exit(m.Run())
	}
	if err := Limit(); err != nil {
		os.Stdout.WriteString(err.Error())
	}
	os.Stdout.WriteString(strconv.Itoa(Count()))
}

// A processor and a half are one: the second would be stopped half of the time.
func TestCountKnowsContainers(t *testing.T) {
	if n := count(t, ""); n < 2 {
		t.Skipf("%d processors: no limit allows fewer", n)
	}
	for _, c := range []struct{ quota, want int }{{150000, 1}, {50000, 1}, {200000, 2}} {
		if got := count(t, controlGroup(t, c.quota)); got != c.want {
			t.Errorf("%d processors of a limit of %d µs in 100000, want %d", got, c.quota, c.want)
		}
	}
}

// controlGroup makes a group of so much processor time in 100 ms, and returns the
// file that takes its processes.
func controlGroup(t *testing.T, quota int) string {
	t.Helper()
	const parent = "/sys/fs/cgroup/cpu" // version 1
	group, err := os.MkdirTemp(parent, "processors")
	if err != nil {
		t.Skip("no control group can be made: ", err)
	}
	t.Cleanup(func() { os.Remove(group) })
	if err := os.WriteFile(filepath.Join(group, "cpu.cfs_quota_us"), []byte(strconv.Itoa(quota)), 0o644); err != nil {
		t.Skip("no limit can be set: ", err)
	}
	return filepath.Join(group, "cgroup.procs")
}

// count returns what a process in the group counts.
func count(t *testing.T, group string) int {
	t.Helper()
	script := `exec "$0"`
	if group != "" {
		script = `echo $$ >` + group + ` && ` + script
	}
	c := exec.Command("sh", "-c", script, os.Args[0])
	for _, v := range append(os.Environ(), "PROCESSORS_COUNT=1") {
		if !strings.HasPrefix(v, "GOMAXPROCS=") {
			c.Env = append(c.Env, v)
		}
	}
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
