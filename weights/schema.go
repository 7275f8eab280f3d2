package weights

import (
	"errors"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// MetadataKey is the key of the schema's metadata that holds the JSON.
const MetadataKey = "cocostat"

// columns are those of the weights file, in their order.
var columns = []arrow.Field{
	{Name: "index", Type: arrow.PrimitiveTypes.Int32},
	{Name: "category_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "name", Type: arrow.BinaryTypes.String},
	{Name: "instances", Type: arrow.PrimitiveTypes.Int64},
	{Name: "images", Type: arrow.PrimitiveTypes.Int64},
	{Name: "frequency", Type: arrow.PrimitiveTypes.Float64},
	{Name: "alpha", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "group", Type: arrow.BinaryTypes.String},
	{Name: "lvis_group", Type: arrow.BinaryTypes.String},
	{Name: "repeat_factor", Type: arrow.PrimitiveTypes.Float64},
}

// etaColumns are those of the eta file, in their order.
var etaColumns = []arrow.Field{
	{Name: "image_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "category_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "index", Type: arrow.PrimitiveTypes.Int32},
	{Name: "objects", Type: arrow.PrimitiveTypes.Int32},
	{Name: "eta_power", Type: arrow.PrimitiveTypes.Float64},
}

func schemaOf(fields []arrow.Field, metadata []byte) *arrow.Schema {
	m := arrow.NewMetadata([]string{MetadataKey}, []string{string(metadata)})
	return arrow.NewSchema(fields, &m)
}

// writeArrow writes an Arrow IPC file of the records that fill emits.
func writeArrow(w io.Writer, schema *arrow.Schema, mem memory.Allocator, fill func(emit func(arrow.Record) error) error) error {
	out, err := ipc.NewFileWriter(&positioned{w: w}, ipc.WithSchema(schema), ipc.WithAllocator(mem))
	if err != nil {
		return err
	}
	if err := fill(out.Write); err != nil {
		return errors.Join(err, out.Close())
	}
	return out.Close()
}

// positioned lets ipc.FileWriter, which asks for its position and never moves
// it, write to any io.Writer.
type positioned struct {
	w io.Writer
	n int64
}

func (p *positioned) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.n += int64(n)
	return n, err
}

func (p *positioned) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.ErrUnsupported
	}
	return p.n, nil
}
