package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Array is a named array of any type of numbers, as its bytes.
type Array struct {
	Name  string
	DType string // "F32", "F64", "I32", "I64", "BOOL", …
	Shape []int64
	Data  []byte // little-endian, row-major
}

// widths are the bytes of a number of each type.
var widths = map[string]int64{"BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
	"U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8}

// Encode writes a file of the arrays, in their order, and of metadata.
func Encode(w io.Writer, metadata map[string]string, arrays []Array) error {
	return encode(w, metadata, arrays, func(i int) []byte { return arrays[i].Data },
		func(i int) int64 { return int64(len(arrays[i].Data)) })
}

// encode writes arrays whose data are made as they are needed; length tells
// before how many bytes they will be.
func encode(w io.Writer, metadata map[string]string, arrays []Array, data func(i int) []byte, length func(i int) int64) error {
	h := make(map[string]any, len(arrays)+1)
	if len(metadata) > 0 {
		h[metadataKey] = metadata
	}
	at := int64(0)
	for i, a := range arrays {
		if _, twice := h[a.Name]; twice || a.Name == metadataKey {
			return fmt.Errorf("tensor name %q is taken", a.Name)
		}
		if n, fits := elements(a.Shape); !fits || n*widths[a.DType] != length(i) {
			return fmt.Errorf("tensor %q: %d bytes do not fill shape %v of type %s", a.Name, length(i), a.Shape, a.DType)
		}
		end := at + length(i)
		h[a.Name] = entry{a.DType, append([]int64{}, a.Shape...), [2]int64{at, end}}
		at = end
	}
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for i := range arrays {
		if _, err := w.Write(data(i)); err != nil {
			return err
		}
	}
	return nil
}

// CheckHead reports a beginning that no file of this format has.
func CheckHead(head []byte) error {
	if len(head) < 8 {
		return errors.New("the file is cut short or not of this format")
	}
	if n := binary.LittleEndian.Uint64(head); n > maxHeader || n == 0 {
		return errors.New("no safetensors file")
	}
	return nil
}

// Decode reads the content of a file, its arrays in the order of their data,
// which alias raw. It refuses files that are cut short or longer than their
// header says, and types that it does not know.
func Decode(raw []byte) (metadata map[string]string, arrays []Array, err error) {
	if err := CheckHead(raw); err != nil {
		return nil, nil, err
	}
	n := binary.LittleEndian.Uint64(raw)
	if n > uint64(len(raw)-8) {
		return nil, nil, fmt.Errorf("a header of %d bytes does not fit into %d: the file is cut short or not of this format", n, len(raw))
	}
	header := raw[8 : 8+n]
	// Before the streaming decoder, which ends at the end of the object.
	if !json.Valid(header) {
		return nil, nil, fmt.Errorf("header: %w", json.Unmarshal(header, new(any)))
	}
	h := headerReader{d: json.NewDecoder(bytes.NewReader(header)), seen: map[string]bool{}}
	if err := h.read(int64(len(raw)) - 8 - int64(n)); err != nil {
		return nil, nil, err
	}
	arrays, err = place(h.placed, raw[8+n:])
	return h.metadata, arrays, err
}

// headerReader reads a header entry by entry, and ends at the first that no
// file can have: that bounds what a header takes.
type headerReader struct {
	d        *json.Decoder
	seen     map[string]bool
	metadata map[string]string
	placed   []placed
}

// placed is an array of the header.
type placed struct {
	name string
	entry
}

// read reads the entries of a file with some bytes of data.
func (h *headerReader) read(data int64) error {
	if open, err := h.d.Token(); err != nil || open != json.Delim('{') {
		return errors.New("header: no object")
	}
	for h.d.More() {
		key, err := h.d.Token()
		if err != nil {
			return fmt.Errorf("header: %w", err)
		}
		name := key.(string)
		if h.seen[name] {
			return fmt.Errorf("header: %q is there twice", name)
		}
		h.seen[name] = true
		if name == metadataKey {
			if err := h.d.Decode(&h.metadata); err != nil {
				return fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		p := placed{name: name}
		if err := h.d.Decode(&p.entry); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if widths[p.DType] == 0 {
			return fmt.Errorf("tensor %q has type %s, which is unknown", name, p.DType)
		}
		if p.Offsets[0] < 0 || p.Offsets[1] < p.Offsets[0] {
			return fmt.Errorf("tensor %q lies at bytes %v", name, p.Offsets)
		}
		if p.Offsets[1] > data {
			return fmt.Errorf("the data end at byte %d, tensor %q at %d: the file is cut short", data, name, p.Offsets[1])
		}
		h.placed = append(h.placed, p)
	}
	return nil
}

// place finds the arrays of the header in data, which they must fill.
func place(all []placed, data []byte) ([]Array, error) {
	slices.SortFunc(all, func(a, b placed) int { return slices.Compare(a.Offsets[:], b.Offsets[:]) })
	at := int64(0)
	arrays := make([]Array, 0, len(all))
	for _, p := range all {
		n, fits := elements(p.Shape)
		if width := widths[p.DType]; !fits || p.Offsets[0] != at || p.Offsets[1] != at+width*n {
			return nil, fmt.Errorf("tensor %q of shape %v lies at bytes %v, want %d to %d", p.name, p.Shape, p.Offsets, at, at+width*n)
		}
		arrays = append(arrays, Array{p.name, p.DType, p.Shape, data[at:p.Offsets[1]]})
		at = p.Offsets[1]
	}
	if at != int64(len(data)) {
		return nil, fmt.Errorf("%d bytes follow the last tensor", int64(len(data))-at)
	}
	return arrays, nil
}

// elements returns the product of a shape, and whether it is a sensible one.
func elements(shape []int64) (n int64, fits bool) {
	n = 1
	for _, s := range shape {
		if s < 0 || s > 0 && n > math.MaxInt64/8/s {
			return 0, false
		}
		n *= s
	}
	return n, true
}
