package torchx

// #include "native/torchx.h"
import "C"

import (
	"fmt"
	"unsafe"

	"cocostat/balance"
)

// BoxLoss returns the loss k of predicted boxes at the positive cells, weighted by
// the centre-ness of the targets, as [balance.BoxLoss] defines it; 0 without
// positive cells. The boxes of a cell are given by its distances to the left,
// top, right and bottom side, all above 0: distances are those predicted,
// B,4,1,N, targets the true ones, B,N,4, of which those of positive cells are
// read. Cell n of image b is b·N+n in positives.
func BoxLoss(distances, targets Tensor, positives []int64, k balance.BoxLoss) Tensor {
	if err := k.Validate(); err != nil {
		panic(&Error{"box loss", err.Error()})
	}
	return apply("box loss", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_box_loss(in[0], in[1], (*C.int64_t)(unsafe.SliceData(positives)), C.int64_t(len(positives)), boxLoss(k), out)
	}, distances, targets)
}

func boxLoss(k balance.BoxLoss) C.int32_t {
	switch k {
	case balance.IoU:
		return C.TX_IOU
	case balance.IoUPlusOne:
		return C.TX_IOU_PLUS_ONE
	case balance.GIoU:
		return C.TX_GIOU
	}
	panic(fmt.Sprintf("torchx: box loss %q", string(k))) // Validate has seen it
}

// CentreLoss returns the mean cross entropy of the predicted centre-ness, logits
// B,1,1,N, over the positive cells, against that of the true distances; 0 without
// positive cells. See [balance.CentreLoss], and BoxLoss for targets and positives.
func CentreLoss(logits, targets Tensor, positives []int64) Tensor {
	return apply("centre-ness loss", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_centre_loss(in[0], in[1], (*C.int64_t)(unsafe.SliceData(positives)), C.int64_t(len(positives)), out)
	}, logits, targets)
}
