package fcos

import (
	"fmt"
	"math"

	"cocostat/train/layer"
	"cocostat/train/torchx"
)

const (
	// Groups is the number of groups of the towers' normalisations.
	Groups = 32
	// towerConvs is the number of convolutions of a tower.
	towerConvs = 4
	// deviation of the first weights of the head.
	deviation = 0.01
)

// head finds objects on every level with the same layers: a tower for classes and
// centre-ness, another for boxes.
type head struct {
	classTower, boxTower layer.Chain
	classes, centreness  layer.Layer
	boxes                layer.Layer
	scales               [Levels]torchx.Tensor // one number each
}

// newHead makes a head. Its names are torchvision's where there is one
// (torchvision/models/detection/fcos.py), but the centre-ness, which has that
// tower's features there and belongs to the regression head, is predicted from
// the classification tower, as published; the scales have the names of the authors'
// fcos_core/modeling/rpn/fcos/fcos.py.
func newHead(b *layer.Builder, prefix string, channels, classes int, prior float64) *head {
	// All layers see all levels: that costs as much as one level of this stride.
	area := 0.0
	for _, s := range Strides {
		area += 1 / float64(s*s)
	}
	b.At(1 / math.Sqrt(area))

	h := &head{}
	classification, regression := prefix+".classification_head", prefix+".regression_head"
	h.classTower = tower(b, classification+".conv", channels)
	h.classes = headConv(b, classification+".cls_logits", channels, classes, -math.Log((1-prior)/prior))
	h.centreness = headConv(b, classification+".bbox_ctrness", channels, 1, 0)
	h.boxTower = tower(b, regression+".conv", channels)
	h.boxes = headConv(b, regression+".bbox_reg", channels, 4, 0)
	b.Count(Levels, 4) // the scales, and what they make of the boxes
	for i := range h.scales {
		h.scales[i] = b.Parameter(fmt.Sprintf("%s.scales.%d.scale", prefix, i), []int64{1}, layer.Constant(1))
	}
	return h
}

func tower(b *layer.Builder, name string, channels int) layer.Chain {
	var c layer.Chain
	for i := range towerConvs {
		c = append(c, headConv(b, layer.Sub(name, 3*i), channels, channels, 0), b.GroupNorm(layer.Sub(name, 3*i+1), channels, Groups), layer.Relu)
	}
	return c
}

// headConv makes a 3×3 convolution with the published first weights.
func headConv(b *layer.Builder, name string, in, out int, bias float64) layer.Layer {
	return b.Conv(name, layer.Conv{In: in, Out: out, Kernel: 3, Weights: layer.Normal(deviation), Bias: layer.Constant(bias)})
}

// forward returns what the head predicts at the cells of all levels, which it
// releases: logits B,C,1,A, distances B,4,1,A in pixels of the input, and
// centre-ness B,1,1,A, logits.
func (h *head) forward(levels [Levels]torchx.Tensor) (logits, distances, centreness torchx.Tensor) {
	var parts [3][]torchx.Tensor
	for i, x := range levels {
		class, centre := h.look(x)
		parts[0], parts[2] = append(parts[0], class), append(parts[2], centre)
		parts[1] = append(parts[1], h.reach(x, i))
		torchx.Release(x)
	}
	var out [3]torchx.Tensor
	for i, p := range parts {
		out[i] = torchx.CatCells(p)
		torchx.Release(p...)
	}
	return out[0], out[1], out[2]
}

// look predicts logits B,C,H,W and centre-ness B,1,H,W of a level.
func (h *head) look(x torchx.Tensor) (logits, centreness torchx.Tensor) {
	y := h.classTower.Forward(x)
	defer torchx.Release(y)
	return h.classes.Forward(y), h.centreness.Forward(y)
}

// reach predicts the distances B,4,H,W of level i.
func (h *head) reach(x torchx.Tensor, i int) torchx.Tensor {
	y := h.boxTower.Forward(x)
	raw := h.boxes.Forward(y)
	defer torchx.Release(y, raw)
	return torchx.ExpScaled(raw, h.scales[i])
}

// fold makes the head for inference.
func (h *head) fold(f *layer.Folder) *head {
	return &head{f.Chain(h.classTower), f.Chain(h.boxTower), f.Layer(h.classes), f.Layer(h.centreness), f.Layer(h.boxes), h.scales}
}
