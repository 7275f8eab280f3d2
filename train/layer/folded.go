package layer

import "cocostat/train/torchx"

// convolved is a convolution for inference.
type convolved struct {
	folded *torchx.Folded
	conv   Conv // for a pointwise or depthwise one; else nothing
}

func (c *Convolution) fold(f *Folder, s surroundings) Layer {
	return convolved{f.make(torchx.Folding{
		Kind: torchx.Convolution, Weight: c.weight, Bias: c.bias, Stride: c.Stride, Padding: c.Kernel / 2, Groups: c.Groups,
	}, s), c.Conv}
}

func (d doubling) fold(f *Folder, s surroundings) Layer {
	return convolved{folded: f.make(torchx.Folding{Kind: torchx.Doubling, Weight: d.weight, Stride: 2, Padding: 1}, s)}
}

func (c convolved) Forward(x torchx.Tensor) torchx.Tensor    { return c.Add(x, torchx.Tensor{}) }
func (c convolved) Add(x, added torchx.Tensor) torchx.Tensor { return c.folded.Forward(x, added) }
func (c convolved) ForwardAll(x ...torchx.Tensor) torchx.Tensor {
	return c.folded.ForwardAll(x)
}

// deformed is a deformable convolution for inference.
type deformed struct{ points, folded *torchx.Folded }

func (d deformable) fold(f *Folder, s surroundings) Layer {
	points := d.points.fold(f, surroundings{}).(convolved).folded
	return deformed{points, f.make(torchx.Folding{Kind: torchx.DeformConvolution, Weight: d.weight, Bias: d.bias, Stride: 1, Padding: 1}, s)}
}

func (d deformed) Forward(x torchx.Tensor) torchx.Tensor {
	p := d.points.Forward(x, torchx.Tensor{})
	defer torchx.Release(p)
	return d.folded.Deform(x, p)
}

// block is an inverted residual block for inference, or a part of one.
type block struct{ expand, depthwise, project *torchx.Folded }

func (b block) Forward(x torchx.Tensor) torchx.Tensor { return b.Add(x, torchx.Tensor{}) }
func (b block) Add(x, added torchx.Tensor) torchx.Tensor {
	return torchx.Block(b.expand, b.depthwise, b.project, x, added)
}

// scaled is a 1×1 convolution of what a scaler makes.
type scaled struct {
	scaler  Scaler
	project *torchx.Folded
}

func (s scaled) Forward(x torchx.Tensor) torchx.Tensor { return s.Add(x, torchx.Tensor{}) }
func (s scaled) Add(x, added torchx.Tensor) torchx.Tensor {
	factors := s.scaler.Factors(x)
	defer torchx.Release(factors)
	return s.project.ForwardScaled(x, factors, added)
}

// summed are layers for inference of which the last one adds.
type summed struct {
	before Chain
	last   Adder
}

func (s summed) Forward(x torchx.Tensor) torchx.Tensor { return s.Add(x, torchx.Tensor{}) }
func (s summed) Add(x, added torchx.Tensor) torchx.Tensor {
	y := s.before.Forward(x)
	if len(s.before) > 0 {
		defer torchx.Release(y)
	}
	return s.last.Add(y, added)
}

// spots are layers of which the first one sees cells beside its own.
type spots struct {
	Chain
	first  convolved
	others Chain
}

func (s spots) At(maps torchx.Tensor, cells []int64) torchx.Tensor {
	y := s.first.folded.At(maps, cells)
	if len(s.others) == 0 {
		return y
	}
	defer torchx.Release(y)
	return s.others.Forward(y)
}
