package train_test

import (
	"testing"

	"cocostat/train"
	"cocostat/train/centernet"
	"cocostat/train/model"
)

// detectors are small configurations of networks, optimisers and inputs that
// differ from tiny's.
func detectors(set string) map[string]train.Config {
	deformable := tiny(set)
	deformable.Model.NeckConv, deformable.Model.HeadNorm, deformable.EMA = centernet.DeformableConv, centernet.NoNorm, 0.9
	sgd := tiny(set)
	sgd.Optimiser = train.Optimiser{Name: train.SGD, Momentum: 0.9, BiasRate: 2}
	sgd.Freeze, sgd.TestSize, sgd.LR = train.FreezeStem, train.TestKeep, 1e-3
	fcos := train.DefaultConfigOf(model.FCOS, "mobilenet_v2")
	fcos.Data, fcos.Model.Width, fcos.Model.FCOS.Channels = deformable.Data, 0.25, 32
	fcos.Batch, fcos.Threads, fcos.Workers = 6, 1, 2
	fcos.Sides = train.Sides{Short: []int{64, 96}, Long: 160}
	squares := fcos
	squares.Size, squares.Sides, squares.Optimiser, squares.EMA = 64, train.Sides{}, train.Optimiser{}, 0.9
	squares.Augment, squares.WarmupKind = deformable.Augment, ""
	return map[string]train.Config{"deformable": deformable, "sgd": sgd, "fcos": fcos, "fcos, squares and adam": squares}
}

// However it was stopped, a run of any detector goes on as if it had not been,
// bit for bit, with two threads as well.
func TestResumeOfEveryDetector(t *testing.T) {
	for name, c := range detectors(smallSet(t)) {
		t.Run(name, func(t *testing.T) {
			c.Epochs, c.EvalEvery, c.Threads = 2, 1, 2
			want := whole(t, c)
			run := stopped(t, c, 2, 3)
			ok(t, goOn(t, run))
			sameRuns(t, want, run)
		})
	}
}
