package torchx

// #include "native/torchx.h"
import "C"

// DeformConfig says where the taps of a deformable convolution start from. With
// kernels of 3×3, {Stride: 1, Padding: 1, Dilation: 1} keeps the size.
type DeformConfig struct {
	Stride   int // at least 1
	Padding  int // at least 0; what lies outside the image counts as 0
	Dilation int // at least 1
}

// DeformConv2d returns the modulated deformable convolution of Zhu et al.,
// "Deformable ConvNets v2" (CVPR 2019), with one group of offsets. Of
//
//	x       B,C,H,W
//	offset  B,2K,H',W'  Δy and Δx of tap 0, Δy and Δx of tap 1, …, in cells of x
//	mask    B,K,H',W'   a factor of each tap
//	weight  O,C,I,J     K = I·J taps, row by row
//	bias    O           or Tensor{}: none
//
// it makes the output B,O,H',W' in the memory layout of x:
//
//	out[b,o,oy,ox] = bias[o] + Σ_c,k weight[o,c,k]·mask[b,k,oy,ox]·x[b,c,y_k,x_k]
//	y_k = oy·stride − padding + i·dilation + Δy_k
//	x_k = ox·stride − padding + j·dilation + Δx_k
//
// Between cells x is interpolated linearly, and cells outside the image are 0,
// so a tap sees nothing unless −1 < y_k < H and −1 < x_k < W; an infinite
// offset is just far outside. An offset that is not a number makes the output
// one. Where y_k or x_k is a whole number, −1 included, the gradient with
// respect to it is the slope towards larger ones, as in
// torchvision.ops.deform_conv2d; see testdata/make_deform.py.
//
// For backward the inputs are kept and nothing else. On a CPU neither the output
// nor a gradient depends on the number of threads; x that is not channels-last
// is copied. On a CUDA device matrix products of libtorch's and kernels of our own (see
// CUDAKernels) compute it for some images at a time; these depend on no order, either.
func DeformConv2d(x, offset, mask, weight, bias Tensor, c DeformConfig) Tensor {
	var out C.tx_tensor
	must("deformable convolution", C.tx_deform_conv2d(handle(x), handle(offset), handle(mask), handle(weight), handle(bias),
		C.int64_t(c.Stride), C.int64_t(c.Padding), C.int64_t(c.Dilation), &out))
	keepAlive(x, offset, mask, weight, bias)
	return own(out)
}

// Deformable is DeformConv2d with offsets and masks as a convolution of x makes
// them: points, B,3K,H',W', holds the 2K offsets, then K logits, of which the
// masks are the sigmoids.
func Deformable(x, points, weight, bias Tensor, c DeformConfig) Tensor {
	var out C.tx_tensor
	must("deformable convolution", C.tx_deformable(handle(x), handle(points), handle(weight), handle(bias),
		C.int64_t(c.Stride), C.int64_t(c.Padding), C.int64_t(c.Dilation), &out))
	keepAlive(x, points, weight, bias)
	return traced("deformable convolution", []float64{float64(c.Stride), float64(c.Padding), float64(c.Dilation)}, nil, own(out), []Tensor{x, points, weight, bias})
}
