package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// remedy ends every error about the content of a file.
const remedy = "make the file again with 'cocostat weights ANNOTATIONS.json -o weights.arrow'"

// ReadFile reads a weights file. It refuses, naming the column and row, a file
// that is not Arrow, is cut off or damaged, lacks a column or has it in
// another type, has another format version, or holds what training cannot use:
// α, frequencies or repeat factors outside their ranges, nulls elsewhere than
// in α, a class twice, classes out of order, channels other than 0…C−1.
// Columns beyond the ten of the format and those of its groupings are ignored.
func ReadFile(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("weights: cannot read the weights file: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("weights: %s is a folder, not a weights file", path)
	}
	t, err := decode(f, memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("weights: %s: %w; %s", path, err, remedy)
	}
	t.path = path
	return t, nil
}

// decode reads a weights file. Arrow's reader panics on some damaged files;
// what it may ask of memory is limited, and its panics become errors.
func decode(r ipc.ReadAtSeeker, mem memory.Allocator) (t *Table, err error) {
	size, err := checkMagic(r)
	if err != nil {
		return nil, err
	}
	if err := checkFooter(r, size); err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	defer func() {
		if cause := recover(); cause != nil {
			t, err = nil, fmt.Errorf("the file is damaged: %v", cause)
		}
	}()
	file, err := ipc.NewFileReader(r, ipc.WithAllocator(limited{mem}))
	if err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	defer file.Close()
	t = &Table{}
	if t.Meta, err = decodeMetadata(file.Schema().Metadata()); err != nil {
		return nil, err
	}
	fields := columnsWith(t.Meta.Groupings)
	at, err := findColumns(file.Schema(), fields)
	if err != nil {
		return nil, err
	}
	if n := file.NumRecords(); n != 1 {
		return nil, fmt.Errorf("%d record batches, want 1", n)
	}
	record, err := file.Record(0)
	if err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	if t.Rows, err = decodeRows(record, fields, at); err != nil {
		return nil, err
	}
	return t, t.validate()
}

// checkMagic tells files that are not Arrow from those that end too early, and
// returns the size.
func checkMagic(r ipc.ReadAtSeeker) (int64, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	head, tail := make([]byte, len(ipc.Magic)), make([]byte, len(ipc.Magic))
	if n, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return 0, err
	} else if !bytes.Equal(head[:n], ipc.Magic) {
		return 0, errors.New("not an Arrow IPC file")
	}
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return 0, err
	}
	if size < int64(2*len(tail)+4) || !bytes.Equal(tail, ipc.Magic) {
		return 0, fmt.Errorf("the Arrow file is cut off after %d bytes", size)
	}
	return size, nil
}

func decodeMetadata(m arrow.Metadata) (Metadata, error) {
	value, ok := m.GetValue(MetadataKey)
	if !ok {
		return Metadata{}, fmt.Errorf("an Arrow file, but not a weights file: its schema has no metadata key %q", MetadataKey)
	}
	var version struct{ Format string }
	if err := json.Unmarshal([]byte(value), &version); err != nil {
		return Metadata{}, fmt.Errorf("the JSON of metadata key %q is invalid: %w", MetadataKey, err)
	}
	if version.Format != Format {
		return Metadata{}, fmt.Errorf("format %q, but this program reads %q only", version.Format, Format)
	}
	var meta Metadata
	if err := json.Unmarshal([]byte(value), &meta); err != nil {
		return Metadata{}, fmt.Errorf("the JSON of metadata key %q is invalid: %w", MetadataKey, err)
	}
	meta.fillIn()
	err := errors.Join(meta.Eta.Validate(), meta.Schedule.Validate(), inUnitInterval("intensity", meta.Intensity), validateGroupings(meta.Groupings))
	if err != nil {
		return Metadata{}, fmt.Errorf("metadata key %q: %w", MetadataKey, err)
	}
	return meta, nil
}

// findColumns returns where each of the wanted columns stands in the file.
func findColumns(schema *arrow.Schema, fields []arrow.Field) ([]int, error) {
	at := make([]int, len(fields))
	for i, want := range fields {
		found := schema.FieldIndices(want.Name)
		switch {
		case len(found) == 0:
			return nil, fmt.Errorf("column %s is missing", want.Name)
		case len(found) > 1:
			return nil, fmt.Errorf("column %s is there %d times", want.Name, len(found))
		}
		at[i] = found[0]
		if got := schema.Field(at[i]).Type; !arrow.TypeEqual(got, want.Type) {
			return nil, fmt.Errorf("column %s has type %v, want %v", want.Name, got, want.Type)
		}
	}
	return at, nil
}

// decodeRows reads the rows from columns that stand at the given positions:
// the format's, and one for each grouping.
func decodeRows(record arrow.Record, fields []arrow.Field, at []int) ([]Row, error) {
	column := func(i int) arrow.Array { return record.Column(at[i]) }
	for i, field := range fields {
		if err := checkColumn(field, column(i)); err != nil {
			return nil, err
		}
	}
	rows := make([]Row, record.NumRows())
	for i := range rows {
		rows[i] = Row{
			Index:        column(0).(*array.Int32).Value(i),
			CategoryID:   column(1).(*array.Int64).Value(i),
			Name:         text(column(2), i),
			Instances:    column(3).(*array.Int64).Value(i),
			Images:       column(4).(*array.Int64).Value(i),
			Frequency:    column(5).(*array.Float64).Value(i),
			Alpha:        math.NaN(),
			Group:        text(column(7), i),
			LVISGroup:    text(column(8), i),
			RepeatFactor: column(9).(*array.Float64).Value(i),
		}
		if alpha := column(6).(*array.Float64); alpha.IsValid(i) {
			rows[i].Alpha = alpha.Value(i)
		}
		for k := len(columns); k < len(fields); k++ {
			rows[i].Groups = append(rows[i].Groups, text(column(k), i))
		}
	}
	return rows, nil
}

// text copies a string out of the column's memory.
func text(column arrow.Array, i int) string { return strings.Clone(column.(*array.String).Value(i)) }

// checkColumn refuses nulls where the format has none, NaN in α (a Row cannot
// tell it from null), and text that is not UTF-8.
func checkColumn(field arrow.Field, column arrow.Array) error {
	for i := range column.Len() {
		if column.IsNull(i) {
			if field.Nullable {
				continue
			}
			return fmt.Errorf("column %s, row %d: null", field.Name, i)
		}
		switch c := column.(type) {
		case *array.Float64:
			if math.IsNaN(c.Value(i)) {
				return fmt.Errorf("column %s, row %d: NaN", field.Name, i)
			}
		case *array.String:
			if !utf8.ValidString(c.Value(i)) {
				return fmt.Errorf("column %s, row %d: not UTF-8", field.Name, i)
			}
		}
	}
	return nil
}

// limited refuses the huge allocations that a damaged length asks for. Ten
// columns of a million classes stay far below the limit.
type limited struct{ memory.Allocator }

const allocationLimit = 1 << 28

func (l limited) Allocate(size int) []byte {
	checkSize(size)
	return l.Allocator.Allocate(size)
}

func (l limited) Reallocate(size int, b []byte) []byte {
	checkSize(size)
	return l.Allocator.Reallocate(size, b)
}

func checkSize(size int) {
	if size < 0 || size > allocationLimit {
		panic(fmt.Sprintf("a buffer of %d bytes", size))
	}
}
