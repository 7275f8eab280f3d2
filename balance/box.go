package balance

import (
	"fmt"
	"math"
)

// BoxLoss names a loss of the distance between predicted and true boxes. A box
// is given by the distances l, t, r, b > 0 from a cell within it to its left,
// top, right and bottom side, so that both boxes hold the cell, and with
// I = (min l + min r)·(min t + min b), the area that they share, and U, the area
// that they cover, 0 < I ≤ U.
type BoxLoss string

// The losses of boxes. A is the area of the smallest box around both.
const (
	IoU        BoxLoss = "iou"   // −log(I/U): Yu et al. (2016)
	IoUPlusOne BoxLoss = "iou+1" // −log((I+1)/(U+1)), in pixels²: FCOS's own fcos_core/layers/iou_loss.py
	GIoU       BoxLoss = "giou"  // 1 − I/U + (A−U)/A: Rezatofighi et al. (2019)
)

// Validate reports an unknown loss.
func (k BoxLoss) Validate() error {
	switch k {
	case IoU, IoUPlusOne, GIoU:
		return nil
	}
	return fmt.Errorf("balance: unknown box loss %q: use %s, %s or %s", string(k), IoU, IoUPlusOne, GIoU)
}

// Compute returns the mean of the loss over boxes, weighted by the centre-ness c
// of the targets,
//
//	L = Σ c·loss(box) / Σ c
//
// and its gradient with respect to the predictions. Both slices hold l, t, r, b
// of one box after the other, all above 0. Without boxes the loss is 0. Where a
// distance equals its target, the slope of min and max is 1/2. Compute panics if
// the lengths differ, are no multiple of 4, or Validate finds a fault.
func (k BoxLoss) Compute(pred, target []float64) (loss float64, grad []float64) {
	if len(pred) != len(target) || len(pred)%4 != 0 {
		panic(fmt.Sprintf("balance: %d predicted and %d true distances are not four of each box", len(pred), len(target)))
	}
	if err := k.Validate(); err != nil {
		panic(err.Error())
	}
	grad = make([]float64, len(pred))
	var total float64
	for i := 0; i < len(pred); i += 4 {
		total += Centreness(target[i], target[i+1], target[i+2], target[i+3])
	}
	for i := 0; i < len(pred); i += 4 {
		c := Centreness(target[i], target[i+1], target[i+2], target[i+3]) / total
		value, slope := k.term([4]float64(pred[i:]), [4]float64(target[i:]))
		loss += c * value
		for side := range slope {
			grad[i+side] = c * slope[side]
		}
	}
	return loss, grad
}

// term returns the loss of one box and its derivatives.
func (k BoxLoss) term(p, t [4]float64) (value float64, slope [4]float64) {
	width, height := min(p[0], t[0])+min(p[2], t[2]), min(p[1], t[1])+min(p[3], t[3])
	outerWidth, outerHeight := max(p[0], t[0])+max(p[2], t[2]), max(p[1], t[1])+max(p[3], t[3])
	shared, around := width*height, outerWidth*outerHeight
	covered := (p[0]+p[2])*(p[1]+p[3]) + (t[0]+t[2])*(t[1]+t[3]) - shared
	one := 0.0
	if k == IoUPlusOne {
		one = 1
	}
	if k == GIoU {
		value = 1 - shared/covered + (around-covered)/around
	} else {
		value = math.Log(covered+one) - math.Log(shared+one)
	}
	// Derivatives of the areas by side: a side moves along the other direction's length.
	lengths := [2][3]float64{{height, outerHeight, p[1] + p[3]}, {width, outerWidth, p[0] + p[2]}}
	for side := range slope {
		along := lengths[side%2]
		inner := below(p[side], t[side])
		dShared, dAround := inner*along[0], (1-inner)*along[1]
		dCovered := along[2] - dShared
		if k == GIoU {
			// 2 − I/U − U/A
			slope[side] = (shared*dCovered-dShared*covered)/(covered*covered) + (covered*dAround-dCovered*around)/(around*around)
		} else {
			slope[side] = dCovered/(covered+one) - dShared/(shared+one)
		}
	}
	return value, slope
}

// below is the derivative of min(a, b) with respect to a.
func below(a, b float64) float64 {
	switch {
	case a < b:
		return 1
	case a > b:
		return 0
	}
	return 0.5
}

// Centreness returns how near a cell is to the middle of a box, in (0, 1]:
//
//	√( min(l,r)/max(l,r) · min(t,b)/max(t,b) )
//
// of its distances l, t, r, b > 0 to the sides (FCOS, eq. (3)).
func Centreness(l, t, r, b float64) float64 {
	return math.Sqrt(min(l, r) / max(l, r) * min(t, b) / max(t, b))
}

// CentreLoss returns the cross entropy of predicted centre-ness,
//
//	L = −1/P Σ c·log p + (1−c)·log(1−p),   p = σ(x)
//
// over P logits x, and its gradient; c in [0, 1] are the targets. Without cells
// the loss is 0. CentreLoss panics if the lengths differ.
func CentreLoss(logits, targets []float64) (loss float64, grad []float64) {
	if len(logits) != len(targets) {
		panic(fmt.Sprintf("balance: %d logits for %d centre-ness targets", len(logits), len(targets)))
	}
	grad = make([]float64, len(logits))
	for i, x := range logits {
		positive, _ := exactTerm(x, 0) // −log p
		negative, _ := exactTerm(-x, 0)
		loss += (targets[i]*positive + (1-targets[i])*negative) / float64(len(logits))
		grad[i] = (sigmoid(x) - targets[i]) / float64(len(logits))
	}
	return loss, grad
}
