package classcounts_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/arrowfile"
	"cocostat/internal/classcounts"
	"cocostat/internal/mutate"
)

// record makes a record of Arrow's own library, with the ids and counts in a type.
func record(t *testing.T, number arrow.DataType, text arrow.DataType) arrow.Record {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "Category ID", Type: number}, {Name: "label", Type: text}, {Name: "share", Type: arrow.FixedWidthTypes.Boolean},
		{Name: "count_star()", Type: number}, {Name: "images", Type: number, Nullable: true},
	}, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(`[
		{"Category ID": 1, "label": "person", "share": true, "count_star()": 100, "images": 60},
		{"Category ID": 3, "label": "a car with a long name, ünquoted", "share": null, "count_star()": 7, "images": null}]`))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func stream(t *testing.T, r arrow.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(r.Schema()))
	if err := errors.Join(w.Write(r), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parquet writes person and car as Parquet.
func parquet(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	table := arrowfile.Table{Rows: 2, Schema: arrow.NewSchema([]arrow.Field{
		{Name: "class", Type: arrow.BinaryTypes.String}, {Name: "instances", Type: arrow.PrimitiveTypes.Float64},
		{Name: "total_images", Type: arrow.PrimitiveTypes.Int64}}, nil),
		Append: func(b *array.RecordBuilder, i int) {
			arrowfile.String(b, 0, []string{"person", "car"}[i])
			arrowfile.Float64(b, 1, []float64{100, 7}[i])
			arrowfile.Int64(b, 2, 80)
		}}
	if err := table.WriteParquet(&b, memory.DefaultAllocator); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// summary writes a table in a line.
func summary(t *classcounts.Table) string {
	var out []string
	number := func(n *int64) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprint(*n)
	}
	for _, c := range t.Classes {
		out = append(out, fmt.Sprintf("%s %q %d in %s", number(c.ID), c.Name, c.Instances, number(c.Images)))
	}
	return strings.Join(out, ", ") + fmt.Sprintf("; %s of %s", number(t.AnnotatedImages), number(t.TotalImages))
}

// The same two classes in every form.
func TestForms(t *testing.T) {
	long := `1 "person" 100 in 60, 3 "a car with a long name, ünquoted" 7 in -; - of -`
	forms := map[string]struct{ text, want string }{
		"a parquet file": {string(parquet(t)), `- "person" 100 in -, - "car" 7 in -; - of 80`},
		"CRLF, a mark":   {"\ufeffname,instances,images\r\nperson,100,60\r\n\"a \"\"car\"\",\r\nbig\",7,5\r\n", `- "person" 100 in 60, - "a \"car\",\nbig" 7 in 5; - of -`},
		"semicolons":     {"Class;Count\nperson;100\ncar;7.0\n", `- "person" 100 in -, - "car" 7 in -; - of -`},
		"tabs":           {"label\tid\tobjects\nperson\t1\t1e2\ncar, red\t3\t7\n", `1 "person" 100 in -, 3 "car, red" 7 in -; - of -`},
		"totals":         {"name,instances,images,annotated_images,total_images\nperson,100,60,70,80\ncar,7,5,70,80\n", `- "person" 100 in 60, - "car" 7 in 5; 70 of 80`},
		"the first name": {"count,instances,name\n5,100,person\n", `- "person" 100 in -; - of -`},
		"names":          {`{"dataset": "COCO", "person": 100, "car": 7}`, `- "person" 100 in -, - "car" 7 in -; - of -`},
		"a list":         {`[{"name": "person", "count": 100, "polygons": [1, {}]}, {"class": "car", "instances": 7}]`, `- "person" 100 in -, - "car" 7 in -; - of -`},
		"a list within":  {`{"images": 80, "images_with_annotations": 70, "classes": [{"category_id": 1, "name": "person", "instances": 100, "images": 60}]}`, `1 "person" 100 in 60; 70 of 80`},
		"lines":          {"{\"name\": \"person\", \"count\": 100}\n\n{\"name\": \"car\", \"count\": 7}\n", `- "person" 100 in -, - "car" 7 in -; - of -`},
		"one line":       {`{"name": "person", "count": 100}`, `- "person" 100 in -; - of -`},
		"names as roles": {`{"name": 3, "count": 100}`, `- "name" 3 in -, - "count" 100 in -; - of -`},
	}
	for _, number := range []arrow.DataType{arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Uint16,
		arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Uint64, arrow.PrimitiveTypes.Float64} {
		for _, text := range []arrow.DataType{arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString, arrow.BinaryTypes.StringView} {
			forms[fmt.Sprint("a stream of ", number, text)] = struct{ text, want string }{string(stream(t, record(t, number, text))), long}
		}
	}
	for what, f := range forms {
		got, err := classcounts.Read([]byte(f.text), true)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		} else if summary(got) != f.want {
			t.Errorf("%s: %s, want %s", what, summary(got), f.want)
		}
	}
}

// What is wrong is named with its place.
func TestRefused(t *testing.T) {
	dictionary := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	for text, want := range map[string]string{
		"name,instances\na,1\nb,-2\n":                     `line 3: column "instances": -2 is negative`,
		"name,count\na,1.5\n":                             `line 2: column "count": "1.5" is no whole number`,
		"name,count\na,many\n":                            `line 2: column "count": "many" is no whole number`,
		"name,count\na,\n":                                `line 2: column "count" is empty: write 0`,
		"name,count\na,0x10\n":                            `"0x10" is no whole number`,
		"name,count\na,nan\n":                             `"nan" is no number`,
		"name,count\na,1e300\n":                           `"1e300" is beyond 2^53`,
		"name,count\na,9007199254740993\n":                `line 2: column "count": 9007199254740993 is more than 2^53`,
		"name,count\na,9007199254740992\nb,1\n":           `line 3: the instances of the classes up to here are more than 2^53`,
		"name,label,class,count\na,b,c,1\n":               "",
		"label,class,count\nb,c,1\n":                      `the columns "class" and "label" could both be name`,
		"name,objects,annotations\na,1,2\n":               `could both be instances: rename the right one to instances`,
		"name,name,count\na,b,1\n":                        `the column "name" is there twice`,
		"name,count\na,1,2\n":                             "wrong number of fields",
		"name,count\n\"a,1\n":                             `extraneous or missing " in quoted-field`,
		"name,count\n":                                    "no classes below the header",
		"name,share\na,1\n":                               `none is instances`,
		"name,count\n\xe4,1\n":                            "is not UTF-8",
		"name,count\n,1\n":                                "line 2: the class has neither a name nor an id",
		"id,count\na,1\n":                                 `column "id": "a" is no whole number`,
		"name,count,images\na,5,6\n":                      "line 2: 5 instances in 6 images",
		"name,count,images\na,5,0\n":                      "5 instances in no image",
		"name,count,images,annotated_images\na,5,4,3":     "the class is in 4 images, of 3 that have annotations",
		"name,count,total_images\na,5,4\nb,5,5\n":         `line 3: column "total_images": it must be the same in all rows, and is not what line 2 has`,
		`[{"name": "a", "count": "5"}]`:                   `class 1 of the list: column "count": "5" is a text`,
		`[{"name": "a", "count": true}]`:                  `"true" is no whole number`,
		`[{"name": "a", "count": 1}, 5]`:                  "class 2 of the list is no object",
		`[{"name": "a", "count": 1, "count": 2}]`:         `class 1 of the list: the column "count" is there twice`,
		`[{"name": "a", "count": 1}`:                      "line 1: unexpected EOF",
		`[]`:                                              "an empty list",
		`[1]`:                                             "is no object",
		"{\"name\": \"a\", \"count\": 1}\n[2]":            "line 2 is no object",
		"{\"name\": \"a\", \"count\": 1}\n{\"count\": 2}": "line 2: the class has neither",
		`{"a": 1, "b": {"c": 2}}`:                         `"b" holds no number`,
		`{"images": [], "a": 1}`:                          classcounts.ErrDataset.Error(),
		`{"a": 1} x`:                                      "invalid character",
		"":                                                "it is empty",
		"\xff\xfen\x00":                                   "UTF-16",
		"a\x00b":                                          "it is no text",
		"ARROW1 and no more":                              "the Arrow file is damaged",
		"PAR1 and no more":                                "the Parquet file is damaged",
		string(stream(t, record(t, arrow.PrimitiveTypes.Int64, arrow.BinaryTypes.String))[:300]): "the Arrow stream is damaged",
		string(stream(t, record(t, arrow.PrimitiveTypes.Float32, arrow.BinaryTypes.String))):     `its type, float32, is not read`,
		string(stream(t, record(t, arrow.PrimitiveTypes.Int64, dictionary))):                     `column "label": its type, dictionary, is not read`,
	} {
		got, err := classcounts.Read([]byte(text), true)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.80q: %v, %v; want %q", text, got, err, want)
		}
	}
}

func TestMutated(t *testing.T) {
	for what, file := range map[string][]byte{
		"csv":     []byte("category_id;name;instances;images;annotated_images\n1;person;262465;64115;117266\n3;\"car; van\";43867;12251;117266\n"),
		"lines":   []byte("{\"id\": 1, \"name\": \"person\", \"count\": 262465}\n{\"id\": 3, \"name\": \"car\", \"count\": 43867}\n"),
		"object":  []byte(`{"images": 118287, "classes": [{"id": 1, "name": "person", "instances": 262465, "images": 64115}, {"name": "car", "id": 3, "count": 43867}]}`),
		"stream":  stream(t, record(t, arrow.PrimitiveTypes.Uint32, arrow.BinaryTypes.LargeString)),
		"views":   stream(t, record(t, arrow.PrimitiveTypes.Int16, arrow.BinaryTypes.StringView)),
		"parquet": parquet(t),
	} {
		read := func(file []byte) (*classcounts.Table, error) { return classcounts.Read(file, true) }
		want, err := read(file)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		t.Run(what, func(t *testing.T) {
			mutate.Files(t, file, mutate.AgainstBy(want, read, func(a, b *classcounts.Table) bool { return reflect.DeepEqual(a, b) }))
		})
	}
}
