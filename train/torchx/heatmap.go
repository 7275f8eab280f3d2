package torchx

// #include "native/torchx.h"
import "C"

import (
	"fmt"
	"unsafe"

	"cocostat/balance"
)

// Heatmap returns the heatmap loss l of the logits against the target heatmap,
// both B,C,H,W, with class weights per image, B,C, as a scalar. Its definition
// and its treatment of extreme logits are those of [balance.HeatmapLoss].
//
// The gradient with respect to the logits is computed together with the value,
// and Backward only hands it on, or multiplies it if the loss is not the end of
// the graph and counts with another factor than 1. The logits are not needed
// any more once Heatmap returns.
func Heatmap(logits, heatmap, weights Tensor, l balance.HeatmapLoss) Tensor {
	if err := l.Validate(len(l.Foreground)); err != nil {
		panic(&Error{"heatmap loss", err.Error()})
	}
	foreground, background := narrow(l.Foreground), narrow(l.Background)
	var out C.tx_tensor
	must("heatmap loss", C.tx_heatmap_loss(handle(logits), handle(heatmap), handle(weights), C.double(l.Gamma), C.double(l.Alpha), weighting(l.Weighting),
		(*C.float)(unsafe.SliceData(foreground)), (*C.float)(unsafe.SliceData(background)), C.int32_t(len(foreground)), &out))
	keepAlive(logits, heatmap, weights)
	return own(out)
}

func weighting(w balance.Weighting) C.int32_t {
	switch w {
	case balance.LocationWise:
		return C.TX_LOCATION_WISE
	case balance.Equalised:
		return C.TX_EQUALISED
	case balance.ClassWise, "":
		return C.TX_CLASS_WISE
	}
	panic(fmt.Sprintf("torchx: weighting %q", string(w))) // Validate has seen it
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
