// Package safetensors writes and reads the safetensors format: named arrays of
// numbers with text metadata, that a reader can use without running code.
//
// A file is an unsigned 64-bit little-endian length n, n bytes of JSON that
// give each array's type, shape and place, and the arrays, little-endian and
// row-major (https://huggingface.co/docs/safetensors, format 1). This package
// handles arrays of float32, F32.
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"cocostat/internal/atomicfile"
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
	header, err := f.header()
	if err != nil {
		return fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
			return err
		}
		if _, err := w.Write(header); err != nil {
			return err
		}
		var buffer []byte
		for _, t := range f.Tensors {
			buffer = buffer[:0]
			for _, v := range t.Data {
				buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
			}
			if _, err := w.Write(buffer); err != nil {
				return err
			}
		}
		return nil
	})
}

// header returns the JSON header, padded with spaces to a multiple of 8.
func (f File) header() ([]byte, error) {
	h := make(map[string]any, len(f.Tensors)+1)
	if len(f.Metadata) > 0 {
		h[metadataKey] = f.Metadata
	}
	at := int64(0)
	for _, t := range f.Tensors {
		if _, twice := h[t.Name]; twice || t.Name == metadataKey {
			return nil, fmt.Errorf("tensor name %q is taken", t.Name)
		}
		if n, fits := elements(t.Shape); !fits || n != int64(len(t.Data)) {
			return nil, fmt.Errorf("tensor %q: %d numbers do not fill shape %v", t.Name, len(t.Data), t.Shape)
		}
		end := at + 4*int64(len(t.Data))
		h[t.Name] = entry{"F32", append([]int64{}, t.Shape...), [2]int64{at, end}}
		at = end
	}
	header, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	return header, nil
}

// elements returns the product of a shape, and whether it is a sensible one.
func elements(shape []int64) (n int64, fits bool) {
	n = 1
	for _, s := range shape {
		if s < 0 || s > 0 && n > math.MaxInt64/4/s {
			return 0, false
		}
		n *= s
	}
	return n, true
}

// ReadFile reads the file at path, its tensors in the order of their data. It
// refuses files that are cut short or longer than their header says, and
// arrays of other types than F32.
func ReadFile(path string) (File, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %w", err)
	}
	f, err := parse(raw)
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return f, nil
}

func parse(raw []byte) (File, error) {
	if len(raw) < 8 {
		return File{}, errors.New("the file is cut short or not of this format")
	}
	n := binary.LittleEndian.Uint64(raw)
	if n > maxHeader || n > uint64(len(raw)-8) {
		return File{}, fmt.Errorf("a header of %d bytes does not fit into %d: the file is cut short or not of this format", n, len(raw))
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(raw[8:8+n], &header); err != nil {
		return File{}, fmt.Errorf("header: %w", err)
	}
	var f File
	if m, has := header[metadataKey]; has {
		if err := json.Unmarshal(m, &f.Metadata); err != nil {
			return File{}, fmt.Errorf("metadata: %w", err)
		}
		delete(header, metadataKey)
	}
	return f, f.fill(header, raw[8+n:])
}

// fill reads the arrays that the header lists from data.
func (f *File) fill(header map[string]json.RawMessage, data []byte) error {
	type placed struct {
		name string
		entry
	}
	var all []placed
	for name, text := range header {
		p := placed{name: name}
		if err := json.Unmarshal(text, &p.entry); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b placed) int { return slices.Compare(a.Offsets[:], b.Offsets[:]) })
	at := int64(0)
	for _, p := range all {
		n, fits := elements(p.Shape)
		switch {
		case p.DType != "F32":
			return fmt.Errorf("tensor %q has type %s, only F32 can be read", p.name, p.DType)
		case !fits || p.Offsets[0] != at || p.Offsets[1] != at+4*n:
			return fmt.Errorf("tensor %q of shape %v lies at bytes %v, want %d to %d", p.name, p.Shape, p.Offsets, at, at+4*n)
		case p.Offsets[1] > int64(len(data)):
			return fmt.Errorf("the data end at byte %d, tensor %q at %d: the file is cut short", len(data), p.name, p.Offsets[1])
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[at+4*int64(i):]))
		}
		f.Tensors = append(f.Tensors, Tensor{p.name, p.Shape, values})
		at = p.Offsets[1]
	}
	if at != int64(len(data)) {
		return fmt.Errorf("%d bytes follow the last tensor", int64(len(data))-at)
	}
	return nil
}
