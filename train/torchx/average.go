package torchx

// #include "native/torchx.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// Average moves each of the averages towards its value, in one pass:
//
//	average += weight·(value − average)
//
// Both are float32 tensors of the same shapes; nothing is recorded for
// Backward.
func Average(averages, values []Tensor, weight float64) error {
	if len(averages) != len(values) {
		return fmt.Errorf("torchx: %d averages of %d values", len(averages), len(values))
	}
	a, v := handles(averages), handles(values)
	err := check("average", C.tx_average(unsafe.SliceData(a), unsafe.SliceData(v), C.int32_t(len(a)), C.double(weight)))
	keepAlive(averages...)
	keepAlive(values...)
	return err
}
