// Package safetensors writes and reads the safetensors format: named arrays of
// numbers with text metadata, that a reader can use without running code.
//
// A file is an unsigned 64-bit little-endian length n, n bytes of JSON that
// give each array's type, shape and place, and the arrays, little-endian and
// row-major (https://huggingface.co/docs/safetensors, format 1). File holds
// arrays of float32, F32; Encode and Decode handle the bytes of any type.
package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"cocostat/internal/atomicfile"
	"cocostat/internal/wholefile"
)

// Tensor is a named array.
type Tensor struct {
	Name  string
	Shape []int64
	Data  []float32 // row-major, as many as the product of Shape
}

// File is the content of a file. Names are unique.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// metadataKey is the entry of the header that holds text instead of an array.
const metadataKey = "__metadata__"

// maxHeader is the largest header that the specification allows.
const maxHeader = 100_000_000

type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// WriteFile writes f to path, whole or not at all.
func WriteFile(path string, f File) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return f.encode(w) })
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	return nil
}

func (f File) encode(w io.Writer) error {
	arrays := make([]Array, len(f.Tensors))
	for i, t := range f.Tensors {
		arrays[i] = Array{Name: t.Name, DType: "F32", Shape: t.Shape}
	}
	var buffer []byte
	data := func(i int) []byte {
		buffer = buffer[:0]
		for _, v := range f.Tensors[i].Data {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
		}
		return buffer
	}
	return encode(w, f.Metadata, arrays, data, func(i int) int64 { return 4 * int64(len(f.Tensors[i].Data)) })
}

// ReadFile reads the file at path, its tensors in the order of their data. It
// refuses files that are cut short or longer than their header says, and
// arrays of other types than F32.
func ReadFile(path string) (File, error) {
	raw, err := wholefile.Read(path, math.MaxInt64-1, CheckHead)
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %s: %w", path, err)
	}
	f, err := parse(raw)
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return f, nil
}

func parse(raw []byte) (File, error) {
	metadata, arrays, err := Decode(raw)
	if err != nil {
		return File{}, err
	}
	f := File{Metadata: metadata}
	for _, a := range arrays {
		if a.DType != "F32" {
			return File{}, fmt.Errorf("tensor %q has type %s, only F32 can be read", a.Name, a.DType)
		}
		values := make([]float32, len(a.Data)/4)
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(a.Data[4*i:]))
		}
		f.Tensors = append(f.Tensors, Tensor{a.Name, a.Shape, values})
	}
	return f, nil
}
