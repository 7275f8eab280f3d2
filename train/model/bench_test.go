package model_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"cocostat/train/detector"
	"cocostat/train/internal/pytorch"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// forwards are networks and inputs whose forward pass is measured.
var forwards = []struct {
	detector, backbone string
	size, batch        int
}{
	{model.CenterNet, "mobilenet_v2", 512, 8},
	{model.CenterNet, "mobilenet_v2", 128, 32},
	{model.CenterNet, "resnet18", 512, 8},
	{model.CenterNet, "resnet18", 128, 32},
	{model.CenterNet, "dla34", 512, 4},
	{model.FCOS, "mobilenet_v2", 512, 4},
	{model.FCOS, "resnet50", 512, 4},
}

// BenchmarkForward measures the forward pass of training and that of inference, in
// turn, and says how many times the images of the former the latter takes in the same
// time of the processors.
func BenchmarkForward(b *testing.B) {
	for _, f := range forwards {
		b.Run(fmt.Sprintf("%s/%s/%dx%d", f.detector, f.backbone, f.size, f.batch), func(b *testing.B) {
			if err := torchx.SetThreads(1); err != nil {
				b.Fatal(err)
			}
			net, err := model.Default(f.detector, f.backbone, 80).New(1)
			if err != nil {
				b.Fatal(err)
			}
			if err := net.Move("cpu", torchx.ChannelsLast); err != nil {
				b.Fatal(err)
			}
			pytorch.Fill(b, net.Entries(), 0)
			shape := []int64{int64(f.batch), 3, int64(f.size), int64(f.size)}
			images := pytorch.Noise(1, f.batch*3*f.size*f.size)
			var inference detector.Inference
			if err := torchx.Step(func() error { inference = net.Inference(); return nil }); err != nil {
				b.Fatal(err)
			}
			defer inference.Release()
			pass := []func(x torchx.Tensor){
				func(x torchx.Tensor) { net.Forward(x).Release() },
				func(x torchx.Tensor) {
					torchx.NoGrad(func() { err = inference.Look(x, torchx.Tensor{}, detector.Limits{Top: 100}) })
					if err != nil {
						b.Fatal(err)
					}
				},
			}
			var spent [2]time.Duration
			run := func(i int, count bool) {
				before := processor()
				if err := torchx.Step(func() error {
					x, err := torchx.FromFloats(images, shape, "cpu", torchx.ChannelsLast)
					if err != nil {
						return err
					}
					defer torchx.Release(x)
					pass[i](x)
					return nil
				}); err != nil {
					b.Fatal(err)
				}
				if took := processor() - before; count && (spent[i] == 0 || took < spent[i]) {
					spent[i] = took
				}
			}
			run(0, false)
			run(1, false)
			b.ResetTimer()
			for b.Loop() {
				run(0, true)
				run(1, true)
			}
			n := float64(f.batch)
			b.ReportMetric(spent[0].Seconds()*1000/n, "training-ms/image")
			b.ReportMetric(spent[1].Seconds()*1000/n, "inference-ms/image")
			b.ReportMetric(spent[0].Seconds()/spent[1].Seconds(), "times")
		})
	}
}

// processor is the processor time of all threads so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
