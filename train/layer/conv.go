package layer

import "cocostat/train/torchx"

// Conv describes a convolution with square kernels and "same" padding.
type Conv struct {
	In, Out, Kernel int
	Stride, Groups  int  // 0 means 1
	Weights         Init // nil means HeNormal
	Bias            Init // nil: none
}

// Convolution is a convolution.
type Convolution struct {
	Conv
	weight, bias torchx.Tensor // the bias may be Tensor{}
}

// Conv makes a convolution called name.
func (b *Builder) Conv(name string, c Conv) *Convolution {
	c.Stride, c.Groups = max(c.Stride, 1), max(c.Groups, 1)
	b.stride *= float64(c.Stride)
	parameters := float64(c.Out) * float64(c.In/c.Groups) * float64(c.Kernel*c.Kernel)
	if c.Bias != nil {
		parameters += float64(c.Out)
	}
	b.Count(parameters, float64(c.Out))
	if b.counts {
		return &Convolution{Conv: c}
	}
	weights := c.Weights
	if weights == nil {
		weights = HeNormal
	}
	shape := []int64{int64(c.Out), int64(c.In / c.Groups), int64(c.Kernel), int64(c.Kernel)}
	fanIn, fanOut := fans(shape)
	fanOut /= c.Groups
	made := &Convolution{Conv: c, weight: b.parameter(name+".weight", shape, weights(fanIn, fanOut, b.rng))}
	if c.Bias != nil {
		made.bias = b.parameter(name+".bias", shape[:1], c.Bias(fanIn, fanOut, b.rng))
	}
	return made
}

// Forward convolves x.
func (c *Convolution) Forward(x torchx.Tensor) torchx.Tensor { return c.after(nil, x) }

// after convolves what a normalisation makes of x, of nil x itself.
func (c *Convolution) after(n *Norm, x torchx.Tensor) torchx.Tensor {
	var norm *torchx.Norm
	if n != nil {
		norm = &n.Norm
	}
	switch {
	case c.pointwise():
		return torchx.Pointwise(x, c.weight, c.bias, norm)
	case c.depthwise():
		return torchx.Depthwise(x, c.weight, norm, c.Stride)
	case c.plain():
		return torchx.Conv3x3(x, c.weight, c.bias, norm)
	}
	if n != nil {
		x = n.Forward(x)
		defer torchx.Release(x)
	}
	return torchx.Conv2d(x, c.weight, c.bias, c.Stride, c.Kernel/2, c.Groups)
}

func (c Conv) pointwise() bool { return c.Kernel == 1 && c.Stride == 1 && c.Groups == 1 }

func (c Conv) depthwise() bool {
	return c.Kernel == 3 && c.Groups == c.In && c.Groups == c.Out && c.Stride <= 2 && c.Bias == nil
}

func (c Conv) plain() bool { return c.Kernel == 3 && c.Stride == 1 && c.Groups == 1 }

// Join makes a convolution of what a normalisation gives. Where there are operators
// for both at once, that is not kept for the way back.
func Join(n *Norm, c *Convolution) Layer {
	if n.unkept != nil && (c.pointwise() || c.depthwise() || c.plain()) {
		n.unkept()
	}
	return joined{n, c}
}

type joined struct {
	norm *Norm
	conv *Convolution
}

func (j joined) Forward(x torchx.Tensor) torchx.Tensor { return j.conv.after(j.norm, x) }
