// Command deform computes deformable and plain convolutions with train/torchx
// for the benchmark. It obeys lines on standard input, one answer each:
//
//	about                             the kernel and the version of libtorch
//	run KIND THREADS B I H O          one forward and backward pass
//
// of a deformable or plain convolution, 3×3, of a batch of B images of I
// channels and H×H cells, with O outputs, channels last. The answer is four
// times and four sums: seconds and processor seconds of forward, then of
// backward; of the absolute numbers of the output and of the gradients of x,
// of the points (0 for plain) and of the weight. The inputs are those of
// bench/python/deform.py.
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"runtime"
	"syscall"
	"time"

	torch "github.com/wangkuiyi/gotorch"
	"github.com/wangkuiyi/gotorch/nn/functional"

	"cocostat/train/torchx"
)

func main() {
	runtime.LockOSThread()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := obey(lines.Text())
		if err != nil {
			fmt.Fprintln(os.Stderr, "deform:", err)
			os.Exit(1)
		}
		fmt.Println(answer)
	}
}

// job is a line that begins with run.
type job struct {
	kind       string
	threads    int
	b, i, h, o int64
}

func obey(line string) (string, error) {
	if line == "about" {
		return fmt.Sprintf("%s %s", torchx.Kernels()[0], torchx.Version()), nil
	}
	var j job
	if _, err := fmt.Sscanf(line, "run %s %d %d %d %d %d", &j.kind, &j.threads, &j.b, &j.i, &j.h, &j.o); err != nil {
		return "", fmt.Errorf("line %q: %w", line, err)
	}
	return j.run()
}

// scattered fills array k of the inputs: numbers from -1 to 1 that have nothing
// to do with each other.
func scattered(k uint32, n int64) []float32 {
	v := make([]float32, n)
	for i := range v {
		h := (uint32(i) + k*104729) * 2654435761
		h = (h ^ h>>15) * 2246822519
		v[i] = float32((h^h>>13)>>8)/(1<<23) - 1
	}
	return v
}

// input is array k as a tensor with a gradient, times scale.
func input(k uint32, scale float32, shape ...int64) (torchx.Tensor, error) {
	n := int64(1)
	for _, s := range shape {
		n *= s
	}
	v := scattered(k, n)
	for i := range v {
		v[i] *= scale
	}
	t, err := torchx.FromFloats(v, shape, "cpu", torchx.ChannelsLast)
	if err != nil {
		return t, err
	}
	return t, torchx.SetRequiresGrad(t, true)
}

func (j job) run() (answer string, err error) {
	if err := torchx.SetThreads(j.threads); err != nil {
		return "", err
	}
	err = torchx.Step(func() error {
		x, err := input(0, 1, j.b, j.i, j.h, j.h)
		if err != nil {
			return err
		}
		points, err := input(1, 2, j.b, 27, j.h, j.h)
		if err != nil {
			return err
		}
		weight, err := input(2, float32(1/math.Sqrt(float64(9*j.i))), j.o, j.i, 3, 3)
		if err != nil {
			return err
		}
		up, err := input(3, 1, j.b, j.o, j.h, j.h)
		if err != nil {
			return err
		}
		if err := torchx.SetRequiresGrad(up, false); err != nil {
			return err
		}
		began := now()
		y, err := j.forward(x, points, weight)
		if err != nil {
			return err
		}
		forward := now().minus(began)
		product := torch.Mul(y, up)
		total := product.Sum()
		began = now()
		if err := torchx.Backward(total); err != nil {
			return err
		}
		backward := now().minus(began)
		answer = fmt.Sprintf("%.6f %.6f %.6f %.6f %.7g %.7g %.7g %.7g", forward.wall, forward.processor, backward.wall, backward.processor,
			size(y, torchx.Read, j.b*j.o*j.h*j.h), size(x, gradient, j.b*j.i*j.h*j.h), size(points, gradient, j.b*27*j.h*j.h), size(weight, gradient, 9*j.i*j.o))
		return nil
	})
	return answer, err
}

func (j job) forward(x, points, weight torchx.Tensor) (torchx.Tensor, error) {
	switch j.kind {
	case "deformable":
		return torchx.Deformable(x, points, weight, torchx.Tensor{}, torchx.DeformConfig{Stride: 1, Padding: 1, Dilation: 1}), nil
	case "plain":
		one := []int64{1, 1}
		return functional.Conv2d(x, weight, torchx.Tensor{}, one, one, one, 1), nil
	}
	return torchx.Tensor{}, fmt.Errorf("unknown kind %q", j.kind)
}

func gradient(t torchx.Tensor, to []float32) error {
	_, err := torchx.Gradient(t, to)
	return err
}

// size is the sum of absolute numbers; NaN if they cannot be read.
func size(t torchx.Tensor, read func(torchx.Tensor, []float32) error, n int64) (sum float64) {
	v := make([]float32, n)
	if err := read(t, v); err != nil {
		return math.NaN()
	}
	for _, x := range v {
		sum += math.Abs(float64(x))
	}
	return sum
}

// instant is a point in time, or a distance, in seconds.
type instant struct{ wall, processor float64 }

var start = time.Now()

func now() instant {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // its arguments are constant
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return instant{time.Since(start).Seconds(), seconds(u.Utime) + seconds(u.Stime)}
}

func (i instant) minus(j instant) instant { return instant{i.wall - j.wall, i.processor - j.processor} }
