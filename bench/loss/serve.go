package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"cocostat/balance"
	"cocostat/train/torchx"
)

// threads is how many an operator uses, here and in the other program.
const threads = 2

type server struct {
	batch *batch
	ones  []float32
}

func newServer(dir string) (*server, error) {
	runtime.LockOSThread()
	b, err := readBatch(dir)
	if err != nil {
		return nil, err
	}
	return &server{b, slices.Repeat([]float32{1}, len(b.weights))}, torchx.SetThreads(threads)
}

func (s *server) obey(words []string) (string, error) {
	switch {
	case len(words) == 1 && words[0] == "about":
		return fmt.Sprintf("%s %s", torchx.Kernels()[0], torchx.Version()), nil
	case len(words) == 2 && words[0] == "run":
		_, _, took, err := s.run(words[1], false)
		return fmt.Sprintf("%.4f", took.Seconds()*1e3), err
	case len(words) == 3 && words[0] == "check":
		return s.check(words[1], words[2])
	}
	return "", fmt.Errorf("unknown line %q", strings.Join(words, " "))
}

// run computes a loss and its gradient once and says how long it took, from
// tensors to tensors.
func (s *server) run(name string, keep bool) (loss float32, grad []float32, took time.Duration, err error) {
	l, weighted, err := s.batch.loss(name)
	if err != nil {
		return 0, nil, 0, err
	}
	weights := s.ones
	if weighted {
		weights = s.batch.weights
	}
	err = torchx.Step(func() error {
		var inputs [3]torchx.Tensor
		for i, values := range [][]float32{s.batch.logits, s.batch.heatmap, weights} {
			t, done, err := s.view(values)
			if err != nil {
				return err
			}
			defer done()
			inputs[i] = t
		}
		x := inputs[0]
		if err := torchx.SetRequiresGrad(x, true); err != nil {
			return err
		}
		began := time.Now()
		total := torchx.Heatmap(x, inputs[1], inputs[2], l)
		if err := torchx.Backward(total); err != nil {
			return err
		}
		took = time.Since(began)
		defer torchx.Release(total)
		if !keep {
			return nil
		}
		var err error
		if loss, err = torchx.Scalar(total); err != nil {
			return err
		}
		grad = make([]float32, len(s.batch.logits))
		_, err = torchx.Gradient(x, grad)
		return err
	})
	return loss, grad, took, err
}

// view makes a tensor of numbers of the batch, B,C,H,W or B,C.
func (s *server) view(values []float32) (torchx.Tensor, func(), error) {
	sizes := []int64{}
	for _, n := range s.batch.Shape {
		sizes = append(sizes, int64(n))
	}
	if len(values) == len(s.batch.weights) {
		sizes = sizes[:2]
	}
	return torchx.ViewFloats(values, sizes)
}

// check answers with five numbers: the loss, the distances of this program's
// loss and gradient from the reference, and those of the other program's.
func (s *server) check(name, file string) (string, error) {
	loss, grad, _, err := s.run(name, true)
	if err != nil {
		return "", err
	}
	other, otherGrad, err := readResult(file)
	if err != nil {
		return "", err
	}
	l, weighted, err := s.batch.loss(name)
	if err != nil {
		return "", err
	}
	weights := s.ones
	if weighted {
		weights = s.batch.weights
	}
	want, wantGrad := l.Compute(widen(s.batch.logits), widen(s.batch.heatmap), widen(weights), balance.Shape(s.batch.Shape))
	return fmt.Sprintf("%.9g %.3g %.3g %.3g %.3g", want, math.Abs(float64(loss)/want-1), farthest(grad, wantGrad),
		math.Abs(other/want-1), farthest(otherGrad, wantGrad)), nil
}

// readResult reads what the other program has written: its loss and gradient.
func readResult(file string) (loss float64, grad []float32, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, nil, err
	}
	r := bytes.NewReader(raw)
	if err := binary.Read(r, binary.LittleEndian, &loss); err != nil {
		return 0, nil, err
	}
	grad = make([]float32, (len(raw)-8)/4)
	return loss, grad, binary.Read(r, binary.LittleEndian, grad)
}

// farthest returns the largest relative distance of a number from the wanted one.
func farthest(got []float32, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	largest := 0.0
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); d != 0 {
			largest = max(largest, d/math.Abs(w)) // NaN if one is
		}
	}
	return largest
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
