package train

import (
	"cocostat/balance"
	"cocostat/internal/runlog"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// learner is the network in training.
type learner struct {
	net       detector.Detector
	average   *average // nil: none
	optimiser torchx.Optimiser
	loss      balance.HeatmapLoss
	device    string
	clock     stopwatch
}

// used is the network that is evaluated and kept.
func (l *learner) used() detector.Detector {
	if l.average != nil {
		return l.average.net
	}
	return l.net
}

// step trains on one batch with the weights ŵ (N×C) and the learning rate lr.
func (l *learner) step(b *data.Batch, weights []float32, lr float64) (losses Losses, err error) {
	err = torchx.Step(func() error {
		t := &detector.Tensors{Device: l.device}
		defer t.Release()
		spent := &l.clock.times
		images := t.Floats(b.Images, torchx.ChannelsLast, int64(b.N), 3, int64(b.Input.Height), int64(b.Input.Width))
		targets, err := l.net.Load(t, b.Targets, weights)
		if err != nil {
			return err
		}
		l.clock.lap(&spent.Copying)
		total, parts := l.forward(images, targets)
		if losses, err = readLosses(total, parts, l.net.Terms()); err != nil {
			return err
		}
		l.clock.lap(&spent.Loss)
		if !losses.Finite() {
			return nil // the caller reports it; the network stays as it is
		}
		if err := torchx.Backward(total); err != nil {
			return err
		}
		l.clock.lap(&spent.Backward)
		err = l.optimiser.Step(lr)
		if err == nil && l.average != nil {
			err = l.average.update(l.optimiser.Steps())
		}
		l.clock.lap(&spent.Optimiser)
		return err
	})
	return losses, err
}

// forward returns the loss and its parts.
func (l *learner) forward(images torchx.Tensor, targets detector.Loaded) (total torchx.Tensor, parts []torchx.Tensor) {
	out := l.net.Forward(images)
	l.clock.lap(&l.clock.times.Forward)
	parts = l.net.Losses(out, targets, l.loss)
	out.Release()
	var factors []float32
	for _, t := range l.net.Terms() {
		factors = append(factors, t.Factor)
	}
	return torchx.WeightedSum(parts, factors), parts
}

func readLosses(total torchx.Tensor, parts []torchx.Tensor, terms []detector.Term) (Losses, error) {
	v, err := torchx.Scalar(total)
	losses := Losses{Total: float64(v)}
	for i, part := range parts {
		if err != nil {
			return Losses{}, err
		}
		v, err = torchx.Scalar(part)
		losses.Parts = append(losses.Parts, runlog.Part{Name: terms[i].Name, Value: float64(v)})
	}
	return losses, err
}

// batchWeights writes ŵ of eq. (8) for every image and class of a batch.
func batchWeights(dst []float32, m balance.Moment, objects []int32) []float32 {
	dst = dst[:0]
	for _, w := range m.BatchWeights(objects) {
		dst = append(dst, float32(w))
	}
	return dst
}
