// Package statedict reads the named tensors of a trained network from
// safetensors and from PyTorch's own files.
//
// A PyTorch file is a pickle, a program for a small stack machine, and the
// numbers beside it. Python's unpickler runs whatever the program names; this
// one knows only what a state dict is made of: ordered and plain dicts, lists,
// tuples, text, numbers, and tensors of float32, float16, bfloat16 and int64.
// A file that names anything else is refused with that name. Nothing is ever
// executed.
//
// torch.save has written zip archives since PyTorch 1.6, and five pickles one
// after the other before; both are read.
package statedict

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"cocostat/internal/safetensors"
	"cocostat/internal/wholefile"
)

// Tensor is a named array, not yet converted.
type Tensor struct {
	Name  string
	Shape []int64

	storage []byte  // little-endian numbers
	kind    kind    // of the numbers
	offset  int64   // of the first one, in numbers
	stride  []int64 // in numbers; nil: row-major
}

// Dict is the content of a file.
type Dict struct {
	Metadata map[string]string // of safetensors
	Tensors  []Tensor
}

// kind is a type of numbers: its name in safetensors.
type kind string

const (
	float32s  kind = "F32"
	float16s  kind = "F16"
	bfloat16s kind = "BF16"
	int64s    kind = "I64"
)

var widths = map[kind]int64{float32s: 4, float16s: 2, bfloat16s: 2, int64s: 8}

// Read reads the file at path, safetensors or PyTorch's; its first bytes tell
// which. It reports files that are neither, damaged, or hold other things than
// tensors.
func Read(path string) (*Dict, error) {
	raw, err := wholefile.Read(path, math.MaxInt64-1, func(head []byte) error {
		if readerOf(head) == nil {
			return errors.New("neither safetensors nor a file of torch.save")
		}
		return nil
	})
	var d *Dict
	if err == nil {
		d, err = readerOf(raw)(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("statedict: %s: %w", path, err)
	}
	return d, nil
}

// readerOf returns the reader of what begins in this way, nil if there is none.
func readerOf(raw []byte) func([]byte) (*Dict, error) {
	switch {
	case len(raw) > 9 && raw[8] == '{': // the first byte of its header; the length before can begin with anything
		return readSafetensors
	case bytes.HasPrefix(raw, []byte("PK")):
		return readZip
	case bytes.HasPrefix(raw, []byte{opProto}):
		return readLegacy
	}
	return nil
}

func readSafetensors(raw []byte) (*Dict, error) {
	metadata, arrays, err := safetensors.Decode(raw)
	if err != nil {
		return nil, err
	}
	d := &Dict{Metadata: metadata}
	for _, a := range arrays {
		k := kind(a.DType)
		if widths[k] == 0 {
			return nil, fmt.Errorf("tensor %q has type %s: only F32, F16, BF16 and I64 are read", a.Name, a.DType)
		}
		d.Tensors = append(d.Tensors, Tensor{Name: a.Name, Shape: a.Shape, storage: a.Data, kind: k})
	}
	return d, nil
}

// Len returns the number of elements.
func (t Tensor) Len() int {
	n := 1
	for _, s := range t.Shape {
		n *= int(s)
	}
	return n
}

// Floats returns the elements in row-major order.
func (t Tensor) Floats() []float32 {
	out := make([]float32, t.Len())
	if t.stride == nil {
		for i := range out {
			out[i] = t.at(t.offset + int64(i))
		}
		return out
	}
	position := make([]int64, len(t.Shape))
	at := t.offset
	for i := range out {
		out[i] = t.at(at)
		for d := len(position) - 1; d >= 0; d-- { // the next position in row-major order
			position[d]++
			at += t.stride[d]
			if position[d] < t.Shape[d] {
				break
			}
			at -= position[d] * t.stride[d]
			position[d] = 0
		}
	}
	return out
}

// at converts the i-th number of the storage.
func (t Tensor) at(i int64) float32 {
	b := t.storage[i*widths[t.kind]:]
	switch t.kind {
	case float16s:
		return half(binary.LittleEndian.Uint16(b))
	case bfloat16s:
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
	case int64s:
		return float32(int64(binary.LittleEndian.Uint64(b)))
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(b))
}

// half converts IEEE 754 binary16: a sign, five bits of exponent, ten of the
// fraction.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch {
	case exponent == 0: // subnormal: fraction · 2^-24
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case exponent == 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
