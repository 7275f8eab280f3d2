package export

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"cocostat/internal/onnx"
	"cocostat/internal/onnx/onnxtest"
	"cocostat/train/backbone"
	"cocostat/train/layer"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// Every network is written, whole: each of its parameters and buffers is in the model,
// and all operators are connected. That the model computes the same is a matter of
// internal/commands/training.
func TestEveryNetworkIsWritten(t *testing.T) {
	for _, detector := range model.Detectors {
		for _, name := range backbone.Names() {
			t.Run(detector+" "+name, func(t *testing.T) {
				c := model.Default(detector, name, 3)
				net, err := c.New(1)
				if err != nil {
					t.Fatal(err)
				}
				net.SetTraining(false)
				m := &onnx.Model{Opset: 17}
				o := Default()
				if err := torchx.Step(func() error { return o.build(&m.Graph, net, c.Stride()) }); err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				if err := m.Write(&b); err != nil {
					t.Fatal(err)
				}
				read := onnxtest.Read(t, b.Bytes())
				read.Connected(t)
				if want := []string{"boxes", "scores", "labels"}; !slices.Equal(read.Outputs, want) {
					t.Errorf("outputs %v, want %v", read.Outputs, want)
				}
				complete(t, read, net.Entries())
			})
		}
	}
}

// complete compares the weights of a model with the entries of its network: all of them
// are there, in their own shape or another one of as many numbers.
func complete(t *testing.T, m *onnxtest.Model, entries []layer.Entry) {
	t.Helper()
	names := slices.Sorted(maps.Keys(m.Weights))
	for _, e := range entries {
		numbers := int64(1)
		for _, s := range e.Shape {
			numbers *= s
		}
		i := slices.IndexFunc(names, func(name string) bool {
			return name == e.Name || len(name) > len(e.Name) && name[:len(e.Name)+1] == e.Name+"_"
		})
		if i < 0 {
			t.Errorf("%s is not in the model", e.Name)
			continue
		}
		if x := m.Weights[names[i]]; x.Type != int64(onnx.Float) || int64(len(x.Raw)) != 4*numbers {
			t.Errorf("%s: %s has %d bytes, want %d", e.Name, fmt.Sprint(x.Dims), len(x.Raw), 4*numbers)
		}
	}
}
