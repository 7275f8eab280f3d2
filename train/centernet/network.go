package centernet

import (
	"cocostat/train/backbone"
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Detector is a CenterNet.
type Detector struct {
	*layer.Network
	classes               int
	backbone              *backbone.Backbone
	neck                  layer.Chain
	heatmap, size, offset layer.Chain
	encoder               *Encoder
}

// New makes a CenterNet on a backbone of the given name and width. The
// configuration must be valid.
func New(b *layer.Builder, name string, width float64, classes int, c Config) *Detector {
	d := &Detector{Network: b.Network(), classes: classes, encoder: &Encoder{classes: classes, slots: MaxObjects}}
	d.backbone = backbone.New(b, "backbone", name, backbone.Options{Width: width, Halvings: c.Halvings()})
	stages := d.backbone.Stages
	in := stages[len(stages)-1].Channels
	d.neck, in = neck(b, "neck", in, c)
	d.heatmap = head(b, "heads.heatmap", in, classes, c, c.HeatmapBias)
	d.size = head(b, "heads.size", in, 2, c, 0)
	d.offset = head(b, "heads.offset", in, 2, c, 0)
	return d
}

// neck makes the upsampling stages and returns their number of output channels.
func neck(b *layer.Builder, prefix string, in int, c Config) (layer.Chain, int) {
	var chain layer.Chain
	for i, out := range c.Neck {
		name := layer.Sub(prefix, i)
		chain = append(chain,
			b.Conv(name+".conv", layer.Conv{In: in, Out: out, Kernel: 3}), b.Norm(name+".conv_norm", out, layer.BatchNorm{}), layer.Relu,
			b.Double(name+".up", out, out), b.Norm(name+".up_norm", out, layer.BatchNorm{}), layer.Relu)
		in = out
	}
	return chain, in
}

// head makes 3×3 convolution, ReLU, normalisation (after the activation:
// section 5.1) if there is one, and a 1×1 convolution with an initial bias.
func head(b *layer.Builder, name string, in, out int, c Config, bias float64) layer.Chain {
	zero := layer.Constant(0)
	chain := layer.Chain{b.Conv(name+".conv", layer.Conv{In: in, Out: c.HeadChannels, Kernel: 3, Bias: zero}), layer.Relu}
	if c.HeadNorm != NoNorm {
		chain = append(chain, b.Norm(name+".norm", c.HeadChannels, layer.BatchNorm{}))
	}
	return append(chain, b.Conv(name+".out", layer.Conv{In: c.HeadChannels, Out: out, Kernel: 1, Weights: layer.Normal(0.001), Bias: layer.Constant(bias)}))
}

// Forward runs the network on images; the output is heatmap, size and offset, of
// the shapes in the package documentation.
func (d *Detector) Forward(images torchx.Tensor) detector.Output {
	features := d.backbone.Last(images)
	x := d.neck.Forward(features)
	torchx.Release(features)
	out := detector.Output{d.heatmap.Forward(x), d.size.Forward(x), d.offset.Forward(x)}
	torchx.Release(x)
	return out
}
