package codec

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/internal/safetensors"
	"cocostat/weights"
)

// presence is the column of the encodings without nulls that says whether a
// class has a weight. Where it is false, alpha is 1: a class without a weight
// counts as 1 in a loss, whoever reads the column alpha alone.
const presence = "has_alpha"

// encodeSafeTensors writes a tensor of shape C per column of numbers, and the
// columns of text as JSON arrays among the metadata.
func encodeSafeTensors(w io.Writer, t *weights.Table) error {
	meta, err := signed(t.Meta, columnsOf(t), len(t.Rows))
	if err != nil {
		return err
	}
	texts := map[string]string{weights.MetadataKey: string(meta)}
	var arrays []safetensors.Array
	for _, c := range cellsOf(t) {
		if c.field.Type.ID() == arrow.STRING {
			list, err := marshal(c.texts)
			if err != nil {
				return err
			}
			texts[c.field.Name] = string(list)
			continue
		}
		arrays = append(arrays, c.array())
		if c.field.Nullable {
			arrays = append(arrays, c.presence())
		}
	}
	// Wide numbers first, so that all are aligned.
	slices.SortStableFunc(arrays, func(a, b safetensors.Array) int { return len(b.Data) - len(a.Data) })
	return safetensors.Encode(w, texts, arrays)
}

var dtypes = map[arrow.Type]string{arrow.INT32: "I32", arrow.INT64: "I64", arrow.FLOAT64: "F64"}

func (c *cells) array() safetensors.Array {
	a := safetensors.Array{Name: c.field.Name, DType: dtypes[c.field.Type.ID()]}
	for i := range max(len(c.ints), len(c.floats)) {
		a.Data = c.appendBinary(a.Data, i)
	}
	a.Shape = []int64{int64(len(c.ints) + len(c.floats))}
	return a
}

func (c *cells) presence() safetensors.Array {
	a := safetensors.Array{Name: presence, DType: "BOOL", Shape: []int64{int64(len(c.null))}}
	for _, null := range c.null {
		a.Data = append(a.Data, boolByte(!null))
	}
	return a
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// appendBinary appends number i, little-endian, in the width of its type.
func (c *cells) appendBinary(b []byte, i int) []byte {
	switch c.field.Type.ID() {
	case arrow.INT32:
		return binary.LittleEndian.AppendUint32(b, uint32(c.ints[i]))
	case arrow.INT64:
		return binary.LittleEndian.AppendUint64(b, uint64(c.ints[i]))
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(c.floats[i]))
}

// addBinary adds the number at the start of b.
func (c *cells) addBinary(b []byte) {
	switch c.field.Type.ID() {
	case arrow.INT32:
		c.ints = append(c.ints, int64(int32(binary.LittleEndian.Uint32(b))))
	case arrow.INT64:
		c.ints = append(c.ints, int64(binary.LittleEndian.Uint64(b)))
	default:
		c.floats = append(c.floats, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
}

func decodeSafeTensors(data []byte) (*weights.Table, error) {
	texts, arrays, err := safetensors.Decode(data)
	if err != nil {
		return nil, err
	}
	c := tensorContent{arrays: arrays, n: -1}
	for _, a := range arrays {
		if slices.ContainsFunc(columns, func(f arrow.Field) bool { return f.Name == a.Name }) && len(a.Shape) == 1 && c.n < 0 {
			c.n = int(a.Shape[0])
		}
	}
	text, ok := texts[weights.MetadataKey]
	if !ok {
		return nil, noMetadata("a safetensors file")
	}
	meta, err := decodeMetadata(text)
	if err != nil {
		return nil, err
	}
	delete(texts, weights.MetadataKey)
	c.texts = texts
	for name := range texts {
		c.textNames = append(c.textNames, name)
	}
	return assemble(c, meta)
}

// tensorContent is a safetensors file of n classes.
type tensorContent struct {
	arrays    []safetensors.Array
	texts     map[string]string
	textNames []string
	n         int
}

func (c tensorContent) names() []string {
	var names []string
	for _, a := range c.arrays {
		names = append(names, a.Name)
	}
	return append(names, c.textNames...)
}

func (c tensorContent) rows() int { return max(c.n, 0) }

func (c tensorContent) cells(at int, field arrow.Field) (cells, error) {
	out := cells{field: field}
	if isText := at >= len(c.arrays); isText != (field.Type.ID() == arrow.STRING) {
		return cells{}, fmt.Errorf("column %s: text and numbers are confused, want %v", field.Name, field.Type)
	} else if isText {
		if err := json.Unmarshal([]byte(c.texts[field.Name]), &out.texts); err != nil {
			return cells{}, fmt.Errorf("column %s: the JSON of its texts is invalid: %w", field.Name, err)
		}
		return out, c.checkLength(field.Name, len(out.texts))
	}
	a, err := c.array(at, field.Name, dtypes[field.Type.ID()])
	if err != nil {
		return cells{}, err
	}
	width := field.Type.(arrow.FixedWidthDataType).BitWidth() / 8
	for i := range c.n {
		out.addBinary(a.Data[i*width:])
	}
	if !field.Nullable {
		return out, nil
	}
	present, err := find(c.names(), presence)
	if err != nil {
		return cells{}, err
	}
	if a, err = c.array(present, presence, "BOOL"); err != nil {
		return cells{}, err
	}
	for _, b := range a.Data {
		out.null = append(out.null, b == 0)
	}
	return out, nil
}

// array returns a tensor of one number per class.
func (c tensorContent) array(at int, name, dtype string) (safetensors.Array, error) {
	if at >= len(c.arrays) {
		return safetensors.Array{}, fmt.Errorf("column %s: text, want %s", name, dtype)
	}
	a := c.arrays[at]
	switch {
	case a.DType != dtype:
		return a, fmt.Errorf("column %s has type %s, want %s", name, a.DType, dtype)
	case len(a.Shape) != 1:
		return a, fmt.Errorf("column %s has shape %v, want one dimension", name, a.Shape)
	}
	return a, c.checkLength(name, int(a.Shape[0]))
}

func (c tensorContent) checkLength(name string, n int) error {
	if n != c.n {
		return fmt.Errorf("column %s has %d rows, others have %d", name, n, c.n)
	}
	return nil
}
