package train_test

import (
	"context"
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

// 320 steps of training, with images decoded anew in every epoch: after the
// first 20 the process stays as large as it is, up to the noise of its
// allocators. A leak of one batch of images a step (6×3×64×64 floats) would be
// 88 MB.
func TestMemoryOfManySteps(t *testing.T) {
	const settled, steps = 20, 320
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
