package weights

import (
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
)

// tableFile is a kind of Arrow file with rows about images.
type tableFile struct {
	what   string // as messages call it
	format string // the only version that is read
	remedy string // ends every error about the content
	fields []arrow.Field
}

// read reads a file and returns its columns in the order of the format. It
// refuses what ReadFile refuses of any table: another file, a damaged one,
// another version, columns that are missing, twice there or of another type,
// nulls where there are none, NaN. Metadata go into meta, and their text is
// returned for the checksum.
func (k tableFile) read(path string, meta any) (columns []cells, text string, err error) {
	data, err := readWhole(path, "the "+k.what)
	if err != nil {
		return nil, "", err
	}
	if columns, text, err = k.decode(data, meta); err != nil {
		return nil, "", k.wrong(path, err)
	}
	return columns, text, nil
}

// wrong is an error about the content of a file.
func (k tableFile) wrong(path string, err error) error {
	return fmt.Errorf("weights: %s: %w; %s", path, err, k.remedy)
}

// decode is read of the content of a file.
func (k tableFile) decode(data []byte, meta any) (columns []cells, text string, err error) {
	file, err := openArrow(data)
	if err != nil {
		return nil, "", err
	}
	text, ok := file.Metadata[MetadataKey]
	if !ok {
		return nil, "", fmt.Errorf("an Arrow file, but not the %s: its schema has no metadata key %q", k.what, MetadataKey)
	}
	if err := k.decodeMetadata(text, meta); err != nil {
		return nil, "", err
	}
	// What a row takes beside the columns.
	const each = 64
	if err := file.Budget.Take(int64(file.Rows), each); err != nil {
		return nil, "", damaged(err)
	}
	c := columnContent{file}
	at := make([]int, len(k.fields))
	for i, want := range k.fields {
		if at[i], err = find(c.names(), want.Name); err != nil {
			return nil, "", err
		}
	}
	for i, field := range k.fields {
		column, err := c.cells(at[i], field)
		if err == nil {
			err = column.check()
		}
		if err != nil {
			return nil, "", err
		}
		columns = append(columns, column)
	}
	return columns, text, nil
}

func (k tableFile) decodeMetadata(text string, meta any) error {
	if err := checkMetadata(text); err != nil {
		return err
	}
	var version struct{ Format string }
	if err := json.Unmarshal([]byte(text), &version); err != nil {
		return fmt.Errorf("the JSON of metadata key %q is invalid: %w", MetadataKey, err)
	}
	if version.Format != k.format {
		return fmt.Errorf("format %q, but the %s has %q", version.Format, k.what, k.format)
	}
	if err := json.Unmarshal([]byte(text), meta); err != nil {
		return fmt.Errorf("the JSON of metadata key %q is invalid: %w", MetadataKey, err)
	}
	return nil
}
