package tables

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
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/internal/arrowfile"
	"cocostat/lt"
)

// tableCounts is a small set of counts, with a class and an image that hold
// nothing and a name outside ASCII.
func tableCounts() *annotations.Counts {
	var boxes annotations.BoxSummary
	for _, e := range [][2]float64{{10, 20}, {30, 20}, {50.5, 101}} {
		boxes.Width.Add(e[0])
		boxes.Height.Add(e[1])
		boxes.Aspect.Add(e[0] / e[1])
	}
	return &annotations.Counts{
		Sources:    []annotations.Source{{Path: "a.json", Bytes: 12, SHA256: "00ff"}},
		Categories: []annotations.Category{{ID: 3, Name: "Fuß", Supercategory: "body"}, {ID: 9, Name: "hand"}, {ID: 11}},
		Instances:  []int64{3, 0, 1}, Images: []int64{2, 0, 1}, Crowd: []int64{1, 0, 0},
		Sizes: []annotations.SizeCounts{{Small: 1, Medium: 0, Large: 2}, {}, {}}, Boxes: []annotations.BoxSummary{boxes, {}, {}},
		ImageRows: []annotations.ImageCount{
			{ID: 1, FileName: "1.jpg", Width: 640, Height: 480, Objects: 3, Classes: 2},
			{ID: 1 << 40, FileName: "2.jpg", Objects: 1, Classes: 1},
			{ID: 1<<40 + 1},
		},
		Pairs:           []annotations.Pair{{Image: 0, Class: 0, Objects: 2}, {Image: 0, Class: 2, Objects: 1}, {Image: 1, Class: 0, Objects: 1}},
		AnnotatedImages: 2, TotalInstances: 4, Crowds: true,
		Problems: []annotations.Problem{
			{Kind: annotations.UnknownImage, Count: 7, Examples: []annotations.Example{{File: "a.json", ID: 5, Offset: 100}, {File: "a.json", ID: 6, Offset: 200}}},
			{Kind: annotations.EmptyCategory, Count: 1, Examples: []annotations.Example{{File: "a.json", ID: 9, Offset: 10}}},
		},
	}
}

func tableTail() lt.Split { return lt.Split{Tail: []bool{false, true, true}} }

// tableColumns is what the tables of tableCounts hold, column by column.
func tableColumns() map[string]map[string]string {
	return map[string]map[string]string{
		"classes": {
			"index": "[0 1 2]", "category_id": "[3 9 11]", "name": `["Fuß" "hand" ""]`, "supercategory": `["body" "" ""]`,
			"instances": "[3 0 1]", "images": "[2 0 1]", "crowd": "[1 0 0]", "share": "[0.75 0 0.25]", "frequency": "[1 0 0.5]",
			"group": `["head" "tail" "tail"]`, "lvis_group": `["rare" "rare" "rare"]`,
			"small": "[1 0 0]", "medium": "[0 0 0]", "large": "[2 0 0]", "boxes": "[3 0 0]",
			"width_p10": "[10 (null) (null)]", "width_p25": "[10 (null) (null)]", "width_p50": "[30 (null) (null)]",
			"width_p75": "[50.5 (null) (null)]", "width_p90": "[50.5 (null) (null)]",
			"height_p10": "[20 (null) (null)]", "height_p25": "[20 (null) (null)]", "height_p50": "[20 (null) (null)]",
			"height_p75": "[101 (null) (null)]", "height_p90": "[101 (null) (null)]",
			"aspect_p10": "[0.5 (null) (null)]", "aspect_p25": "[0.5 (null) (null)]", "aspect_p50": "[0.5 (null) (null)]",
			"aspect_p75": "[1.5 (null) (null)]", "aspect_p90": "[1.5 (null) (null)]",
		},
		"images": {
			"image_id": "[1 1099511627776 1099511627777]", "file_name": `["1.jpg" "2.jpg" ""]`,
			"width": "[640 (null) (null)]", "height": "[480 (null) (null)]", "objects": "[3 1 0]", "classes": "[2 1 0]",
		},
		"objects":      {"image_id": "[1 1 1099511627776]", "category_id": "[3 11 3]", "index": "[0 2 0]", "objects": "[2 1 1]"},
		"cooccurrence": {"category_a": "[3]", "category_b": "[11]", "index_a": "[0]", "index_b": "[2]", "images": "[1]"},
		"problems": {
			"kind": `["unknown-image" "unknown-image" "category-unused"]`, "severity": `["error" "error" "note"]`, "count": "[7 7 1]",
			"description": `["annotations of an unknown image, not counted" "annotations of an unknown image, not counted" "categories without instances"]`,
			"file":        `["a.json" "a.json" "a.json"]`, "id": "[5 6 9]", "offset": "[100 200 10]",
		},
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

func TestWrite(t *testing.T) {
	for format, read := range map[Format]func(*testing.T, memory.Allocator, string) (*arrow.Schema, map[string]string, int64){
		Arrow: readTable, Parquet: readParquet,
	} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		dir := filepath.Join(t.TempDir(), "new", "tables")
		c := tableCounts()
		if err := write(mem, dir, c, tableTail(), format, nil); err != nil {
			t.Fatal(err)
		}
		for name, columns := range tableColumns() {
			schema, got, _ := read(t, mem, filepath.Join(dir, name+"."+string(format)))
			if diff := cmp.Diff(columns, got); diff != "" {
				t.Errorf("%s.%s: columns differ (-want +got):\n%s", name, format, diff)
			}
			checkMetadata(t, schema, name, c)
		}
		mem.AssertSize(t, 0)
	}
}

func checkMetadata(t *testing.T, schema *arrow.Schema, name string, c *annotations.Counts) {
	t.Helper()
	meta := schema.Metadata()
	text, ok := meta.GetValue("cocostat")
	var m struct {
		Format  string
		Sources []annotations.Source
		Crowds  bool
	}
	if err := json.Unmarshal([]byte(text), &m); !ok || err != nil {
		t.Fatalf("%s: metadata %q: %v", name, text, err)
	}
	if m.Format != name+"/1" || !m.Crowds || cmp.Diff(m.Sources, c.Sources) != "" {
		t.Errorf("%s: metadata %+v", name, m)
	}
}

// readParquet is readTable of a Parquet file.
func readParquet(t *testing.T, mem memory.Allocator, path string) (*arrow.Schema, map[string]string, int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pf, err := file.NewParquetReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{}, mem)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	columns := map[string]string{}
	for i := range int(table.NumCols()) {
		for _, chunk := range table.Column(i).Data().Chunks() {
			columns[table.Schema().Field(i).Name] += fmt.Sprint(chunk)
		}
	}
	text := pf.MetaData().KeyValueMetadata().FindValue(arrowfile.MetadataKey)
	if text == nil {
		t.Fatalf("%s has no metadata", path)
	}
	meta := arrow.NewMetadata([]string{arrowfile.MetadataKey}, []string{*text})
	return arrow.NewSchema(table.Schema().Fields(), &meta), columns, table.NumRows()
}

// A source without a hash has none in the metadata.
func TestSourceWithoutHash(t *testing.T) {
	text, err := json.Marshal(annotations.Source{Path: "a.json", Bytes: 12})
	if err != nil || string(text) != `{"path":"a.json","bytes":12}` {
		t.Errorf("%s, %v", text, err)
	}
}

// Tables longer than a batch, and empty ones, keep all their rows.
func TestWriteBatches(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	for _, images := range []int{0, 1, arrowfile.BatchRows, 2*arrowfile.BatchRows + 1} {
		dir := t.TempDir()
		c := &annotations.Counts{ImageRows: make([]annotations.ImageCount, images)}
		for _, format := range Formats {
			if err := write(mem, dir, c, lt.Split{}, format, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, rows := readTable(t, mem, filepath.Join(dir, "images.arrow")); rows != int64(images) {
			t.Errorf("%d rows written, %d read", images, rows)
		}
		if _, _, rows := readParquet(t, mem, filepath.Join(dir, "images.parquet")); rows != int64(images) {
			t.Errorf("%d rows written as Parquet, %d read", images, rows)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	c := tableCounts()
	if err := Write(t.TempDir(), c, lt.Split{Tail: []bool{true}}, Arrow, nil); err == nil {
		t.Error("no error for a split of too few classes")
	}
	if err := Write(t.TempDir(), c, tableTail(), "xlsx", nil); err == nil || !strings.Contains(err.Error(), "parquet") {
		t.Errorf("error %v of an unknown format does not name the known ones", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var p *os.PathError
	err := Write(filepath.Join(file, "sub"), c, tableTail(), Arrow, nil)
	if !errors.As(err, &p) || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v does not name the folder", err)
	}
}
