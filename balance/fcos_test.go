package balance_test

import (
	"math"
	"strings"
	"testing"

	"cocostat/balance"
)

// fcos is FCOS's classification loss.
var fcos = balance.HeatmapLoss{Gamma: balance.Gamma, Alpha: balance.FCOSAlpha}

// One image, one class, p = 1/2: every term without its factor is (1/2)² ln 2.
// No value between 0 and 1 is reduced.
func TestBalancedFocalByHand(t *testing.T) {
	shape := balance.Shape{1, 1, 1, 4}
	loss, grad := fcos.Compute([]float64{0, 0, 0, 0}, []float64{1, 0, 0.5, 1}, []float64{3}, shape)
	near(t, "loss", loss, 3*math.Ln2/4*(0.25+0.75+0.75+0.25)/2, 1e-15)
	slope := 3 * (0.25*math.Ln2 + 0.125) / 2
	nearAll(t, "gradient", grad, []float64{-slope / 4, slope * 3 / 4, slope * 3 / 4, -slope / 4}, 1e-15)
	loss, _ = fcos.Compute([]float64{0, 0, 0, 0}, make([]float64, 4), nil, shape)
	near(t, "no positive cell", loss, 4*0.75*math.Ln2/4, 1e-15)
}

// With α = 1/2 and targets of zeros and ones the loss is half of the one without
// α, as far as the clamp is away.
func TestBalancedHalfIsHalf(t *testing.T) {
	logits, heatmap, weights, shape := random(3)
	for i := range heatmap {
		heatmap[i] = math.Floor(heatmap[i])
	}
	whole, wholeGrad := focal.Compute(logits, heatmap, weights, shape)
	loss, grad := balance.HeatmapLoss{Gamma: 2, Alpha: 0.5}.Compute(logits, heatmap, weights, shape)
	near(t, "loss", 2*loss, whole, 1e-14)
	for i := range grad {
		near(t, "gradient", 2*grad[i], wholeGrad[i], 1e-14)
	}
}

// Far from 0 a wrong prediction costs |x| and has the slope of the factor; a
// right one costs nothing. Nothing overflows.
func TestBalancedExtremes(t *testing.T) {
	for _, x := range []float64{50, 750, 1e30} {
		loss, grad := fcos.Compute([]float64{-x, x}, []float64{1, 0}, nil, balance.Shape{1, 1, 1, 2})
		near(t, "wrong", loss, x, 1e-12*x)
		nearAll(t, "gradient", grad, []float64{-0.25, 0.75}, 1e-12)
		loss, grad = fcos.Compute([]float64{x, -x}, []float64{1, 0}, nil, balance.Shape{1, 1, 1, 2})
		near(t, "right", loss, 0, 1e-40)
		nearAll(t, "gradient", grad, []float64{0, 0}, 1e-40)
	}
	loss, grad := fcos.Compute([]float64{math.NaN(), 0}, []float64{0, 0}, nil, balance.Shape{1, 1, 1, 2})
	if !math.IsNaN(loss) || !math.IsNaN(grad[0]) || math.IsNaN(grad[1]) {
		t.Errorf("NaN: loss %v, gradient %v", loss, grad)
	}
}

// Predicted 2×2 within a true box of 4×2: I = 2·2, U = 8, and the box around
// both is the true one, A = 8.
func TestBoxLossByHand(t *testing.T) {
	pred, target := []float64{1, 1, 1, 1}, []float64{1, 1, 3, 1}
	for kind, want := range map[balance.BoxLoss]float64{
		balance.IoU: math.Log(2), balance.IoUPlusOne: math.Log(9.0 / 5), balance.GIoU: 0.5,
	} {
		loss, _ := kind.Compute(pred, target)
		near(t, string(kind), loss, want, 1e-15)
		loss, _ = kind.Compute(target, target)
		near(t, string(kind)+" of a hit", loss, 0, 1e-15)
		loss, grad := kind.Compute(nil, nil)
		if loss != 0 || len(grad) != 0 {
			t.Errorf("%s without boxes: %v, %v", kind, loss, grad)
		}
	}
	// A cross: 4×2 and 2×4 around one middle. I = 4, U = 12, A = 16.
	loss, _ := balance.GIoU.Compute([]float64{2, 1, 2, 1}, []float64{1, 2, 1, 2})
	near(t, "cross", loss, 1-4.0/12+4.0/16, 1e-15)
}

func TestCentreness(t *testing.T) {
	near(t, "middle", balance.Centreness(3, 2, 3, 2), 1, 0)
	near(t, "off the middle", balance.Centreness(1, 2, 4, 8), 0.25, 1e-15) // √(1/4 · 1/4)
	// Two boxes of centre-ness 1 and 1/4: the first counts four times as much.
	loss, _ := balance.IoU.Compute([]float64{1, 1, 1, 1, 1, 2, 4, 8}, []float64{2, 2, 2, 2, 1, 2, 4, 8})
	near(t, "weighted mean", loss, math.Log(4)*0.8, 1e-15)
}

func TestBoxGradientsByDifferences(t *testing.T) {
	target := []float64{3, 5, 8, 2, 0.5, 0.7, 9, 4}
	for _, kind := range []balance.BoxLoss{balance.IoU, balance.IoUPlusOne, balance.GIoU} {
		for _, pred := range [][]float64{
			{4, 6, 9, 3, 1, 1, 10, 5},        // around the target
			{1, 2, 3, 1, 0.1, 0.2, 0.3, 4.5}, // within, and on one side across
			{5, 1, 2, 7, 9, 0.1, 0.2, 30},
		} {
			_, grad := kind.Compute(pred, target)
			nearAll(t, string(kind), grad, differences(func() float64 {
				loss, _ := kind.Compute(pred, target)
				return loss
			}, pred), 1e-8)
		}
	}
	// Where all distances are equal the slopes of both sides cancel.
	_, grad := balance.GIoU.Compute([]float64{2, 2, 2, 2}, []float64{2, 2, 2, 2})
	nearAll(t, "gradient of a hit", grad, []float64{0, 0, 0, 0}, 1e-15)
}

func TestCentreLoss(t *testing.T) {
	// p = 1/2 costs ln 2 whatever the target; its slope is (1/2 − c)/2.
	loss, grad := balance.CentreLoss([]float64{0, 0}, []float64{1, 0.25})
	near(t, "loss", loss, math.Ln2, 1e-15)
	nearAll(t, "gradient", grad, []float64{-0.25, 0.125}, 1e-15)
	loss, grad = balance.CentreLoss([]float64{-800}, []float64{1})
	near(t, "far", loss, 800, 1e-10)
	nearAll(t, "slope", grad, []float64{-1}, 1e-15)
	if loss, _ := balance.CentreLoss(nil, nil); loss != 0 {
		t.Errorf("without cells: %v", loss)
	}
}

func TestBoxLossValidate(t *testing.T) {
	if err := balance.GIoU.Validate(); err != nil {
		t.Error(err)
	}
	if err := balance.BoxLoss("diou").Validate(); err == nil || !strings.Contains(err.Error(), `"diou": use iou, iou+1 or giou`) {
		t.Errorf("error %v", err)
	}
}
