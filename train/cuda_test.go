package train_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/torchx"
)

func skipWithoutCUDA(t *testing.T) {
	t.Helper()
	if !cudaHere() {
		t.Skipf("this libtorch (%s) sees no CUDA device", torchx.Version())
	}
}

// likeCPU compares the mean losses of each epoch with those of a run on the CPU.
func likeCPU(t *testing.T, name string, got, want []train.Metric, tolerance float64) {
	t.Helper()
	for i, m := range got {
		if a, b := want[i].Losses.Total, m.Losses.Total; !(math.Abs(a-b) <= tolerance*a) {
			t.Errorf("%s, epoch %d: loss %g, on the CPU %g", name, i+1, b, a)
		}
	}
}

// precisions are those of a CUDA device, and how far losses of a few epochs may be off.
var precisions = map[string]float64{train.PrecisionFloat32: 0.01, train.PrecisionTF32: 0.03, train.PrecisionBFloat16: 0.1}

// Detectors learn on a CUDA device as on the CPU, in each precision.
func TestTrainingOnCUDA(t *testing.T) {
	skipWithoutCUDA(t)
	for name, c := range detectors(smallSet(t)) {
		c.Epochs, c.Augment = 3, data.Augment{}
		want := metrics(t, whole(t, c))
		for precision, tolerance := range precisions {
			c.Device, c.Precision = "cuda", precision
			likeCPU(t, name+", "+precision, metrics(t, whole(t, c)), want, tolerance)
		}
	}
}

// The way of a CUDA device on the CPU: the source of its kernels, the operators of
// libtorch that it uses, and losses that are looked at later. Detectors learn as with
// the kernels of the CPU, and go on to the same bits.
func TestTrainingLikeCUDA(t *testing.T) {
	for name, c := range detectors(smallSet(t)) {
		c.Epochs, c.EvalEvery, c.Augment = 2, 2, data.Augment{}
		want := metrics(t, whole(t, c))
		ok(t, torchx.UseKernel("cuda-source"))
		for _, precision := range []string{train.PrecisionFloat32, train.PrecisionBFloat16} {
			c.Precision = precision
			run := filepath.Join(t.TempDir(), "run")
			_, err := openAhead(t, c).Run(context.Background(), run, quiet)
			ok(t, err)
			likeCPU(t, name+", "+precision, metrics(t, run), want, precisions[precision])
			part := stopped(t, c, 2, 2)
			ok(t, goOn(t, part))
			sameRuns(t, run, part)
		}
		ok(t, torchx.UseKernel(torchx.Kernels()[0]))
	}
}

// A network finds the same on a CUDA device as on the CPU: AP, and the scores that it is
// made of.
func TestEvaluationOnCUDA(t *testing.T) {
	skipWithoutCUDA(t)
	c := tiny(smallSet(t))
	c.Epochs, c.LR, c.Augment = 8, 5e-3, data.Augment{}
	checkpoint, err := train.LoadCheckpoint(filepath.Join(whole(t, c), train.LastFile))
	ok(t, err)
	var both [2]*train.Evaluation
	for i, device := range []string{"cpu", "cuda"} {
		both[i], err = train.EvaluateCheckpoint(context.Background(), checkpoint, train.EvalOptions{Device: device, Threads: 1, Workers: 1})
		ok(t, err)
	}
	cpu, cuda := both[0], both[1]
	if d := math.Abs(float64(cpu.Scores.AP - cuda.Scores.AP)); !(d <= 1e-3) {
		t.Errorf("AP %v on the CPU, %v on the device", cpu.Scores.AP, cuda.Scores.AP)
	}
	if len(cpu.Detections) != len(cuda.Detections) {
		t.Fatalf("%d detections on the CPU, %d on the device", len(cpu.Detections), len(cuda.Detections))
	}
	for i, d := range cpu.Detections {
		if off := math.Abs(d.Score - cuda.Detections[i].Score); !(off <= 1e-3) {
			t.Errorf("detection %d: score %g on the CPU, %g on the device", i, d.Score, cuda.Detections[i].Score)
		}
	}
}
