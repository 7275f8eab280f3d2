package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"cocostat/annotations"
)

func pairs(n int) *annotations.Counts {
	c := &annotations.Counts{
		Sources:    []annotations.Source{{Path: "-", Bytes: 5, SHA256: "00"}},
		Categories: []annotations.Category{{ID: 3}, {ID: 8}},
	}
	for i := range n {
		c.ImageRows = append(c.ImageRows, annotations.ImageCount{ID: int64(100 + i)})
		c.Pairs = append(c.Pairs, annotations.Pair{Image: int32(i), Class: int32(i % 2), Objects: int32(1 + i%3)})
	}
	return c
}

func TestEtaFile(t *testing.T) {
	var file bytes.Buffer
	if err := encodeEta(&file, pairs(3), 0.5, checked(t)); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewFileReader(bytes.NewReader(file.Bytes()), ipc.WithAllocator(checked(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	record, err := r.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, f := range r.Schema().Fields() {
		got = append(got, fmt.Sprintf("%s %v %v", f.Name, f.Type, record.Column(i)))
	}
	want := []string{
		"image_id int64 [100 101 102]", "category_id int64 [3 8 3]", "index int32 [0 1 0]",
		"objects int32 [1 2 3]", "eta_power float64 [0.5 0.25 0.125]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("columns %q, want %q", got, want)
	}
	value, _ := r.Schema().Metadata().GetValue("cocostat")
	var metadata struct {
		Format  string
		Eta     float64
		Sources []annotations.Source
	}
	if err := json.Unmarshal([]byte(value), &metadata); err != nil {
		t.Fatal(err)
	}
	if metadata.Format != "eta/1" || metadata.Eta != 0.5 || len(metadata.Sources) != 1 || metadata.Sources[0].Bytes != 5 {
		t.Errorf("metadata %s", value)
	}
}

func TestEtaFileInBatches(t *testing.T) {
	const rows = 2*65536 + 10
	var file bytes.Buffer
	if err := encodeEta(&file, pairs(rows), 0.8, checked(t)); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewFileReader(bytes.NewReader(file.Bytes()), ipc.WithAllocator(checked(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.NumRecords() != 3 {
		t.Errorf("%d record batches, want 3", r.NumRecords())
	}
	next := int64(0)
	for b := range r.NumRecords() {
		record, err := r.Record(b)
		if err != nil {
			t.Fatal(err)
		}
		image := record.Column(0).(*array.Int64)
		for i := range image.Len() {
			if image.Value(i) != 100+next {
				t.Fatalf("row %d holds image %d, want %d", next, image.Value(i), 100+next)
			}
			next++
		}
	}
	if next != rows {
		t.Errorf("%d rows, want %d", next, rows)
	}
}

func TestWriteEtaRefusesBadEta(t *testing.T) {
	for _, eta := range []float64{-0.1, 1.1, math.NaN()} {
		if err := WriteEta(filepath.Join(t.TempDir(), "eta.arrow"), pairs(1), eta); err == nil {
			t.Errorf("eta %v was accepted", eta)
		}
	}
}

// The weights and eta files are those of WriteFile and WriteEta; where one of
// them cannot be written, the other is not there.
func TestWriteFiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	w, c := table(), pairs(3)
	if err := w.WriteFiles(in("w.arrow"), in("none/eta.arrow"), c); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one that wraps ErrNotExist", err)
	}
	bad := table()
	bad.Meta.Eta.Value = 2
	if err := bad.WriteFiles(in("w.arrow"), in("eta.arrow"), c); err == nil || !strings.Contains(err.Error(), "eta 2") {
		t.Errorf("η of 2: error %v", err)
	}
	if left, err := filepath.Glob(in("*")); len(left) > 0 || err != nil {
		t.Fatalf("files %q were left, %v", left, err)
	}
	if err := errors.Join(w.WriteFiles(in("w.arrow"), in("eta.arrow"), c), w.WriteFile(in("w1.arrow")), WriteEta(in("eta1.arrow"), c, w.Meta.Eta.Value)); err != nil {
		t.Fatal(err)
	}
	for a, b := range map[string]string{"w.arrow": "w1.arrow", "eta.arrow": "eta1.arrow"} {
		got, err1 := os.ReadFile(in(a))
		want, err2 := os.ReadFile(in(b))
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s (%v)", a, b, err)
		}
	}
}
