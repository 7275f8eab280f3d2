package torchx_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// sgdStep is the state after a step of torch.optim.SGD, see testdata/make_sgd.py:
// a weight with decay, and a bias with twice the learning rate and none.
type sgdStep struct {
	LR             float64
	Weight, Bias   []float64
	WeightMomentum []float64 `json:"weight_momentum"`
}

func readSGD(t *testing.T) []sgdStep {
	t.Helper()
	raw, err := os.ReadFile("testdata/sgd.json")
	ok(t, err)
	var file struct{ Steps []sgdStep }
	ok(t, json.Unmarshal(raw, &file))
	if len(file.Steps) == 0 {
		t.Fatal("no steps in the file")
	}
	return file.Steps
}

// quartic is the loss of the script's n-th step.
func quartic(t *testing.T, n int, parameters ...torchx.Tensor) torchx.Tensor {
	var terms []torchx.Tensor
	for _, p := range parameters {
		shape, err := torchx.Shape(p)
		ok(t, err)
		linear := make([]float32, count(shape))
		for i := range linear {
			linear[i] = float32(math.Sin(float64(i + n)))
		}
		square := torch.Mul(p, p)
		fourth, slope := torch.Mul(square, square), torch.Mul(p, floats(t, linear, shape...))
		terms = append(terms, torchx.WeightedSum([]torchx.Tensor{fourth.Sum(), slope.Sum()}, []float32{0.25, 1}))
	}
	return torchx.WeightedSum(terms, []float32{1, 1})
}

func TestSGDEqualsPyTorch(t *testing.T) {
	likeCUDA(t, func(t *testing.T) {
		weight, bias := leaf(t, []float32{1, -0.5, 0.25, -1.5, 0.75, 0.1}, 2, 3), leaf(t, []float32{0.5, -1}, 2)
		sgd, err := torchx.NewSGD([]torchx.SGDParameter{{Tensor: weight, Rate: 1, WeightDecay: 1e-2}, {Tensor: bias, Rate: 2}}, 0.9)
		ok(t, err)
		defer sgd.Close()
		moments, err := sgd.Moments(0)
		ok(t, err)
		if len(moments) != 1 || moments[0].Name != "sgd.momentum" {
			t.Fatalf("moments %v", moments)
		}
		for n, want := range readSGD(t) {
			step(t, func() {
				ok(t, torchx.Backward(quartic(t, n, weight, bias)))
				ok(t, sgd.Step(want.LR))
			})
			for _, c := range []struct {
				name   string
				tensor torchx.Tensor
				want   []float64
			}{{"weight", weight, want.Weight}, {"bias", bias, want.Bias}, {"momentum", moments[0].Tensor, want.WeightMomentum}} {
				for i, got := range read(t, c.tensor, len(c.want)) {
					near(t, c.name, float64(got), c.want[i], 1e-6)
				}
			}
		}
		if got := sgd.Steps(); got != 5 {
			t.Errorf("%d steps counted, want 5", got)
		}
		sgd.SetSteps(7)
		if got := sgd.Steps(); got != 7 {
			t.Errorf("%d steps after setting 7", got)
		}
	})
}

// What a moment is set to goes on, as after reading a checkpoint; and a
// parameter without gradient stays.
func TestSGDGoesOnFromMoments(t *testing.T) {
	likeCUDA(t, func(t *testing.T) {
		p, idle := leaf(t, []float32{1}, 1), leaf(t, []float32{3}, 1)
		sgd, err := torchx.NewSGD([]torchx.SGDParameter{{Tensor: p, Rate: 1}, {Tensor: idle, Rate: 1, WeightDecay: 0.5}}, 0.5)
		ok(t, err)
		defer sgd.Close()
		moments, err := sgd.Moments(0)
		ok(t, err)
		ok(t, torchx.Write(moments[0].Tensor, []float32{8}))
		step(t, func() {
			ok(t, torchx.Backward(p.Sum()))
			ok(t, sgd.Step(0.1))
		})
		near(t, "parameter", float64(read(t, p, 1)[0]), 1-0.1*(0.5*8+1), 1e-7)
		near(t, "parameter without gradient", float64(read(t, idle, 1)[0]), 3, 0)
	})
}

func TestOptimisersRefuse(t *testing.T) {
	p := leaf(t, []float32{1, 2, 3, 4}, 2, 2)
	for want, create := range map[string]func() (torchx.Optimiser, error){
		"no parameters": func() (torchx.Optimiser, error) { return torchx.NewSGD(nil, 0.9) },
		"momentum 1":    func() (torchx.Optimiser, error) { return torchx.NewSGD([]torchx.SGDParameter{{Tensor: p}}, 1) },
		"momentum NaN": func() (torchx.Optimiser, error) {
			return torchx.NewSGD([]torchx.SGDParameter{{Tensor: p}}, math.NaN())
		},
		"rate -1": func() (torchx.Optimiser, error) {
			return torchx.NewSGD([]torchx.SGDParameter{{Tensor: p, Rate: -1}}, 0)
		},
		"weight decay -1": func() (torchx.Optimiser, error) {
			return torchx.NewSGD([]torchx.SGDParameter{{Tensor: p, WeightDecay: -1}}, 0)
		},
		"nil tensor": func() (torchx.Optimiser, error) { return torchx.NewSGD([]torchx.SGDParameter{{}}, 0) },
		"parameter 1 is not a dense float32": func() (torchx.Optimiser, error) {
			return torchx.NewAdam([]torchx.Tensor{p, torch.Tensor(p).Transpose(0, 1).ExpandAs(floats(t, make([]float32, 8), 2, 2, 2))}, torchx.DefaultAdam)
		},
	} {
		if o, err := create(); err == nil || o != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("optimiser %v, error %v, want %q", o, err, want)
		}
	}
	adam, err := torchx.NewAdam([]torchx.Tensor{p}, torchx.DefaultAdam)
	ok(t, err)
	if _, err := adam.Moments(1); err == nil {
		t.Error("the second of one parameter has moments")
	}
	adam.Close()
	adam.Close()
	if err := adam.Step(1); err == nil || !strings.Contains(err.Error(), "nil optimiser") {
		t.Errorf("step after Close: %v", err)
	}
}
