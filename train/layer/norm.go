package layer

import "github.com/wangkuiyi/gotorch/nn"

// BatchNorm are the settings of a batch normalisation; those that are 0 have
// PyTorch's defaults.
type BatchNorm struct {
	Zero     bool    // the scale starts at 0 instead of 1
	Eps      float64 // added to the variance; 0 means 1e-5
	Momentum float64 // of a batch in the running statistics; 0 means 0.1
}

// Norm makes a batch normalisation (Ioffe and Szegedy, 2015) called name.
func (b *Builder) Norm(name string, channels int, s BatchNorm) Layer {
	b.Count(2*float64(channels), float64(channels))
	if b.counts {
		return nil
	}
	if s.Eps == 0 {
		s.Eps = 1e-5
	}
	if s.Momentum == 0 {
		s.Momentum = 0.1
	}
	n := nn.BatchNorm2d(int64(channels), s.Eps, s.Momentum, true, true)
	shape := []int64{int64(channels)}
	if s.Zero {
		b.fill(n.Weight, shape, func() float64 { return 0 })
	} else {
		b.fill(n.Weight, shape, func() float64 { return 1 })
	}
	b.register(Entry{Name: name + ".weight", Tensor: n.Weight, Shape: shape})
	b.register(Entry{Name: name + ".bias", Tensor: n.Bias, Shape: shape})
	b.register(Entry{Name: name + ".running_mean", Tensor: n.RunningMean, Shape: shape, Buffer: true, Momentum: s.Momentum})
	b.register(Entry{Name: name + ".running_var", Tensor: n.RunningVar, Shape: shape, Buffer: true, Momentum: s.Momentum})
	b.network.norms = append(b.network.norms, norm{name, n})
	return n
}
