package train

import (
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// average is the exponential moving average of a network in training, which is
// evaluated and kept in its place. After step t = 1, 2, … each number θ̄ of it
// moves towards the network's θ,
//
//	θ̄ ← θ̄ + (1 − d_t)(θ − θ̄),  d_t = min(d, (1 + t)/(10 + t)),
//
// from θ̄ = θ before the first step. The growing decay d_t lets the average
// follow the quick changes at the beginning, so that it needs no correction of
// a bias. The running statistics of the normalisations are averaged alike: they
// belong to the averaged weights, not to the last ones.
type average struct {
	net      detector.Detector
	decay    float64
	to, from []torchx.Tensor
}

// newAverage returns an average that begins with net's numbers.
func newAverage(net detector.Detector, c Config) (*average, error) {
	twin, err := placed(c.Model, c.Seed, c.Device)
	if err != nil {
		return nil, err
	}
	a := &average{net: twin, decay: c.EMA}
	for i, e := range net.Entries() {
		a.to, a.from = append(a.to, twin.Entries()[i].Tensor), append(a.from, e.Tensor)
	}
	return a, torchx.Average(a.to, a.from, 1)
}

// decayAt is d_t.
func (a *average) decayAt(t int64) float64 { return min(a.decay, float64(1+t)/float64(10+t)) }

// update moves the average after step t.
func (a *average) update(t int64) error { return torchx.Average(a.to, a.from, 1-a.decayAt(t)) }

// entries lists the average's tensors under the names that they have beside
// those of the network; nil if a is.
func (a *average) entries() []layer.Entry {
	if a == nil {
		return nil
	}
	var entries []layer.Entry
	for _, e := range a.net.Entries() {
		e.Name = averagePrefix + e.Name
		entries = append(entries, e)
	}
	return entries
}
