package onnx_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/internal/onnx"
	"cocostat/internal/onnx/onnxtest"
)

func written(t *testing.T, m *onnx.Model) *onnxtest.Model {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	read := onnxtest.Read(t, b.Bytes())
	read.Connected(t)
	return read
}

// Versions are those of ONNX's docs/Versioning.md: operator set 17 came with IR 8, 19
// with 9.
func TestModel(t *testing.T) {
	for opset, ir := range map[int64]int64{17: 8, 19: 9} {
		m := &onnx.Model{Opset: opset, Metadata: [][2]string{{"names", `["ä"]`}}}
		x := m.Input("x", onnx.Float, onnx.Fixed(2)...)
		m.Output(m.Add(x, m.Number(1)), "y", onnx.Float, onnx.Fixed(2)...)
		m.Output(m.Mul(x, m.Number(1)), "z", onnx.Float, onnx.Fixed(2)...)
		got := written(t, m)
		if got.IR != ir || got.Opset != opset || got.Metadata["names"] != `["ä"]` || len(got.Nodes) != 4 {
			t.Errorf("operator set %d: %+v", opset, got)
		}
		if diff := cmp.Diff([]string{"y", "z"}, got.Outputs); diff != "" || len(got.Weights) != 1 {
			t.Errorf("%d constants, want one; outputs (-want +got):\n%s", len(got.Weights), diff)
		}
	}
}

// By hand: 1.5 is 0x3e00 as float16, and −2 is 0xc000. What is too large for float16
// (above 65,504), and what has one dimension, stays float32: 1.5 is 0x3fc00000.
func TestHalf(t *testing.T) {
	m := &onnx.Model{Opset: 17}
	m.Half = true
	x := m.Weights("small", []float32{1.5, -2}, 1, 2)
	y := m.Weights("large", []float32{1.5, 70000}, 1, 2)
	z := m.Weights("variance", []float32{1.5, 1e-9}, 2)
	m.Output(m.Add(m.Add(x, y), z), "sum", onnx.Float, onnx.Fixed(1, 2)...)
	got := written(t, m)
	want := map[string]onnxtest.Tensor{
		"small_float16": {Type: 10, Dims: []int64{1, 2}, Raw: []byte{0, 0x3e, 0, 0xc0}},
		"large":         {Type: 1, Dims: []int64{1, 2}, Raw: []byte{0, 0, 0xc0, 0x3f, 0, 0xb8, 0x88, 0x47}},
		"variance":      {Type: 1, Dims: []int64{2}, Raw: []byte{0, 0, 0xc0, 0x3f, 0x5f, 0x70, 0x89, 0x30}},
	}
	if diff := cmp.Diff(want, got.Weights); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	if got.Nodes[0].Op != "Cast" {
		t.Errorf("the first operator is %s", got.Nodes[0].Op)
	}
}
