package torchx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train/torchx"
)

// boxCase is a batch of 2 images of 7 cells.
type boxCase struct {
	distances []float32 // B,4,1,N
	logits    []float32 // B,1,1,N
	targets   []float32 // B,N,4; nothing sensible where no object is
	positives []int64
}

const boxImages, boxCells = 2, 7

func newBoxCase(r *rand.Rand, positives ...int64) *boxCase {
	c := &boxCase{normal(r, boxImages*4*boxCells, 1), normal(r, boxImages*boxCells, 3), make([]float32, boxImages*boxCells*4), positives}
	for i, x := range c.distances {
		c.distances[i] = float32(30 * math.Exp(float64(x)))
	}
	for i := range c.targets {
		c.targets[i] = -1
	}
	for _, cell := range positives {
		for side := range int64(4) {
			c.targets[cell*4+side] = float32(40 * math.Exp(r.NormFloat64()))
		}
	}
	return c
}

// at is the place of a side's predicted distance of a cell.
func (c *boxCase) at(cell int64, side int) int {
	return (int(cell)/boxCells*4+side)*boxCells + int(cell)%boxCells
}

// gathered are the predictions and targets of the positive cells.
func (c *boxCase) gathered() (pred, target, logits, centres []float64) {
	for _, cell := range c.positives {
		for side := range 4 {
			pred = append(pred, float64(c.distances[c.at(cell, side)]))
		}
		t := widen(c.targets[cell*4:][:4])
		target = append(target, t...)
		logits = append(logits, float64(c.logits[cell]))
		centres = append(centres, balance.Centreness(t[0], t[1], t[2], t[3]))
	}
	return pred, target, logits, centres
}

// Package balance is the reference.
func TestBoxLossEqualsReference(t *testing.T) {
	for _, positives := range [][]int64{{0, 3, 6, 7, 12, 13}, {9}, {}} {
		c := newBoxCase(rand.New(rand.NewPCG(9, 1)), positives...)
		pred, target, _, _ := c.gathered()
		for _, k := range []balance.BoxLoss{balance.IoU, balance.IoUPlusOne, balance.GIoU} {
			want, slopes := k.Compute(pred, target)
			wantGrad := make([]float64, len(c.distances))
			for i, g := range slopes {
				wantGrad[c.at(positives[i/4], i%4)] = g
			}
			for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
				c.testLoss(t, fmt.Sprint(k, positives), layout, c.distances, 4, want, wantGrad, func(x, targets torchx.Tensor) torchx.Tensor {
					return torchx.BoxLoss(x, targets, positives, k)
				})
			}
		}
	}
}

func TestCentreLossEqualsReference(t *testing.T) {
	for _, positives := range [][]int64{{0, 3, 6, 7, 12, 13}, {9}, {}} {
		c := newBoxCase(rand.New(rand.NewPCG(9, 2)), positives...)
		_, _, logits, centres := c.gathered()
		want, slopes := balance.CentreLoss(logits, centres)
		wantGrad := make([]float64, len(c.logits))
		for i, g := range slopes {
			wantGrad[positives[i]] = g
		}
		c.testLoss(t, fmt.Sprint("centre-ness", positives), torchx.Contiguous, c.logits, 1, want, wantGrad, func(x, targets torchx.Tensor) torchx.Tensor {
			return torchx.CentreLoss(x, targets, positives)
		})
	}
}

// testLoss compares a loss of data, B,depth,1,N, and its gradient with what is
// wanted: the loss to 1e-6, each number of the gradient to 1e-5 of itself.
func (c *boxCase) testLoss(t *testing.T, name string, layout torchx.Layout, data []float32, depth int64, want float64, wantGrad []float64,
	loss func(x, targets torchx.Tensor) torchx.Tensor) {
	t.Helper()
	step(t, func() {
		x := leaf(t, data, boxImages, depth, 1, boxCells)
		ok(t, torchx.Move(x, "cpu", layout))
		l := loss(x, floats(t, c.targets, boxImages, boxCells, 4))
		ok(t, torchx.Backward(l))
		got, err := torchx.Scalar(l)
		ok(t, err)
		near(t, name, float64(got), want, 1e-6)
		for i, g := range gradient(t, x, len(data)) {
			if !(math.Abs(float64(g)-wantGrad[i]) <= 1e-5*math.Abs(wantGrad[i])+1e-8) {
				t.Errorf("%s: gradient[%d] %.9g, want %.9g", name, i, g, wantGrad[i])
			}
		}
	})
}

// A prediction beyond float32 shows in the loss.
func TestBoxLossShowsWhatIsNotFinite(t *testing.T) {
	for _, k := range []balance.BoxLoss{balance.IoU, balance.IoUPlusOne, balance.GIoU} {
		for _, wrong := range []float64{math.Inf(1), math.NaN()} {
			c := newBoxCase(rand.New(rand.NewPCG(9, 3)), 1, 8)
			c.distances[c.at(8, 2)] = float32(wrong)
			step(t, func() {
				l := torchx.BoxLoss(floats(t, c.distances, boxImages, 4, 1, boxCells), floats(t, c.targets, boxImages, boxCells, 4), c.positives, k)
				if got, err := torchx.Scalar(l); err != nil || !math.IsNaN(float64(got)) && !math.IsInf(float64(got), 1) {
					t.Errorf("%s of a distance %v: %v (%v)", k, wrong, got, err)
				}
			})
		}
	}
}

func TestBoxLossesRefuse(t *testing.T) {
	c := newBoxCase(rand.New(rand.NewPCG(9, 4)), 1, 8)
	x, logits := floats(t, c.distances, boxImages, 4, 1, boxCells), floats(t, c.logits, boxImages, 1, 1, boxCells)
	targets := floats(t, c.targets, boxImages, boxCells, 4)
	for want, run := range map[string]func(){
		`unknown box loss "diou"`:           func() { torchx.BoxLoss(x, targets, c.positives, "diou") },
		"predictions must be B,4,1,N":       func() { torchx.BoxLoss(logits, targets, c.positives, balance.IoU) },
		"predictions must be B,1,1,N":       func() { torchx.CentreLoss(x, targets, c.positives) },
		"targets [2, 4, 1, 7] do not fit":   func() { torchx.CentreLoss(logits, x, c.positives) },
		"positive cell 14 of 14":            func() { torchx.BoxLoss(x, targets, []int64{0, 14}, balance.IoU) },
		"positive cell -1 of 14":            func() { torchx.CentreLoss(logits, targets, []int64{-1}) },
		"a side of its box is not above 0":  func() { torchx.CentreLoss(logits, targets, []int64{2}) },
		"maps must be B,C,H,W, not [14, 4]": func() { torchx.BoxLoss(floats(t, make([]float32, 56), 14, 4), targets, c.positives, balance.IoU) },
	} {
		err := torchx.Step(func() error { run(); return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
