package layer

import (
	"math"

	"cocostat/train/torchx"
)

// Deformable makes a 3×3 deformable convolution with offsets and masks ("Deformable
// ConvNets v2", Zhu et al., CVPR 2019) and a bias. name.conv_offset_mask makes the
// 18 offsets and 9 logits of the masks; its numbers begin at 0, so that taps begin
// in their places, with masks of 1/2. It never multiplies bfloat16.
func (b *Builder) Deformable(name string, in, out int) Layer {
	b.Count(float64(out*in*9+out), float64(out))
	zero := Constant(0)
	weight := b.Parameter(name+".weight", []int64{int64(out), int64(in), 3, 3}, Uniform(math.Sqrt(5)))
	bias := b.Parameter(name+".bias", []int64{int64(out)}, zero)
	points := b.Conv(name+".conv_offset_mask", Conv{In: in, Out: 27, Kernel: 3, Weights: zero, Bias: zero})
	if b.counts {
		return nil
	}
	return deformable{points, weight, bias}
}

type deformable struct {
	points       *Convolution
	weight, bias torchx.Tensor
}

func (d deformable) Forward(x torchx.Tensor) torchx.Tensor {
	var p torchx.Tensor
	torchx.AtLeastTF32(func() { p = d.points.Forward(x) }) // a bfloat16 of 5 cells lies up to 1/64 of one aside
	y := torchx.Deformable(x, p, d.weight, d.bias, torchx.DeformConfig{Stride: 1, Padding: 1, Dilation: 1})
	torchx.Release(p)
	return y
}
