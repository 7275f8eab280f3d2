package arrowfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/arrowfile"
)

var fields = []arrow.Field{
	{Name: "a", Type: arrow.PrimitiveTypes.Int32},
	{Name: "b", Type: arrow.PrimitiveTypes.Int64},
	{Name: "c", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "d", Type: arrow.BinaryTypes.String},
}

func numbers(t *testing.T, rows, batch int) arrowfile.Table {
	t.Helper()
	schema, err := arrowfile.Schema(fields, map[string]any{"format": "numbers/1", "π": math.Pi})
	if err != nil {
		t.Fatal(err)
	}
	return arrowfile.Table{Schema: schema, Rows: rows, Batch: batch, Append: func(b *array.RecordBuilder, i int) {
		arrowfile.Int32(b, 0, int32(i))
		arrowfile.Int64(b, 1, int64(i)<<40)
		if i%2 == 1 {
			b.Field(2).AppendNull()
		} else {
			arrowfile.Float64(b, 2, float64(i)/4)
		}
		arrowfile.String(b, 3, fmt.Sprint("№", i))
	}}
}

func checked(t *testing.T) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

// Arrow's own reader finds the rows, their batches and the metadata.
func TestWrite(t *testing.T) {
	for _, c := range []struct {
		rows, batch int
		want        string // the columns, batch by batch
	}{
		{0, 0, "[[] [] [] []] "},
		{3, 0, `[[0 1 2] [0 1099511627776 2199023255552] [0 (null) 0.5] ["№0" "№1" "№2"]] `},
		{2, 2, `[[0 1] [0 1099511627776] [0 (null)] ["№0" "№1"]] `},
		{3, 2, `[[0 1] [0 1099511627776] [0 (null)] ["№0" "№1"]] [[2] [2199023255552] [0.5] ["№2"]] `},
	} {
		var file bytes.Buffer
		if err := numbers(t, c.rows, c.batch).Write(&file, checked(t)); err != nil {
			t.Fatal(err)
		}
		r, err := ipc.NewFileReader(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i := range r.NumRecords() {
			record, err := r.Record(i)
			if err != nil {
				t.Fatal(err)
			}
			got += fmt.Sprint(record.Columns()) + " "
		}
		if got != c.want {
			t.Errorf("%d rows in batches of %d: %s, want %s", c.rows, c.batch, got, c.want)
		}
		if m, _ := r.Schema().Metadata().GetValue("cocostat"); m != `{"format":"numbers/1","π":3.141592653589793}` {
			t.Errorf("metadata %s", m)
		}
	}
}

func TestSchemaRefusesWhatIsNoJSON(t *testing.T) {
	if _, err := arrowfile.Schema(fields, math.NaN()); err == nil {
		t.Error("no error for metadata that JSON cannot hold")
	}
}

// full fails after some bytes.
type full struct{ left int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

// Wherever the writer fails, the error comes out and the memory is released.
func TestWriteFails(t *testing.T) {
	var whole bytes.Buffer
	if err := numbers(t, 5, 2).Write(&whole, checked(t)); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		if err := numbers(t, 5, 2).Write(&full{n}, checked(t)); !errors.Is(err, errFull) {
			t.Fatalf("room for %d of %d bytes: error %v", n, whole.Len(), err)
		}
	}
}
