package torchx

// #include "native/torchx.h"
import "C"

// UpDepthwise returns the transposed convolution of each channel of x, B,C,H,W,
// with its own weight, C,1,2f,2f, at stride f and padding f/2, as
// nn.ConvTranspose2d does with C groups but faster: B,C,fH,fW. f is 2, 4 or 8.
func UpDepthwise(x, weight Tensor, f int) Tensor {
	return applyWith("depthwise upsampling", []float64{float64(f)}, func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_up_depthwise(in[0], in[1], C.int64_t(f), out)
	}, x, weight)
}
