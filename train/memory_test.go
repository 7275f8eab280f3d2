package train_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"cocostat/internal/resident"
	"cocostat/train"
	"cocostat/train/torchx"
)

func cudaHere() bool { return torchx.CUDADevices() > 0 }

func residentMB(t *testing.T) int64 {
	t.Helper()
	n, known := resident.Bytes()
	if !known {
		t.Skip("this system does not tell the memory of a process")
	}
	return n >> 20
}

// aloneVariable, when set, says that the test runs in a process of its own.
const aloneVariable = "COCOSTAT_TEST_ALONE"

// 640 steps of training, with images decoded anew in every epoch: once caches
// and allocators have settled, which takes up to some 200 steps, 340 steps more
// leave the process as large as it is. A leak of one batch of images a step
// (6×3×64×64 floats) would be 100 MB. Memory that other tests have left behind
// would blur that, so the steps run in another process.
func TestMemoryOfManySteps(t *testing.T) {
	if os.Getenv(aloneVariable) == "" {
		residentMB(t) // skips here rather than there
		alone := exec.Command(os.Args[0], "-test.run=^TestMemoryOfManySteps$")
		alone.Env = append(os.Environ(), aloneVariable+"=1")
		if out, err := alone.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	const settled, steps = 300, 640
	c := tiny(smallSet(t))
	c.Epochs, c.EvalEvery, c.Cache = steps/4, steps/4, 0
	before, step := int64(0), 0
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
			if growth := residentMB(t) - before; growth > 30 {
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
