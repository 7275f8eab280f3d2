package layer

import "cocostat/train/torchx"

// groupEps is PyTorch's default, which the variance is enlarged by.
const groupEps = 1e-5

// GroupNorm makes a normalisation by the statistics of groups of channels in each
// image (Wu and He, "Group Normalization", ECCV 2018), with a scale and a shift for
// each channel, called name.
func (b *Builder) GroupNorm(name string, channels, groups int) Layer {
	b.Count(2*float64(channels), float64(channels))
	if b.counts {
		return nil
	}
	shape := []int64{int64(channels)}
	weight := b.Parameter(name+".weight", shape, Constant(1))
	bias := b.Parameter(name+".bias", shape, Constant(0))
	return Func(func(x torchx.Tensor) torchx.Tensor { return torchx.GroupNorm(x, weight, bias, groups, groupEps) })
}
