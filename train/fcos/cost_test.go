package fcos

import (
	"math"
	"strings"
	"testing"

	"cocostat/train/backbone"
	"cocostat/train/internal/pytorch"
	"cocostat/train/layer"
)

// The totals are computed from the architecture, layer by layer: lateral
// convolutions of C channels in·C + C, others 9·C² + C; the head has ten
// convolutions with biases, 8 normalisations of 2·C and five scales, for 80
// classes.
func TestPyramidAndHeadHaveThePublishedNumberOfParameters(t *testing.T) {
	for _, c := range []struct {
		in       [fromBackbone]int
		channels int
		want     float64
	}{{[3]int{512, 1024, 2048}, 256, 3868672}, {[3]int{32, 96, 320}, 256, 3065856}, {[3]int{32, 96, 320}, 128, 795648}} {
		b := layer.NewCounter(1)
		newPyramid(b, "fpn", c.in, c.channels)
		if got := b.Cost().Parameters; got != c.want {
			t.Errorf("the pyramid of %d channels on %v has %v parameters, want %v", c.channels, c.in, got, c.want)
		}
	}
	for channels, want := range map[int]float64{256: 4920666, 128: 1280730} {
		b := layer.NewCounter(1)
		newHead(b, "head", channels, 80, 0.01)
		if got := b.Cost().Parameters; got != want {
			t.Errorf("the head of %d channels has %v parameters, want %v", channels, got, want)
		}
	}
}

// FCOS on MobileNet v2: 1,811,712 of the backbone without its last convolution,
// 3,065,856 and 4,920,666 as above. What is counted is what is made.
func TestNetworkHasThePublishedNumberOfParameters(t *testing.T) {
	const want, running = 1811712 + 3065856 + 4920666, 31552
	parameters, buffers := 0, 0
	for _, e := range build(t, "mobilenet_v2", 1, 80, Default()).Entries() {
		if e.Buffer {
			buffers += pytorch.Count(e.Shape)
		} else {
			parameters += pytorch.Count(e.Shape)
		}
	}
	b := layer.NewCounter(1)
	New(b, "mobilenet_v2", 1, 80, Default())
	if parameters != want || buffers != running || b.Cost().Parameters != want {
		t.Errorf("%d parameters and %d running numbers, counted %v, want %d and %d", parameters, buffers, b.Cost().Parameters, want, running)
	}
}

// FCOS on ResNet-50 has 23,508,032 of the backbone without its classifier, the
// others are as many as their maps of strides 8, 16 and 32 ask for: lateral
// convolutions of those channels.
func TestEveryBackboneFits(t *testing.T) {
	const five3x3, laterals = 5 * (9*256*256 + 256), 3 * 256
	channels := map[string]float64{
		"mobilenet_v2": 32 + 96 + 320, "mobilenet_v3_large": 40 + 112 + 160, "resnet18": 128 + 256 + 512, "resnet34": 128 + 256 + 512,
		"resnet50": 512 + 1024 + 2048, "resnet101": 512 + 1024 + 2048, "dla34": 128 + 256 + 512,
	}
	for _, name := range backbone.Names() {
		alone, whole := layer.NewCounter(1), layer.NewCounter(1)
		backbone.New(alone, "backbone", name, backbone.Full)
		New(whole, name, 1, 80, Default())
		want := alone.Cost().Parameters + five3x3 + laterals + 256*channels[name] + 4920666
		if got := whole.Cost().Parameters; got != want || name == "resnet50" && got != 32297370 {
			t.Errorf("%s: %v parameters, want %v", name, got, want)
		}
	}
}

// The outputs of the head's layers at 800×1344, by hand: two towers of four
// convolutions and four normalisations of 256 channels, 80 + 1 + 4 outputs and 4
// scaled ones, at 22,400 cells; the cost takes P6 and P7 as exact quarters, which makes it
// 0.1 % less. Of all outputs at once, the largest is that of a layer of a tower.
func TestHeadCost(t *testing.T) {
	b := layer.NewCounter(800 * 1344)
	newHead(b, "head", 256, 80, 0.01)
	got := b.Cost()
	for what, c := range map[string][2]float64{
		"activations": {got.Activations, 22400 * (2*8*256 + 89)},
		"largest":     {got.Largest, 22400 * 256},
	} {
		if math.Abs(c[0]/c[1]-1) > 0.002 {
			t.Errorf("%s: %v, want %v", what, c[0], c[1])
		}
	}
}

// First weights: those of the head have a deviation of 0.01, those of the pyramid
// lie between ∓√(3/fanIn), biases are 0 but for that of the classes, which gives
// them a probability of 0.01, and scales are 1.
func TestFirstWeights(t *testing.T) {
	for _, e := range build(t, "mobilenet_v2", 0.25, 3, small()).Entries() {
		if strings.HasPrefix(e.Name, "backbone.") {
			continue
		}
		values := pytorch.Numbers(t, e.Tensor)
		var sum, squares, largest float64
		for _, v := range values {
			sum += float64(v)
			squares += float64(v) * float64(v)
			largest = max(largest, math.Abs(float64(v)))
		}
		deviation := math.Sqrt(squares / float64(len(values)))
		constant, isConstant := 0.0, true
		switch {
		case e.Name == "head.classification_head.cls_logits.bias":
			constant = -4.59512 // −log 99
		case strings.HasSuffix(e.Name, ".scale") || strings.HasSuffix(e.Name, ".weight") && len(e.Shape) == 1:
			constant = 1
		default:
			isConstant = strings.HasSuffix(e.Name, ".bias")
		}
		switch {
		case isConstant:
			if math.Abs(sum/float64(len(values))-constant) > 1e-5 || math.Abs(deviation-math.Abs(constant)) > 1e-5 {
				t.Errorf("%s begins at %g, want %g", e.Name, values[0], constant)
			}
		case strings.HasPrefix(e.Name, "head."):
			if math.Abs(deviation-0.01) > 0.002 || largest < 0.02 {
				t.Errorf("%s begins with a deviation of %g and up to %g", e.Name, deviation, largest)
			}
		default:
			bound := math.Sqrt(3 / float64(pytorch.Count(e.Shape[1:])))
			if largest > bound || largest < 0.95*bound || math.Abs(deviation/bound*math.Sqrt(3)-1) > 0.05 {
				t.Errorf("%s begins with a deviation of %g and up to %g, its bound is %g", e.Name, deviation, largest, bound)
			}
		}
	}
}
