package train_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

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

// 600 steps of training, with images decoded anew in every epoch, an average
// of the weights, and a checkpoint every 50 ms: from step 200 on the process
// stays as large as it is, up to the noise of its allocators. A leak of one
// batch of images a step (2×3×64×64 floats) would be 39 MB.
func TestMemoryOfManySteps(t *testing.T) {
	const settled, steps = 200, 600
	c := tiny(smallSet(t))
	c.Model.Width, c.Model.Neck, c.Model.HeadChannels = 0.1, []int{8, 8, 8}, 8
	c.Batch = 2 // 12 steps in an epoch
	c.Epochs, c.Cache, c.EMA, c.SaveEvery = (steps+11)/12, 0, 0.99, 50*time.Millisecond
	c.EvalEvery = c.Epochs
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
			after := residentMB(t)
			t.Logf("%d MB after step %d, %d MB after step %d", before, settled, after, steps)
			if after-before > 20 {
				t.Errorf("the process grew by %d MB from step %d to step %d", after-before, settled, steps)
			}
		}
	}
	_, err := open(t, c).Run(context.Background(), filepath.Join(t.TempDir(), "run"), w)
	ok(t, err)
	if step < steps {
		t.Errorf("%d steps, want %d", step, steps)
	}
}
