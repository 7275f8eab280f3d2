package centernet

import (
	"math"
	"math/rand/v2"

	"cocostat/train/backbone"
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Detector is a CenterNet.
type Detector struct {
	*layer.Network
	classes               int
	body                  *backbone.Backbone
	neck                  neck
	heatmap, size, offset layer.Layer
	encoder               *Encoder
}

// New makes a CenterNet on a backbone of the given name and width. The
// configuration must be valid.
func New(b *layer.Builder, name string, width float64, classes int, c Config) *Detector {
	d := &Detector{Network: b.Network(), classes: classes, encoder: c.encoder(classes)}
	d.body = backbone.New(b, "backbone", name, backbone.Options{Width: width, Halvings: c.Halvings()})
	in := d.makeNeck(b, c)
	first := firstOf(name)
	d.heatmap = head(b, "heads.heatmap", in, classes, c, first.heatmap, layer.Constant(c.HeatmapBias))
	d.size = head(b, "heads.size", in, 2, c, first.others, zero)
	d.offset = head(b, "heads.offset", in, 2, c, first.others, zero)
	return d
}

// Backbone returns the backbone.
func (d *Detector) Backbone() *backbone.Backbone { return d.body }

// neck makes one map of stride 4 of the backbone's maps, which stay as they are.
type neck interface {
	Forward(maps []torchx.Tensor) torchx.Tensor
	fold(f *layer.Folder) neck // for inference
}

// makeNeck makes the neck and returns its number of output channels.
func (d *Detector) makeNeck(b *layer.Builder, c Config) (out int) {
	var channels []int
	for _, s := range d.body.Stages {
		channels = append(channels, s.Channels)
	}
	if len(c.Neck) == 0 {
		d.neck, out = newAggregation(b, "neck", channels)
		return out
	}
	d.neck = newStages(b, "neck", channels[len(channels)-1], c)
	return c.Neck[len(c.Neck)-1]
}

// stages enlarge the last map of a backbone.
type stages struct{ layer.Chain }

// rectified are the settings of a normalisation that a ReLU follows.
var rectified = layer.BatchNorm{Activation: torchx.ReLU}

func newStages(b *layer.Builder, prefix string, in int, c Config) stages {
	var chain layer.Chain
	for i, out := range c.Neck {
		name := layer.Sub(prefix, i)
		chain = append(chain,
			c.neckConv(b, name+".conv", in, out), b.Norm(name+".conv_norm", out, rectified),
			b.Double(name+".up", out, out, c.upInit(out)), b.Norm(name+".up_norm", out, rectified))
		in = out
	}
	return stages{chain}
}

func (c Config) neckConv(b *layer.Builder, name string, in, out int) layer.Layer {
	if c.NeckConv == DeformableConv {
		return b.Deformable(name, in, out)
	}
	return b.Conv(name, layer.Conv{In: in, Out: out, Kernel: 3})
}

// upInit returns the first weights of a transposed convolution to out channels.
func (c Config) upInit(out int) layer.Init {
	if c.NeckInit != PublishedInit {
		return nil // He's
	}
	return func(fanIn, fanOut int, rng *rand.Rand) func() float64 {
		interpolates, others := layer.Bilinear(2)(fanIn, fanOut, rng), layer.Uniform(math.Sqrt(5))(fanIn, fanOut, rng)
		n := 0
		return func() float64 {
			channel := n / (4 * 4) % out
			n++
			if channel == 0 {
				return interpolates()
			}
			return others()
		}
	}
}

func (s stages) Forward(maps []torchx.Tensor) torchx.Tensor {
	return s.Chain.Forward(maps[len(maps)-1])
}

func (s stages) fold(f *layer.Folder) neck { return stages{f.Chain(s.Chain)} }

// Forward runs the network on images; the output is heatmap, size and offset, of
// the shapes in the package documentation.
func (d *Detector) Forward(images torchx.Tensor) detector.Output {
	maps := d.features(images)
	x := d.neck.Forward(maps)
	torchx.Release(maps...)
	out := detector.Output{d.heatmap.Forward(x), d.size.Forward(x), d.offset.Forward(x)}
	torchx.Release(x)
	return out
}

// features returns the maps that the neck reads.
func (d *Detector) features(images torchx.Tensor) []torchx.Tensor {
	if _, one := d.neck.(stages); one {
		return []torchx.Tensor{d.body.Last(images)}
	}
	return d.body.Forward(images)
}
