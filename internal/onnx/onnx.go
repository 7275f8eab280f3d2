// Package onnx writes networks in the format of ONNX (onnx/onnx.proto of the ONNX
// project says what the fields are): a graph of operators, their weights, and
// metadata.
package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/x448/float16"
	"google.golang.org/protobuf/encoding/protowire"
)

// Value is the name of what an operator reads or writes; "" is one that is left out.
type Value string

// Type is that of the elements of a tensor, TensorProto.DataType.
type Type int32

// The types of elements.
const (
	Float   Type = 1
	Int64   Type = 7
	Float16 Type = 10
)

// Dim is the size of a dimension: a number, or a name where it is free.
type Dim struct {
	Size int64
	Name string
}

// Fixed are dimensions of these sizes.
func Fixed(sizes ...int64) []Dim {
	dims := make([]Dim, len(sizes))
	for i, s := range sizes {
		dims[i].Size = s
	}
	return dims
}

// Graph is what a model computes. Operators are added in the order in which they can
// be computed. The zero value is empty.
type Graph struct {
	Half bool // weights are written as float16, and computed with as float32

	nodes, weights, inputs, outputs [][]byte
	made                            int
	constants                       map[string]Value
}

// fresh returns a new name.
func (g *Graph) fresh(what string) Value {
	g.made++
	return Value(what + "_" + strconv.Itoa(g.made))
}

// Input adds an input of the model.
func (g *Graph) Input(name string, t Type, dims ...Dim) Value {
	g.inputs = append(g.inputs, valueInfo(name, t, dims))
	return Value(name)
}

// Output makes a value an output of the model, by another name.
func (g *Graph) Output(v Value, name string, t Type, dims ...Dim) {
	g.add("Identity", []Value{v}, []Value{Value(name)}, nil)
	g.outputs = append(g.outputs, valueInfo(name, t, dims))
}

// Weights adds numbers in row-major order of shape. With Half they are rounded to
// float16, unless one is too large for it, or shape has one dimension: biases and what
// normalisations have are few, and a variance can be too small for float16.
func (g *Graph) Weights(name string, data []float32, shape ...int64) Value {
	v := Value(name)
	half, fits := halves(data)
	if !g.Half || !fits || len(shape) < 2 {
		g.weights = append(g.weights, tensor(name, Float, shape, floats(data)))
		return v
	}
	stored := Value(name + "_float16")
	g.weights = append(g.weights, tensor(string(stored), Float16, shape, half))
	g.add("Cast", []Value{stored}, []Value{v}, []Attribute{Int("to", int64(Float))})
	return v
}

// Floats are numbers that are no weights, and stay float32. Of no shape they are one
// number.
func (g *Graph) Floats(data []float32, shape ...int64) Value {
	return g.constant(Float, shape, floats(data))
}

// Ints are like Floats.
func (g *Graph) Ints(data []int64, shape ...int64) Value {
	raw := make([]byte, 0, 8*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.constant(Int64, shape, raw)
}

// List is a list of integers.
func (g *Graph) List(data ...int64) Value { return g.Ints(data, int64(len(data))) }

// constant adds a tensor once.
func (g *Graph) constant(t Type, shape []int64, raw []byte) Value {
	key := fmt.Sprint(t, shape, string(raw))
	if v, there := g.constants[key]; there {
		return v
	}
	v := g.fresh("constant")
	g.weights = append(g.weights, tensor(string(v), t, shape, raw))
	if g.constants == nil {
		g.constants = map[string]Value{}
	}
	g.constants[key] = v
	return v
}

// Apply adds an operator with one result.
func (g *Graph) Apply(op string, attributes []Attribute, in ...Value) Value {
	out := g.fresh(op)
	g.add(op, in, []Value{out}, attributes)
	return out
}

// ApplyTwo adds an operator with two results.
func (g *Graph) ApplyTwo(op string, attributes []Attribute, in ...Value) (a, b Value) {
	a, b = g.fresh(op), g.fresh(op)
	g.add(op, in, []Value{a, b}, attributes)
	return a, b
}

// add writes a NodeProto.
func (g *Graph) add(op string, in, out []Value, attributes []Attribute) {
	var m []byte
	for _, v := range in {
		m = text(m, 1, string(v))
	}
	for _, v := range out {
		m = text(m, 2, string(v))
	}
	m = text(m, 3, string(out[0]))
	m = text(m, 4, op)
	for _, a := range attributes {
		m = message(m, 5, a)
	}
	g.nodes = append(g.nodes, m)
}

// halves returns numbers as float16, and whether none is too large for that.
func halves(data []float32) (raw []byte, fits bool) {
	raw = make([]byte, 0, 2*len(data))
	for _, v := range data {
		h := float16.Fromfloat32(v)
		if h.IsInf(0) && !math.IsInf(float64(v), 0) {
			return nil, false
		}
		raw = binary.LittleEndian.AppendUint16(raw, h.Bits())
	}
	return raw, true
}

func floats(data []float32) []byte {
	raw := make([]byte, 0, 4*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// tensor writes a TensorProto.
func tensor(name string, t Type, shape []int64, raw []byte) []byte {
	var m []byte
	for _, s := range shape {
		m = integer(m, 1, s)
	}
	m = integer(m, 2, int64(t))
	m = text(m, 8, name)
	return message(m, 9, raw)
}

// valueInfo writes a ValueInfoProto.
func valueInfo(name string, t Type, dims []Dim) []byte {
	var shape []byte
	for _, d := range dims {
		if d.Name != "" {
			shape = message(shape, 1, text(nil, 2, d.Name))
		} else {
			shape = message(shape, 1, integer(nil, 1, d.Size))
		}
	}
	kind := message(nil, 1, message(integer(nil, 1, int64(t)), 2, shape))
	return message(text(nil, 1, name), 2, kind)
}

func text(m []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func message(m []byte, field protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

func integer(m []byte, field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}
