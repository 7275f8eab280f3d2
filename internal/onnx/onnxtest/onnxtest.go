// Package onnxtest reads ONNX models again, for tests.
package onnxtest

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Model is what a ModelProto says. The numbers of fields are those of onnx/onnx.proto of
// the ONNX project.
type Model struct {
	IR, Opset       int64
	Nodes           []Node
	Weights         map[string]Tensor
	Inputs, Outputs []string
	Metadata        map[string]string
}

// Node is an operator.
type Node struct {
	Op      string
	In, Out []string
}

// Tensor is a weight or constant.
type Tensor struct {
	Type int64 // 1: float32, 7: int64, 10: float16
	Dims []int64
	Raw  []byte
}

// Read reads a model.
func Read(t *testing.T, data []byte) *Model {
	t.Helper()
	m := &Model{Weights: map[string]Tensor{}, Metadata: map[string]string{}}
	for _, f := range fields(t, data) {
		switch f.number {
		case 1:
			m.IR = f.value
		case 8:
			m.Opset = first(t, f.bytes, 2).value
		case 14:
			m.Metadata[string(first(t, f.bytes, 1).bytes)] = string(first(t, f.bytes, 2).bytes)
		case 7:
			m.graph(t, f.bytes)
		}
	}
	return m
}

func (m *Model) graph(t *testing.T, data []byte) {
	for _, f := range fields(t, data) {
		switch f.number {
		case 1:
			m.Nodes = append(m.Nodes, node(t, f.bytes))
		case 5:
			name := string(first(t, f.bytes, 8).bytes)
			if _, twice := m.Weights[name]; twice {
				t.Errorf("two weights are called %s", name)
			}
			m.Weights[name] = tensor(t, f.bytes)
		case 11:
			m.Inputs = append(m.Inputs, string(first(t, f.bytes, 1).bytes))
		case 12:
			m.Outputs = append(m.Outputs, string(first(t, f.bytes, 1).bytes))
		}
	}
}

func node(t *testing.T, data []byte) (n Node) {
	for _, f := range fields(t, data) {
		switch f.number {
		case 1:
			n.In = append(n.In, string(f.bytes))
		case 2:
			n.Out = append(n.Out, string(f.bytes))
		case 4:
			n.Op = string(f.bytes)
		}
	}
	return n
}

func tensor(t *testing.T, data []byte) (x Tensor) {
	for _, f := range fields(t, data) {
		switch f.number {
		case 1:
			x.Dims = append(x.Dims, f.value)
		case 2:
			x.Type = f.value
		case 9:
			x.Raw = f.bytes
		}
	}
	return x
}

// Connected fails the test unless every operator reads what is there before it, every
// name is given once, and all outputs are made.
func (m *Model) Connected(t *testing.T) {
	t.Helper()
	there := map[string]bool{"": true}
	for _, name := range m.Inputs {
		there[name] = true
	}
	for name := range m.Weights {
		there[name] = true
	}
	for _, n := range m.Nodes {
		for _, name := range n.In {
			if !there[name] {
				t.Errorf("%s reads %q, which nothing before it makes", n.Op, name)
			}
		}
		for _, name := range n.Out {
			if there[name] {
				t.Errorf("%s makes %q, which there is already", n.Op, name)
			}
			there[name] = true
		}
	}
	for _, name := range m.Outputs {
		if !there[name] {
			t.Errorf("nothing makes the output %q", name)
		}
	}
}

// field is a field of a message: a number, or bytes.
type field struct {
	number protowire.Number
	value  int64
	bytes  []byte
}

// first returns the first field of a number.
func first(t *testing.T, data []byte, number protowire.Number) field {
	for _, f := range fields(t, data) {
		if f.number == number {
			return f
		}
	}
	t.Errorf("a message lacks field %d", number)
	return field{}
}

func fields(t *testing.T, data []byte) (list []field) {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		f := field{number: number}
		data = data[n:]
		switch kind {
		case protowire.VarintType:
			var v uint64
			v, n = protowire.ConsumeVarint(data)
			f.value = int64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		list, data = append(list, f), data[n:]
	}
	return list
}
