package codec

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

// remedy ends every error about the content of a file.
const remedy = "make the file again with 'cocostat weights ANNOTATIONS.json -o weights.arrow'"

// ReadFile reads a weights file in any Encoding: the one whose mark the file
// begins with, else the one that its extension names. It refuses, naming the
// column and row, a file that is cut off or damaged, lacks a column or has it
// in another type, has another format version, or holds what training cannot
// use: α, frequencies or repeat factors outside their ranges, nulls elsewhere
// than in α, NaN, a class twice, classes out of order, channels other than
// 0…C−1, counts, frequencies and groups that contradict each other or the
// metadata, content other than its checksum's. Columns that the format does not
// know are ignored.
//
// A CSV or NPY file has no metadata. Its table has settings that leave the
// weights as they are: intensity 1, schedule constant, η 1.
func ReadFile(path string) (*weights.Table, error) {
	t, _, err := Open(path)
	return t, err
}

// Open reads a weights file as ReadFile does and returns the encoding that it
// has.
func Open(path string) (*weights.Table, Encoding, error) {
	data, err := readWhole(path, "the weights file")
	if err != nil {
		return nil, "", err
	}
	return readTable(data, path)
}

// Read reads a weights table as ReadFile does and returns the encoding that it
// had. name is that of the file, for its extension and for messages.
func Read(r io.Reader, name string) (*weights.Table, Encoding, error) {
	data, err := readStream(r, name, "a weights file")
	if err != nil {
		return nil, "", err
	}
	return readTable(data, name)
}

// readTable reads a table from the whole content of a file.
func readTable(data []byte, name string) (*weights.Table, Encoding, error) {
	e := recognise(data, name)
	t, err := decodeAs(data, e)
	if err != nil {
		return nil, "", fmt.Errorf("weights: %s: %w; %s", name, err, remedy)
	}
	t.Path = name
	return t, e, nil
}

// content is a decoded file before its rows are looked at.
type content interface {
	names() []string // of the columns, as often as they are there
	rows() int
	cells(at int, field arrow.Field) (cells, error) // of column names()[at], as a column of the field's type
}

// assemble makes the table of a file's content and metadata. Without metadata,
// the columns whose name begins with GroupingPrefix become groupings.
func assemble(c content, meta *decodedMetadata) (*weights.Table, error) {
	t := &weights.Table{}
	if c.rows() == 0 {
		return nil, errors.New("no classes")
	}
	if meta != nil {
		t.Meta = meta.Metadata
	} else {
		for _, name := range c.names() {
			if group, ok := strings.CutPrefix(name, weights.GroupingPrefix); ok {
				t.Meta.Groupings = append(t.Meta.Groupings, weights.Grouping{Name: group, Method: weights.MethodUnknown})
			}
		}
	}
	all, err := cellsIn(c, columnsWith(t.Meta.Groupings))
	if err != nil {
		return nil, err
	}
	t.Rows = rowsOf(all, c.rows())
	if meta == nil {
		if err := checkFormat(c, t); err != nil {
			return nil, err
		}
		bareMetadata(t)
	}
	if err := t.Validate(); err != nil || meta == nil {
		return t, err
	}
	return t, verify(meta.text, columnsOf(t), len(t.Rows), "images", "annotated_images", "instances", "crowds", "alpha", "repeat_threshold", "tail_ratio")
}

// cellsIn returns the columns of a file that the fields name, in their order.
func cellsIn(c content, fields []arrow.Field) ([]cells, error) {
	names, at := c.names(), make([]int, len(fields))
	for i, field := range fields {
		var err error
		if at[i], err = find(names, field.Name); err != nil {
			return nil, err
		}
	}
	all := make([]cells, 0, len(fields))
	for i, field := range fields {
		column, err := c.cells(at[i], field)
		if err == nil {
			err = column.check()
		}
		if err != nil {
			return nil, err
		}
		all = append(all, column)
	}
	return all, nil
}

// find returns where a column stands.
func find(names []string, name string) (int, error) {
	at := slices.Index(names, name)
	if at < 0 {
		return 0, fmt.Errorf("column %s is missing", name)
	}
	n := 0
	for _, other := range names {
		if other == name {
			n++
		}
	}
	if n > 1 {
		return 0, fmt.Errorf("column %s is there %d times", name, n)
	}
	return at, nil
}

// check refuses nulls where the format has none, NaN in α (a Row cannot tell
// it from null), and text that is not UTF-8.
func (c *cells) check() error {
	for i, null := range c.null {
		if null && !c.field.Nullable {
			return fmt.Errorf("column %s, row %d: null", c.field.Name, i)
		}
	}
	for i, v := range c.floats {
		if math.IsNaN(v) && !c.isNull(i) {
			return fmt.Errorf("column %s, row %d: NaN", c.field.Name, i)
		}
	}
	for i, text := range c.texts {
		if !utf8.ValidString(text) {
			return fmt.Errorf("column %s, row %d: not UTF-8", c.field.Name, i)
		}
	}
	return nil
}

// fillIn gives the keys that files of earlier versions lack what they meant.
func fillIn(m *weights.Metadata) {
	m.Alpha.Base = cmp.Or(m.Alpha.Base, weights.BaseInstances)
	m.Eta.Scope = cmp.Or(m.Eta.Scope, weights.ScopeImage)
}

// decodedMetadata are metadata with the JSON that they were read from.
type decodedMetadata struct {
	weights.Metadata
	text string
}

// decodeMetadata reads the JSON of a file's metadata.
func decodeMetadata(text string) (*decodedMetadata, error) {
	var meta weights.Metadata
	if err := unmarshalMetadata(text, checkVersion, &meta); err != nil {
		return nil, err
	}
	err := checkSettings([]byte(text))
	if err == nil {
		fillIn(&meta)
		err = meta.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("metadata key %q: %w", weights.MetadataKey, err)
	}
	return &decodedMetadata{meta, text}, nil
}

// unmarshalMetadata reads the JSON of a file's metadata of a version that check
// accepts.
func unmarshalMetadata(text string, check func(format string) error, into any) error {
	if err := checkMetadata(text); err != nil {
		return err
	}
	var version struct{ Format string }
	err := json.Unmarshal([]byte(text), &version)
	if err == nil {
		if err := check(version.Format); err != nil {
			return err
		}
		err = json.Unmarshal([]byte(text), into)
	}
	if err != nil {
		return fmt.Errorf("the JSON of metadata key %q is invalid: %w", weights.MetadataKey, err)
	}
	return nil
}

// checkSettings reports a missing number among the settings that change how
// weights are used: 0 in its place would turn them off, or the loss.
func checkSettings(text []byte) error {
	var given struct {
		Intensity *float64
		Eta       struct{ Value *float64 }
		Schedule  struct {
			DeferredEpochs *int `json:"deferred_epochs"`
		}
	}
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	switch {
	case given.Intensity == nil:
		return errors.New("intensity is missing")
	case given.Eta.Value == nil:
		return errors.New("eta.value is missing")
	case given.Schedule.DeferredEpochs == nil:
		return errors.New("schedule.deferred_epochs is missing")
	}
	return nil
}

func checkVersion(format string) error {
	if format != weights.Format {
		return fmt.Errorf("format %q, but this program reads %q only", format, weights.Format)
	}
	return nil
}

// noMetadata is the error for a file of some kind that anything might have
// written.
func noMetadata(kind string) error {
	return fmt.Errorf("%s, but not a weights file: it has no metadata key %q", kind, weights.MetadataKey)
}
