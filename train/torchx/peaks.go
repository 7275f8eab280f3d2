package torchx

// #include "native/torchx.h"
import "C"

import "unsafe"

// Peak is a number of a map that none of its eight neighbours exceeds.
type Peak struct {
	Value float32
	Place int64 // (c·H + y)·W + x, of the image's channels
}

// Peaks returns the k best peaks above floor of each image of x, B,C,H,W, the largest
// first; of equal ones those of lower channels, rows and columns come first. Equal
// neighbours are both peaks.
func Peaks(x Tensor, floor float32, k int) ([][]Peak, error) {
	shape, err := Shape(x)
	if err != nil {
		return nil, err
	}
	if len(shape) != 4 || k < 1 {
		return nil, &Error{"peaks", "want maps B,C,H,W and at least one peak"}
	}
	images := int(shape[0])
	k = int(min(int64(k), shape[1]*shape[2]*shape[3]))
	values, places, counts := make([]float32, images*k), make([]int64, images*k), make([]int64, images)
	err = check("peaks", C.tx_peaks(handle(x), C.float(floor), C.int64_t(k), (*C.float)(unsafe.SliceData(values)),
		(*C.int64_t)(unsafe.SliceData(places)), (*C.int64_t)(unsafe.SliceData(counts))))
	keepAlive(x)
	if err != nil {
		return nil, err
	}
	peaks := make([][]Peak, images)
	for i := range peaks {
		for j := range int(counts[i]) {
			peaks[i] = append(peaks[i], Peak{values[i*k+j], places[i*k+j]})
		}
	}
	return peaks, nil
}

// MirroredMean returns the mean of x, B,C,H,W, and of other, whose rows are read
// backwards.
func MirroredMean(x, other Tensor) Tensor {
	return apply("mirrored mean", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_mirrored_mean(in[0], in[1], out)
	}, x, other)
}
