package centernet

import (
	"math"

	"cocostat/train/backbone"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// firstHead are the first numbers of a head, but for the last bias.
type firstHead struct{ weights, bias, last layer.Init }

// firstHeads are those of a network's heads.
type firstHeads struct{ heatmap, others firstHead }

var (
	zero    = layer.Constant(0)
	small   = layer.Normal(0.001)
	pytorch = layer.Uniform(math.Sqrt(5)) // the default of its convolutions
)

// firstOf returns the first numbers of the heads on a backbone. Those of ResNets
// and DLA are CenterNet's, of the paper's MobileNets none are known.
func firstOf(name string) firstHeads {
	published := firstHead{pytorch, pytorch, pytorch} // fill_fc_weights leaves the heatmap's
	switch {
	case backbone.IsMobile(name):
		ours := firstHead{layer.HeNormal, zero, small}
		return firstHeads{ours, ours}
	case backbone.Aggregates(name): // src/lib/models/networks/pose_dla_dcn.py
		return firstHeads{published, firstHead{pytorch, zero, pytorch}}
	default: // src/lib/models/networks/resnet_dcn.py
		return firstHeads{published, firstHead{small, zero, small}}
	}
}

// head makes 3×3 convolution, ReLU, normalisation (after the activation:
// section 5.1) if there is one, and a 1×1 convolution with an initial bias.
func head(b *layer.Builder, name string, in, out int, c Config, first firstHead, bias layer.Init) layer.Chain {
	conv := b.Conv(name+".conv", layer.Conv{In: in, Out: c.HeadChannels, Kernel: 3, Weights: first.weights, Bias: first.bias})
	last := func() *layer.Convolution {
		return b.Conv(name+".out", layer.Conv{In: c.HeadChannels, Out: out, Kernel: 1, Weights: first.last, Bias: bias})
	}
	if c.HeadNorm == NoNorm {
		return layer.Chain{conv, layer.Relu, last()}
	}
	norm := b.Norm(name+".norm", c.HeadChannels, layer.BatchNorm{Activation: torchx.AfterReLU})
	return layer.Chain{conv, layer.Join(norm, last())}
}
