package train_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cocostat/train"
	"cocostat/train/torchx"
)

func cudaHere() bool { return torchx.CUDADevices() > 0 }

// residentMB reads VmRSS, which Linux gives in kB.
func residentMB(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc on this system: the memory of the process cannot be read")
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			ok(t, err)
			return kb >> 10
		}
	}
	t.Fatal("no VmRSS in /proc/self/status")
	return 0
}

// 360 steps of training, with images decoded anew in every epoch: after the
// first 60 the process grows by no more than the noise of its allocators. A
// leak of one batch of images a step (6×3×64×64 floats) would be 88 MB.
func TestMemoryOfManySteps(t *testing.T) {
	const settled, steps = 60, 360
	c := tiny(smallSet(t))
	c.Epochs, c.EvalEvery, c.Cache = steps/4, steps/4, 0
	before, step := 0, 0
	w := quiet
	w.Progress = func(p train.Progress) {
		if p.Evaluating {
			return
		}
		step++
		switch step {
		case settled:
			before = residentMB(t)
		case steps:
			if growth := residentMB(t) - before; growth > 20 {
				t.Errorf("the process grew by %d MB from step %d to step %d", growth, settled, steps)
			}
		}
	}
	_, err := open(t, c).Run(context.Background(), filepath.Join(t.TempDir(), "run"), w)
	ok(t, err)
	if step != steps {
		t.Errorf("%d steps, want %d", step, steps)
	}
}
