package model

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wangkuiyi/gotorch/nn"

	"cocostat/train/torchx"
)

// Backbones are the values of Config.Backbone.
var Backbones = []string{"mobilenet_v2"}

// Config describes a CenterNet. DefaultConfig returns the paper's.
type Config struct {
	Backbone     string  `json:"backbone"`      // one of Backbones
	Width        float64 `json:"width"`         // channel multiplier of the backbone, in [0.1, 4]
	Neck         []int   `json:"neck"`          // output channels of the upsampling stages; see Config.Stride
	HeadChannels int     `json:"head_channels"` // of the 3×3 convolution in each head
	HeatmapBias  float64 `json:"heatmap_bias"`  // initial logit: -log((1-π)/π)
	Classes      int     `json:"classes"`
}

// DefaultConfig returns the MobileNet v2 CenterNet of the paper for a number
// of classes: neck, head channels and a heatmap that starts at π = 0.1 (a bias of
// −2.19) are those of CenterNet's src/lib/models/networks/resnet_dcn.py.
func DefaultConfig(classes int) Config {
	return Config{Backbone: "mobilenet_v2", Width: 1, Neck: []int{256, 128, 64}, HeadChannels: 64, HeatmapBias: -2.19, Classes: classes}
}

// mostChannels is the most that a layer may be asked for.
const mostChannels = 1 << 14

// Validate reports values that no network can be built from.
func (c Config) Validate() error {
	switch {
	case !slices.Contains(Backbones, c.Backbone):
		return fmt.Errorf("model: unknown backbone %q; there is %s", c.Backbone, strings.Join(Backbones, ", "))
	case !(c.Width >= 0.1 && c.Width <= 4):
		return fmt.Errorf("model: width multiplier %g is outside [0.1, 4]", c.Width)
	case len(c.Neck) < 1 || len(c.Neck) > 3:
		return fmt.Errorf("model: the neck has one to three stages, not %d: name as many channel counts", len(c.Neck))
	case c.HeadChannels < 1 || c.HeadChannels > mostChannels:
		return fmt.Errorf("model: heads of %d channels, want 1 to %d", c.HeadChannels, mostChannels)
	case math.IsNaN(c.HeatmapBias) || math.IsInf(c.HeatmapBias, 0):
		return fmt.Errorf("model: heatmap bias %g is no finite number", c.HeatmapBias)
	case c.Classes < 1:
		return errors.New("model: a detector needs at least one class")
	}
	for _, n := range c.Neck {
		if n < 1 || n > mostChannels {
			return fmt.Errorf("model: neck %v has a stage of %d channels, want 1 to %d", c.Neck, n, mostChannels)
		}
	}
	return nil
}

// Stride is the factor by which the backbone shrinks the image: 32 with the
// three neck stages of the paper, 16 with two, 8 with one. As each stage doubles
// the resolution, the output's stride is 4 in every case. Small images (128×128,
// say) gain from a finer backbone: 4×4 features hardly say where things are.
func (c Config) Stride() int { return 4 << len(c.Neck) }

// Cost is what a network takes, in numbers of 4 bytes.
type Cost struct {
	Parameters  float64
	Activations float64 // of one image: the outputs of all convolutions and normalisations
	Largest     float64 // of these: the largest output
}

// Cost counts what the network takes for images of size×size pixels, without
// making it. The configuration must be valid.
func (c Config) Cost(size int) Cost {
	b := &builder{counts: true, side: float64(size)}
	b.centerNet(c)
	return b.cost
}

// CenterNet is a network and its parameters.
type CenterNet struct {
	backbone, neck        chain
	heatmap, size, offset chain
	entries               []Entry
	norms                 []*nn.BatchNorm2dModule
}

// Output is what the heads give; the shapes are in the package documentation.
type Output struct{ Heatmap, Size, Offset torchx.Tensor }

// NewCenterNet builds a network in memory of the CPU, its weights drawn from
// seed.
func NewCenterNet(c Config, seed uint64) (m *CenterNet, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &builder{rng: rand.New(rand.NewPCG(seed, 0x6d6f64656c))}
	err = torchx.Step(func() error {
		m = b.centerNet(c)
		return nil
	})
	return m, err
}

func (b *builder) centerNet(c Config) *CenterNet {
	m := &CenterNet{}
	var in int
	m.backbone, in = b.mobileNetV2("backbone", c.Width, 2+len(c.Neck))
	m.neck, in = b.neckStages("neck", in, c.Neck)
	m.heatmap = b.head("heads.heatmap", in, c.HeadChannels, c.Classes, c.HeatmapBias)
	m.size = b.head("heads.size", in, c.HeadChannels, 2, 0)
	m.offset = b.head("heads.offset", in, c.HeadChannels, 2, 0)
	m.entries, m.norms = b.entries, b.norms
	return m
}

// neckStages makes the upsampling stages; for MobileNets plain convolutions
// take the place of deformable ones (section 5.1).
func (b *builder) neckStages(prefix string, in int, channels []int) (chain, int) {
	var c chain
	for i, out := range channels {
		name := sub(prefix, i)
		c = append(c,
			b.conv(name+".conv", convSpec{in: in, out: out, kernel: 3, stride: 1, groups: 1}), b.norm(name+".conv_norm", out, 1), relu,
			b.double(name+".up", out, out), b.norm(name+".up_norm", out, 1), relu)
		in = out
	}
	return c, in
}

// head makes 3×3 convolution, ReLU, normalisation (after the activation:
// section 5.1) and a 1×1 convolution with an initial bias.
func (b *builder) head(name string, in, channels, out int, bias float64) chain {
	c := chain{
		b.conv(name+".conv", convSpec{in: in, out: channels, kernel: 3, stride: 1, groups: 1, bias: true}), relu,
		b.norm(name+".norm", channels, 1),
	}
	last := b.conv(name+".out", convSpec{in: channels, out: out, kernel: 1, stride: 1, groups: 1, bias: true, std: 0.001})
	if !b.counts {
		b.fill(b.entries[len(b.entries)-1].Tensor, []int64{int64(out)}, constant(bias))
	}
	return append(c, last)
}

// Forward runs the network on images; see the package documentation. It
// panics as torchx's operators do.
func (m *CenterNet) Forward(images torchx.Tensor) Output {
	features := m.Features(images)
	x := m.neck.Forward(features)
	torchx.Release(features)
	out := Output{m.heatmap.Forward(x), m.size.Forward(x), m.offset.Forward(x)}
	torchx.Release(x)
	return out
}

// Features runs the backbone alone.
func (m *CenterNet) Features(images torchx.Tensor) torchx.Tensor { return m.backbone.Forward(images) }

// SetTraining chooses between the statistics of the batch (training) and the
// running ones (evaluation) in the normalisation layers.
func (m *CenterNet) SetTraining(on bool) {
	for _, n := range m.norms {
		n.Train(on)
	}
}

// Entries returns all parameters and buffers, in the order of the network.
func (m *CenterNet) Entries() []Entry { return m.entries }

// Parameters returns what is trained, in the order of the network.
func (m *CenterNet) Parameters() []torchx.Tensor {
	var p []torchx.Tensor
	for _, e := range m.entries {
		if !e.Buffer {
			p = append(p, e.Tensor)
		}
	}
	return p
}

// Move puts the network on a device, its convolutions in the given layout.
// Do so before making an optimiser.
func (m *CenterNet) Move(device string, layout torchx.Layout) error {
	for _, e := range m.entries {
		if err := torchx.Move(e.Tensor, device, layout); err != nil {
			return err
		}
	}
	return nil
}
