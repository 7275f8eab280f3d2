package train

import (
	"slices"

	"cocostat/balance"
	"cocostat/internal/runlog"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/torchx"
	"cocostat/train/world"
)

// learner is the network in training.
type learner struct {
	net       detector.Detector
	average   *average // nil: none
	optimiser torchx.Optimiser
	loss      balance.HeatmapLoss
	device    string
	precision torchx.Precision // of convolutions
	// ahead says that losses are not waited for: a CUDA device still computes a batch
	// while the next one is handed out. See settle.
	ahead bool
	clock stopwatch

	batches int             // of a step, in all processes
	sum     Losses          // of this process's batches of the step so far, as far as known
	world   *world.World    // nil: one process
	reducer *torchx.Reducer // of gradients, for several
	extras  []float32       // that are summed beside them
}

// used is the network that is evaluated and kept.
func (l *learner) used() detector.Detector {
	if l.average != nil {
		return l.average.net
	}
	return l.net
}

// all lists all numbers that training goes on from: of the network, its average
// and the optimiser.
func (l *learner) all() ([]layer.Entry, error) {
	moments, err := momentEntries(l.net, l.optimiser)
	return slices.Concat(l.net.Entries(), l.average.entries(), moments), err
}

// reduceIn has gradients summed over the processes, of which this one sees a share
// of the batches.
func (l *learner) reduceIn(w *world.World, s data.Share) (err error) {
	var running []torchx.Running
	for _, e := range l.net.Entries() {
		if e.Buffer && !e.Frozen {
			running = append(running, torchx.Running{Tensor: e.Tensor, Momentum: e.Momentum})
		}
	}
	_, own, after := s.Own()
	l.world, l.extras = w, make([]float32, 2+len(l.net.Terms()))
	l.reducer, err = torchx.NewReducer(w.Group(), l.net.Parameters(), running, torchx.Share{Own: own, Later: after, All: l.batches}, len(l.extras))
	return err
}

func (l *learner) close() {
	l.optimiser.Close()
	if l.reducer != nil && !l.world.Broken() { // else someone still waits in it
		l.reducer.Close()
	}
}

// outcome is what a step came to.
type outcome struct {
	losses Losses // means over the step's batches, of all processes
	stop   bool   // a process wants to end
}

// reading are the losses of a batch.
type reading struct {
	losses Losses
	later  *torchx.Later // nil: losses are there
}

// batch learns from a batch with the weights ŵ (N×C), and returns its losses. last
// says that it is this process's last of the step, and does it, if it is not nil.
func (l *learner) batch(b *data.Batch, weights []float32, last *conclusion) (r reading, err error) {
	err = torchx.Step(func() error {
		defer torchx.UsePrecision(l.precision)()
		t := &detector.Tensors{Device: l.device}
		defer t.Release()
		spent := &l.clock.times
		images := t.Pixels(b.Images, shapeOf(b))
		targets, err := l.net.Load(t, b.Targets, weights)
		if err != nil {
			return err
		}
		l.clock.lap(&spent.Copying)
		total, parts := l.forward(images, targets)
		if r, err = l.read(total, parts); err != nil {
			return err
		}
		l.clock.lap(&spent.Loss)
		if l.ahead || r.losses.Finite() { // else the step comes to nothing
			if err := l.backward(total, last != nil); err != nil {
				return err
			}
		}
		l.clock.lap(&spent.Backward)
		if last == nil {
			return nil
		}
		return l.conclude(last)
	})
	return r, err
}

// backward adds the gradients of a loss. On the last way back of a step the sums
// over the processes begin.
func (l *learner) backward(total torchx.Tensor, last bool) error {
	if last && l.reducer != nil {
		if err := l.reducer.Arm(); err != nil {
			return err
		}
	}
	return torchx.Backward(total)
}

// conclusion ends a step.
type conclusion struct {
	rate float64 // of learning
	stop bool    // this process wants to end
	out  outcome
}

// conclude moves the parameters along the mean gradient of the step's batches, if
// its losses are finite or not known yet.
func (l *learner) conclude(c *conclusion) error {
	spent := &l.clock.times
	if !l.ahead {
		if err := l.reduce(c); err != nil {
			return err
		}
		if l.reducer != nil {
			l.clock.lap(&spent.Reducing)
		}
		l.sum = Losses{}
		if !c.out.losses.Finite() {
			return nil // the caller reports it; the network stays as it is
		}
	}
	err := l.optimiser.Step(c.rate)
	if err == nil && l.average != nil {
		err = l.average.update(l.optimiser.Steps())
	}
	l.clock.lap(&spent.Optimiser)
	return err
}

// reduce makes the step's outcome of all processes'.
func (l *learner) reduce(c *conclusion) error {
	k := float64(l.batches)
	if l.reducer == nil {
		c.out = outcome{l.sum.Over(k), c.stop}
		return nil
	}
	l.extras[0], l.extras[1] = 0, float32(l.sum.Total)
	if c.stop {
		l.extras[0] = 1
	}
	for i, p := range l.sum.Parts {
		l.extras[2+i] = float32(p.Value)
	}
	if err := l.reducer.Start(l.extras); err != nil {
		return err
	}
	if err := l.world.Wait("the sum of gradients", l.reducer.Wait); err != nil {
		return err
	}
	if err := l.reducer.Finish(l.extras); err != nil {
		return err
	}
	c.out = outcome{Losses{Total: float64(l.extras[1])}, l.extras[0] > 0}
	for i, t := range l.net.Terms() {
		c.out.losses.Parts = append(c.out.losses.Parts, runlog.Part{Name: t.Name, Value: float64(l.extras[2+i])})
	}
	c.out.losses = c.out.losses.Over(k)
	return nil
}

// forward returns the loss, divided by the number of batches of a step, and its
// parts.
func (l *learner) forward(images torchx.Tensor, targets detector.Loaded) (total torchx.Tensor, parts []torchx.Tensor) {
	out := l.net.Forward(images)
	l.clock.lap(&l.clock.times.Forward)
	parts = l.net.Losses(out, targets, l.loss)
	out.Release()
	var factors []float32
	for _, t := range l.net.Terms() {
		factors = append(factors, t.Factor/float32(l.batches))
	}
	return torchx.WeightedSum(parts, factors), parts
}

// read has the losses of a batch read, and waits for them unless the training is
// ahead of them.
func (l *learner) read(total torchx.Tensor, parts []torchx.Tensor) (reading, error) {
	later, err := torchx.ReadLater(append([]torchx.Tensor{total}, parts...)...)
	if err != nil || l.ahead {
		return reading{later: later}, err
	}
	losses, err := l.losses(later)
	l.sum = l.sum.Plus(losses)
	return reading{losses: losses}, err
}

// losses waits for the losses of a batch.
func (l *learner) losses(later *torchx.Later) (Losses, error) {
	values, err := later.Values()
	if err != nil {
		return Losses{}, err
	}
	losses := Losses{Total: float64(values[0]) * float64(l.batches)}
	for i, t := range l.net.Terms() {
		losses.Parts = append(losses.Parts, runlog.Part{Name: t.Name, Value: float64(values[1+i])})
	}
	return losses, nil
}

// settle returns the losses of a batch, which it waits for if they are not there,
// and then makes those of the step that it was the last of.
func (l *learner) settle(r reading, last *conclusion) (Losses, error) {
	if r.later == nil {
		return r.losses, nil
	}
	losses, err := l.losses(r.later)
	l.clock.lap(&l.clock.times.Device)
	if err != nil {
		return losses, err
	}
	l.sum = l.sum.Plus(losses)
	if last != nil {
		last.out, l.sum = outcome{l.sum.Over(float64(l.batches)), last.stop}, Losses{}
	}
	return losses, nil
}

// batchWeights writes ŵ of eq. (8) for every image and class of a batch.
func batchWeights(dst []float32, m balance.Moment, objects []int32) []float32 {
	dst = dst[:0]
	for _, w := range m.BatchWeights(objects) {
		dst = append(dst, float32(w))
	}
	return dst
}
