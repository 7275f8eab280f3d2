package train

import (
	"fmt"
	"math"

	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// Weights of the three losses in their sum: hm_weight, wh_weight and off_weight
// of CenterNet's src/lib/opts.py.
const (
	heatmapTerm = 1
	sizeTerm    = 0.1
	offsetTerm  = 1
)

// Losses are the parts of the loss, before their weights in the sum.
type Losses struct {
	Total   float64 `json:"loss"`
	Heatmap float64 `json:"loss_heatmap"`
	Size    float64 `json:"loss_size"`   // cells
	Offset  float64 `json:"loss_offset"` // cells
}

func (l Losses) finite() bool { return !math.IsNaN(l.Total) && !math.IsInf(l.Total, 0) }

func (l Losses) String() string {
	return fmt.Sprintf("loss %.3f (heatmap %.3f, size %.2f, offset %.3f)", l.Total, l.Heatmap, l.Size, l.Offset)
}

// learner is the network in training.
type learner struct {
	net     *model.CenterNet
	average *average // nil: none
	adam    torchx.Optimiser
	loss    balance.HeatmapLoss
	device  string
	side    int
	clock   stopwatch
}

// used is the network that is evaluated and kept.
func (l *learner) used() *model.CenterNet {
	if l.average != nil {
		return l.average.net
	}
	return l.net
}

// step trains on one batch with the weights ŵ (B×C) and the learning rate lr.
func (l *learner) step(b *data.Batch, weights []float32, classes int, lr float64) (losses Losses, err error) {
	err = torchx.Step(func() error {
		t := newTensors(b, classes, l.side, l.device)
		defer t.release()
		if err := t.load(b, weights); err != nil {
			return err
		}
		spent := &l.clock.times
		l.clock.lap(&spent.Copying)
		total, parts := l.losses(t)
		if losses, err = readLosses(total, parts); err != nil {
			return err
		}
		l.clock.lap(&spent.Loss)
		if !losses.finite() {
			return nil // the caller reports it; the network stays as it is
		}
		if err := torchx.Backward(total); err != nil {
			return err
		}
		l.clock.lap(&spent.Backward)
		err := l.adam.Step(lr)
		if err == nil && l.average != nil {
			err = l.average.update(l.adam.Steps())
		}
		l.clock.lap(&spent.Optimiser)
		return err
	})
	return losses, err
}

func (l *learner) losses(t *tensors) (total torchx.Tensor, parts []torchx.Tensor) {
	out := l.net.Forward(t.images)
	l.clock.lap(&l.clock.times.Forward)
	parts = []torchx.Tensor{
		torchx.Heatmap(out.Heatmap, t.heatmap, t.weights, l.loss),
		torchx.GatherL1(out.Size, t.index, t.size, t.mask),
		torchx.GatherL1(out.Offset, t.index, t.offset, t.mask),
	}
	torchx.Release(out.Heatmap, out.Size, out.Offset)
	return torchx.WeightedSum(parts, []float32{heatmapTerm, sizeTerm, offsetTerm}), parts
}

func readLosses(total torchx.Tensor, parts []torchx.Tensor) (Losses, error) {
	var values [4]float64
	for i, t := range append([]torchx.Tensor{total}, parts...) {
		v, err := torchx.Scalar(t)
		if err != nil {
			return Losses{}, err
		}
		values[i] = float64(v)
	}
	return Losses{values[0], values[1], values[2], values[3]}, nil
}
