package codec

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/atomicfile"
	"cocostat/weights"
)

// Target is a file to be written, and its encoding.
type Target struct {
	Path     string
	Encoding Encoding // "": the one that the extension stands for, Arrow for others
}

// WriteFile writes the table in the encoding that the extension of path stands
// for, and as Arrow for any other. The file appears whole or not at all, also
// where several processes write it at the same time: the last one wins. A
// table that ReadFile would refuse is not written.
func WriteFile(path string, t *weights.Table) error { return WriteTargets(t, Target{Path: path}) }

// WriteTargets writes the table to several files as WriteFile does to each.
// The first appears only when all are written.
func WriteTargets(t *weights.Table, targets ...Target) error {
	files := make([]atomicfile.File, len(targets))
	for i, target := range targets {
		var err error
		if files[i], err = fileOf(t, target.Path); err != nil {
			return err
		}
		if target.Encoding != "" {
			files[i].Fill = fillWith(t, target.Encoding)
		}
	}
	return writeAll(files...)
}

// fillWith returns what fills a file with a table.
func fillWith(t *weights.Table, e Encoding) func(io.Writer) error {
	return func(w io.Writer) error { return encodeAs(w, t, e) }
}

func writeAll(files ...atomicfile.File) error {
	if err := atomicfile.WriteAll(files...); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

// encodeArrow writes an Arrow IPC file of one record batch.
func encodeArrow(w io.Writer, t *weights.Table, mem memory.Allocator) error {
	out, err := arrowTable(columnsOf(t), len(t.Rows), len(t.Rows), t.Meta)
	if err != nil {
		return err
	}
	return out.Write(w, mem)
}

// encodeParquet writes a Parquet file of one row group.
func encodeParquet(w io.Writer, t *weights.Table, mem memory.Allocator) error {
	out, err := arrowTable(columnsOf(t), len(t.Rows), len(t.Rows), t.Meta)
	if err != nil {
		return err
	}
	return out.WriteParquet(w, mem)
}
