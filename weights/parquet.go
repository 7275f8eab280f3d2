package weights

import (
	"io"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// encodeParquet writes a Parquet file of one row group.
func (t *Table) encodeParquet(w io.Writer, mem memory.Allocator) error {
	out, err := t.arrowTable()
	if err != nil {
		return err
	}
	return out.WriteParquet(w, mem)
}
