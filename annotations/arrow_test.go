package annotations

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"cocostat/internal/arrowfile"
)

// tableCounts is a small set of counts, with a class and an image that hold
// nothing and a name outside ASCII.
func tableCounts() *Counts {
	return &Counts{
		Sources:    []Source{{Path: "a.json", Bytes: 12, SHA256: "00ff"}},
		Categories: []Category{{ID: 3, Name: "Fuß", Supercategory: "body"}, {ID: 9, Name: "hand"}},
		Instances:  []int64{3, 0}, Images: []int64{2, 0}, Crowd: []int64{1, 0},
		ImageRows: []ImageCount{
			{ID: 1, FileName: "1.jpg", Width: 640, Height: 480, Objects: 2, Classes: 1},
			{ID: 1 << 40, FileName: "2.jpg", Objects: 1, Classes: 1},
			{ID: 1<<40 + 1},
		},
		Pairs:           []Pair{{Image: 0, Class: 0, Objects: 2}, {Image: 1, Class: 0, Objects: 1}},
		AnnotatedImages: 2, TotalInstances: 3, Crowds: true,
	}
}

// readTable returns a file's schema, and its rows printed column by column.
func readTable(t *testing.T, mem memory.Allocator, path string) (*arrow.Schema, map[string]string, int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f, ipc.WithAllocator(mem))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	columns, rows := map[string]string{}, int64(0)
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		rows += rec.NumRows()
		for j, column := range rec.Columns() {
			columns[rec.ColumnName(j)] += fmt.Sprint(column)
		}
	}
	return r.Schema(), columns, rows
}

func TestWriteTables(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	dir := filepath.Join(t.TempDir(), "new", "tables")
	c := tableCounts()
	if err := writeTables(mem, dir, c, Groups{Tail: []string{"head", "tail"}, LVIS: []string{"rare", "rare"}}); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]string{
		ClassesFile: {
			"index": "[0 1]", "category_id": "[3 9]", "name": `["Fuß" "hand"]`, "supercategory": `["body" ""]`,
			"instances": "[3 0]", "images": "[2 0]", "crowd": "[1 0]", "share": "[1 0]", "frequency": "[1 0]",
			"group": `["head" "tail"]`, "lvis_group": `["rare" "rare"]`,
		},
		ImagesFile: {
			"image_id": "[1 1099511627776 1099511627777]", "file_name": `["1.jpg" "2.jpg" ""]`,
			"width": "[640 (null) (null)]", "height": "[480 (null) (null)]", "objects": "[2 1 0]", "classes": "[1 1 0]",
		},
		ObjectsFile: {"image_id": "[1 1099511627776]", "category_id": "[3 3]", "index": "[0 0]", "objects": "[2 1]"},
	}
	for file, columns := range want {
		schema, got, _ := readTable(t, mem, filepath.Join(dir, file))
		if diff := cmp.Diff(columns, got); diff != "" {
			t.Errorf("%s: columns differ (-want +got):\n%s", file, diff)
		}
		meta := schema.Metadata()
		text, ok := meta.GetValue("cocostat")
		var m struct {
			Format  string
			Sources []Source
			Crowds  bool
		}
		if err := json.Unmarshal([]byte(text), &m); !ok || err != nil {
			t.Fatalf("%s: metadata %q: %v", file, text, err)
		}
		if m.Format != strings.TrimSuffix(file, ".arrow")+"/1" || !m.Crowds || cmp.Diff(m.Sources, c.Sources) != "" {
			t.Errorf("%s: metadata %+v", file, m)
		}
	}
}

// Tables longer than a batch, and empty ones, keep all their rows.
func TestWriteTablesBatches(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	for _, images := range []int{0, 1, arrowfile.BatchRows, 2*arrowfile.BatchRows + 1} {
		dir := t.TempDir()
		c := &Counts{ImageRows: make([]ImageCount, images)}
		if err := writeTables(mem, dir, c, Groups{}); err != nil {
			t.Fatal(err)
		}
		if _, _, rows := readTable(t, mem, filepath.Join(dir, ImagesFile)); rows != int64(images) {
			t.Errorf("%d rows written, %d read", images, rows)
		}
	}
}

func TestWriteTablesErrors(t *testing.T) {
	c := tableCounts()
	if err := WriteTables(t.TempDir(), c, Groups{Tail: []string{"tail"}}); err == nil {
		t.Error("no error for too few groups")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var p *os.PathError
	err := WriteTables(filepath.Join(file, "sub"), c, Groups{Tail: make([]string, 2), LVIS: make([]string, 2)})
	if !errors.As(err, &p) || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v does not name the folder", err)
	}
}
