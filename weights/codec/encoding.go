package codec

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/columnar"
	"cocostat/weights"
)

// Encoding is a file format that holds a weights table.
type Encoding string

// The encodings. The first four keep everything; CSV and NPY have no place for
// the metadata but its format.
const (
	Arrow       Encoding = "arrow"       // Arrow IPC file
	Parquet     Encoding = "parquet"     // Parquet, metadata among its key-value pairs
	JSON        Encoding = "json"        // an object of metadata and classes
	SafeTensors Encoding = "safetensors" // a tensor per column of numbers
	CSV         Encoding = "csv"         // RFC 4180 with a header
	NPY         Encoding = "npy"         // NumPy's structured array
)

// Encodings returns all encodings.
func Encodings() []Encoding { return []Encoding{Arrow, Parquet, JSON, SafeTensors, CSV, NPY} }

// EncodingOf returns the encoding that a file's extension stands for, and
// whether it stands for one. ".feather" and ".ipc" are Arrow.
func EncodingOf(path string) (Encoding, bool) {
	e := Encoding(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	if e == "feather" || e == "ipc" {
		return Arrow, true
	}
	return e, slices.Contains(Encodings(), e)
}

// KeepsMetadata reports whether files of this encoding hold the metadata.
func (e Encoding) KeepsMetadata() bool { return e != CSV && e != NPY }

// Encode writes the table to w. A table that Read would refuse is not written.
func Encode(w io.Writer, t *weights.Table, e Encoding) error {
	if err := t.Validate(); err != nil {
		return fmt.Errorf("weights: will not write the table: %w", err)
	}
	return encodeAs(w, t, e)
}

func encodeAs(w io.Writer, t *weights.Table, e Encoding) error {
	switch e {
	case Arrow:
		return encodeArrow(w, t, memory.DefaultAllocator)
	case Parquet:
		return encodeParquet(w, t, memory.DefaultAllocator)
	case JSON:
		return encodeJSON(w, t)
	case SafeTensors:
		return encodeSafeTensors(w, t)
	case CSV:
		return encodeCSV(w, t)
	case NPY:
		return encodeNPY(w, t)
	}
	return fmt.Errorf("%q is no encoding of weights", string(e))
}

// decodeAs reads a table from the whole content of a file.
func decodeAs(data []byte, e Encoding) (*weights.Table, error) {
	switch e {
	case Arrow:
		return decodeArrow(data)
	case Parquet:
		return decodeParquet(data)
	case JSON:
		return decodeJSON(data)
	case SafeTensors:
		return decodeSafeTensors(data)
	case CSV:
		return decodeCSV(data)
	case NPY:
		return decodeNPY(data)
	}
	return nil, fmt.Errorf("%q is no encoding of weights", string(e))
}

// recognise returns the encoding of a file: the one whose mark it begins with,
// else that of its name, else what the first bytes look like.
func recognise(data []byte, name string) Encoding {
	switch {
	case bytes.HasPrefix(data, columnar.ArrowMagic):
		return Arrow
	case bytes.HasPrefix(data, columnar.ParquetMagic):
		return Parquet
	case bytes.HasPrefix(data, npyMagic):
		return NPY
	}
	if e, known := EncodingOf(name); known {
		return e
	}
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(data, "\ufeff \t\r\n"), []byte("{")):
		return JSON
	case len(data) > 8 && data[8] == '{':
		return SafeTensors
	case bytes.HasPrefix(bytes.TrimLeft(data, "\ufeff\""), []byte(columns[0].Name)):
		return CSV
	}
	return Arrow
}
