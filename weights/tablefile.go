package weights

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// tableFile is a kind of Arrow file with rows about images.
type tableFile struct {
	what   string // as messages call it
	format string // the only version that is read
	remedy string // ends every error about the content
	fields []arrow.Field
}

// read opens a file and hands its metadata and then the columns of each record
// batch to the functions, which must copy what they keep. It refuses what
// ReadFile refuses of any table: another file, a damaged one, another version,
// columns that are missing, twice there or of another type, nulls where there
// are none, NaN.
func (k tableFile) read(path string, meta any, batch func(columns []arrow.Array) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("weights: cannot read the %s: %w", k.what, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("weights: %s is a folder, not the %s", path, k.what)
	}
	if err := k.decode(f, memory.DefaultAllocator, meta, batch); err != nil {
		return fmt.Errorf("weights: %s: %w; %s", path, err, k.remedy)
	}
	return nil
}

// decode is read of an open file. Arrow's reader panics on some damaged files;
// what it may ask of memory is limited, and its panics become errors.
func (k tableFile) decode(r ipc.ReadAtSeeker, mem memory.Allocator, meta any, batch func(columns []arrow.Array) error) (err error) {
	size, err := checkMagic(r)
	if err != nil {
		return err
	}
	if err := checkFooter(r, size); err != nil {
		return fmt.Errorf("the file is damaged: %w", err)
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the file is damaged: %v", cause)
		}
	}()
	file, err := ipc.NewFileReader(r, ipc.WithAllocator(limited{mem}))
	if err != nil {
		return fmt.Errorf("the file is damaged: %w", err)
	}
	defer file.Close()
	if err := k.decodeMetadata(file.Schema().Metadata(), meta); err != nil {
		return err
	}
	at, err := findColumns(file.Schema(), k.fields)
	if err != nil {
		return err
	}
	for i := range file.NumRecords() {
		record, err := file.Record(i)
		if err != nil {
			return fmt.Errorf("the file is damaged: %w", err)
		}
		columns := make([]arrow.Array, len(at))
		for c := range at {
			columns[c] = record.Column(at[c])
			if err := checkColumn(k.fields[c], columns[c]); err != nil {
				return fmt.Errorf("record batch %d: %w", i, err)
			}
		}
		if err := batch(columns); err != nil {
			return err
		}
	}
	return nil
}

func (k tableFile) decodeMetadata(m arrow.Metadata, meta any) error {
	value, ok := m.GetValue(MetadataKey)
	if !ok {
		return fmt.Errorf("an Arrow file, but not the %s: its schema has no metadata key %q", k.what, MetadataKey)
	}
	var version struct{ Format string }
	if err := json.Unmarshal([]byte(value), &version); err != nil {
		return fmt.Errorf("the JSON of metadata key %q is invalid: %w", MetadataKey, err)
	}
	if version.Format != k.format {
		return fmt.Errorf("format %q, but the %s has %q", version.Format, k.what, k.format)
	}
	if err := json.Unmarshal([]byte(value), meta); err != nil {
		return fmt.Errorf("the JSON of metadata key %q is invalid: %w", MetadataKey, err)
	}
	return nil
}
