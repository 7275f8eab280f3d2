package rows_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"cocostat/annotations"
	"cocostat/annotations/rows"
	"cocostat/annotations/visittest"
	"cocostat/internal/mutate"
)

// tableOf makes a table of JSON, a list of objects.
func tableOf(t *testing.T, schema *arrow.Schema, text string) arrow.Record {
	t.Helper()
	r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// writeAs writes a table in a format, by Arrow's own writers.
func writeAs(t *testing.T, format string, r arrow.Record) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "others."+format)
	var b bytes.Buffer
	var err error
	switch format {
	case "parquet":
		var w *pqarrow.FileWriter
		if w, err = pqarrow.NewFileWriter(r.Schema(), &b, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps()); err == nil {
			if err = w.Write(r); err == nil {
				err = w.Close()
			}
		}
	case "arrows":
		w := ipc.NewWriter(&b, ipc.WithSchema(r.Schema()))
		if err = w.Write(r); err == nil {
			err = w.Close()
		}
	default:
		var w *ipc.FileWriter
		if w, err = ipc.NewFileWriter(&seekable{&b}, ipc.WithSchema(r.Schema())); err == nil {
			if err = w.Write(r); err == nil {
				err = w.Close()
			}
		}
	}
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// seekable tells a writer its position.
type seekable struct{ *bytes.Buffer }

func (s *seekable) Seek(int64, int) (int64, error) { return int64(s.Len()), nil }

func visit(t *testing.T, path string, columns map[string]string) (*visittest.Visits, error) {
	t.Helper()
	f, err := rows.Open(t.Context(), path, "", annotations.Options{Columns: columns})
	if err != nil {
		return nil, err
	}
	return visittest.Record(func(v annotations.Visitor) error { return f.Scan(context.Background(), v) })
}

// describe writes what was visited in words.
func describe(v *visittest.Visits) (out []string) {
	for _, k := range v.Categories {
		out = append(out, fmt.Sprintf("class %d %s", k.ID, k.Name))
	}
	for _, im := range v.Images {
		out = append(out, fmt.Sprintf("image %d %s %dx%d", im.ID, im.FileName, im.Width, im.Height))
	}
	for _, a := range v.Annotations {
		out = append(out, fmt.Sprintf("%d: image %d class %d %v area %v crowd %v", a.ID, a.ImageID, a.CategoryID, a.BBox, a.Area, a.Crowd))
	}
	return append(out, v.Problems...)
}

var (
	i32, i64, f32, f64 = arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64
	text, boolean      = arrow.BinaryTypes.String, arrow.FixedWidthTypes.Boolean
)

func schemaOf(fields ...any) *arrow.Schema {
	var list []arrow.Field
	for i := 0; i < len(fields); i += 2 {
		list = append(list, arrow.Field{Name: fields[i].(string), Type: fields[i+1].(arrow.DataType), Nullable: true})
	}
	return arrow.NewSchema(list, nil)
}

// Tables as other programs write them, in each format; the values are those of the
// text, by hand.
func TestTablesOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		schema  *arrow.Schema
		text    string
		columns map[string]string
		want    []string
	}{
		"names, corners, float32 and booleans": {
			schemaOf("Filename", text, "label", text, "xmin", f32, "ymin", f32, "xmax", f32, "ymax", f32, "is_crowd", boolean, "img_width", i32, "img_height", i32),
			`[{"Filename": "b.jpg", "label": "dog", "xmin": 1.5, "ymin": 2, "xmax": 11.5, "ymax": 22, "is_crowd": false, "img_width": 64, "img_height": 48},
			{"Filename": "a.jpg", "label": "cat", "xmin": 0, "ymin": 0, "xmax": 4, "ymax": 5, "is_crowd": true, "img_width": 32, "img_height": 32},
			{"Filename": "b.jpg", "label": null, "xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1, "is_crowd": null, "img_width": 64, "img_height": 48},
			{"Filename": "b.jpg", "label": "cat", "xmin": null, "ymin": 0, "xmax": 1, "ymax": 1, "is_crowd": null, "img_width": 64, "img_height": 48}]`,
			nil,
			[]string{"class 1 cat", "class 2 dog", "image 1 b.jpg 64x48", "image 2 a.jpg 32x32",
				"1: image 1 class 2 [1.5 2 10 20] area 200 crowd false", "2: image 2 class 1 [0 0 4 5] area 20 crowd true",
				"3: image 1 class 0 [0 0 1 1] area 1 crowd false", "4: image 1 class 1 [0 0 0 0] area 0 crowd false",
				"unreadable-id 3 others:3", "unreadable-field 4 others:4"},
		},
		"ids, sides, and no names": {
			schemaOf("id", i64, "image_id", i32, "class", i32, "x", f64, "y", f64, "w", f64, "h", f64, "area", f64),
			`[{"id": 70, "image_id": 9, "class": 3, "x": 1, "y": 2, "w": 3, "h": 4, "area": 5}, {"id": 71, "image_id": 8, "class": 1, "x": 1, "y": 2, "w": 3, "h": 4, "area": null}]`,
			nil,
			[]string{"class 1 1", "class 3 3", "image 9  0x0", "image 8  0x0",
				"70: image 9 class 3 [1 2 3 4] area 5 crowd false", "71: image 8 class 1 [1 2 3 4] area 12 crowd false"},
		},
		"columns that are named": {
			schemaOf("frame", i64, "species", text, "left_px", i32, "top_px", i32, "bw", i32, "bh", i32),
			`[{"frame": 5, "species": "owl", "left_px": 1, "top_px": 2, "bw": 3, "bh": 4}]`,
			map[string]string{"image_id": "frame", "category_name": "species", "x": "left_px", "y": "top_px", "width": "bw", "height": "bh"},
			[]string{"class 1 owl", "image 5  0x0", "1: image 5 class 1 [1 2 3 4] area 12 crowd false"},
		},
		"ids that are texts": {
			schemaOf("image_id", text, "category_id", i64, "name", text),
			`[{"image_id": "12", "category_id": 4, "name": "cat"}, {"image_id": "x", "category_id": 4, "name": "cat"}, {"image_id": "", "category_id": 5, "name": "dog"}]`,
			nil,
			[]string{"class 4 cat", "class 5 dog", "image 12  0x0", fmt.Sprintf("image %d  0x0", annotations.NumberOfText("x")),
				"1: image 12 class 4 [0 0 0 0] area 0 crowd false", fmt.Sprintf("2: image %d class 4 [0 0 0 0] area 0 crowd false", annotations.NumberOfText("x")),
				"3: image 0 class 5 [0 0 0 0] area 0 crowd false", "unreadable-id 3 :3"},
		},
	} {
		for _, format := range []string{"parquet", "arrow", "arrows"} {
			v, err := visit(t, writeAs(t, format, tableOf(t, c.schema, c.text)), c.columns)
			if err != nil {
				t.Errorf("%s, %s: %v", name, format, err)
				continue
			}
			got := describe(v)
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], "others."+format, "others")
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, format, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		}
	}
}

// What is no such table is said with the columns that it has.
func TestNoRows(t *testing.T) {
	for says, c := range map[string]struct {
		schema  *arrow.Schema
		text    string
		columns map[string]string
	}{
		"has a column image_id or file_name":        {schemaOf("category_id", i64, "x", f64), `[{"category_id": 1, "x": 2}]`, nil},
		"has a column category_id or category_name": {schemaOf("image_id", i64, "instances", f64), `[{"image_id": 1, "instances": 2}]`, nil},
		"only 3 are there":                          {schemaOf("image_id", i64, "category_id", i64, "x", f64, "y", f64, "w", f64), `[{"image_id": 1, "category_id": 2, "x": 1, "y": 1, "w": 1}]`, nil},
		`there is no column "frame"`:                {schemaOf("image_id", i64, "category_id", i64), `[{"image_id": 1, "category_id": 2}]`, map[string]string{"image_id": "frame"}},
		`no column is read as "img"`:                {schemaOf("image_id", i64, "category_id", i64), `[{"image_id": 1, "category_id": 2}]`, map[string]string{"img": "image_id"}},
		`"image_id", for image_id, is of type`:      {schemaOf("image_id", f64, "category_id", i64), `[{"image_id": 1, "category_id": 2}]`, nil},
	} {
		_, err := visit(t, writeAs(t, "parquet", tableOf(t, c.schema, c.text)), c.columns)
		var format *annotations.FormatError
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "its columns are") || !errorAs(err, &format) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func errorAs(err error, to **annotations.FormatError) bool {
	e, is := err.(*annotations.FormatError)
	*to = e
	return is
}

// Damaged files are read or refused, soon and in little memory.
func TestMutated(t *testing.T) {
	for _, format := range []string{"parquet", "arrow", "arrows"} {
		schema := schemaOf("image_id", i64, "label", text, "x", f64, "y", f32, "w", f64, "h", f64, "iscrowd", boolean)
		path := writeAs(t, format, tableOf(t, schema, `[{"image_id": 1, "label": "cat", "x": 1, "y": 2, "w": 3, "h": 4, "iscrowd": true}, {"image_id": 2, "label": "dog", "x": null, "y": 2, "w": 3, "h": 4, "iscrowd": null}]`))
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(t.TempDir(), "damaged."+format)
		read := func(file []byte) ([]annotations.Annotation, error) {
			if err := os.WriteFile(at, file, 0o644); err != nil {
				return nil, err
			}
			v, err := visit(t, at, nil)
			if err != nil {
				return nil, err
			}
			return v.Annotations, nil
		}
		want, err := read(data)
		if err != nil {
			t.Fatal(err)
		}
		mutate.Files(t, data, mutate.Against(want, read))
	}
}
