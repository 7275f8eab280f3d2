package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/arrowfile"
	"cocostat/weights"
	"cocostat/weights/weightstest"
)

// checked returns an allocator that fails the test for memory not released.
func checked(t *testing.T) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

func encoded(t *testing.T, table *weights.Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encodeArrow(&b, table, checked(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// equal compares tables; NaN equals NaN.
func equal(a, b *weights.Table) bool {
	return reflect.DeepEqual(a.Meta, b.Meta) && slices.EqualFunc(a.Rows, b.Rows, func(x, y weights.Row) bool {
		if math.IsNaN(x.Alpha) && math.IsNaN(y.Alpha) {
			x.Alpha, y.Alpha = 0, 0
		}
		return reflect.DeepEqual(x, y)
	})
}

func TestRoundTrip(t *testing.T) {
	got, err := decodeArrow(encoded(t, weightstest.Table()))
	if err != nil {
		t.Fatal(err)
	}
	if !equal(got, weightstest.Table()) {
		t.Errorf("read %+v, wrote %+v", got, weightstest.Table())
	}
}

// The file has the columns, types, nulls and metadata of the specification,
// read with Arrow alone.
func TestFileFollowsSpecification(t *testing.T) {
	r, err := ipc.NewFileReader(bytes.NewReader(encoded(t, weightstest.Table())), ipc.WithAllocator(checked(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var fields []string
	for _, f := range r.Schema().Fields() {
		fields = append(fields, fmt.Sprintf("%s %v %v", f.Name, f.Type, f.Nullable))
	}
	want := []string{
		"index int32 false", "category_id int64 false", "name utf8 false", "instances int64 false", "images int64 false",
		"frequency float64 false", "alpha float64 true", "group utf8 false", "lvis_group utf8 false", "repeat_factor float64 false",
		"group:simcal utf8 false", "group:größe utf8 false",
	}
	if !slices.Equal(fields, want) {
		t.Errorf("columns %q, want %q", fields, want)
	}
	if r.NumRecords() != 1 {
		t.Fatalf("%d record batches, want 1", r.NumRecords())
	}
	record, err := r.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(record.Column(6)), "[0.040958 (null) 54.293]"; got != want {
		t.Errorf("alpha %s, want %s", got, want)
	}

	metadata := r.Schema().Metadata()
	if !slices.Equal(metadata.Keys(), []string{"cocostat"}) {
		t.Fatalf("metadata keys %q", metadata.Keys())
	}
	var got, wanted any
	if err := json.Unmarshal([]byte(metadata.Values()[0]), &got); err != nil {
		t.Fatal(err)
	}
	specified := `{"format": "weights/1", "version": "v0",
		"sources": [{"path": "/data/a <&> b.json", "bytes": 7, "sha256": "` + strings.Repeat("0f", 32) + `"}],
		"images": 118287, "annotated_images": 117266, "instances": 262663, "crowds": true,
		"alpha": {"method": "effective", "beta": 0.9999, "normalisation": "sum", "clip": [0.1, 10], "base": "images"},
		"eta": {"value": 0.8, "reading": "power", "scope": "batch"}, "intensity": 0.05,
		"schedule": {"name": "deferred", "deferred_epochs": 3, "update": "step"},
		"tail_ratio": {"target": 0.0867, "reached": 0.08, "lambda": 0.00176, "centric": "image"},
		"repeat_threshold": 0.004,
		"groupings": [
			{"name": "simcal", "method": "bins", "parameters": {"edges": [1, 20, 400, 8000]}, "groups": ["[8000,∞)", "[400,8000)", "[20,400)", "[1,20)"]},
			{"name": "größe", "method": "top", "groups": ["many", "few"]}]}`
	if err := json.Unmarshal([]byte(specified), &wanted); err != nil {
		t.Fatal(err)
	}
	if sum, _ := got.(map[string]any)["checksum"].(string); len(sum) != len("sha256:")+64 {
		t.Errorf("checksum %q", sum)
	}
	delete(got.(map[string]any), "checksum") // TestChecksum compares it
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("metadata %v, want %v", got, wanted)
	}
}

func TestReadRefusesBadRows(t *testing.T) {
	for what, spoil := range map[string]func(rows []weights.Row){
		`column alpha, row 2 (category 89 "hair drier"): -1 is not`:    func(r []weights.Row) { r[2].Alpha = -1 },
		`column alpha, row 0 (category 1 "person"): +Inf is not`:       func(r []weights.Row) { r[0].Alpha = math.Inf(1) },
		"column frequency, row 0: NaN":                                 func(r []weights.Row) { r[0].Frequency = math.NaN() },
		"column frequency, row 0 (category 1 \"person\"): -0.5 is not": func(r []weights.Row) { r[0].Frequency = -0.5 },
		"+Inf is not in [0, 1]":                                        func(r []weights.Row) { r[0].Frequency = math.Inf(1) },
		"column repeat_factor, row 1":                                  func(r []weights.Row) { r[1].RepeatFactor = 0.5 },
		"column category_id, row 1 (category 1 \"b\"): the class stands there twice, as \"person\" and \"b\"": func(r []weights.Row) {
			r[1].CategoryID, r[1].Name = 1, "b"
		},
		"not in ascending order: 13 comes after 89": func(r []weights.Row) { r[1].CategoryID, r[2].CategoryID = 89, 13 },
		"column index, row 2":                       func(r []weights.Row) { r[2].Index = 3 },
		"column index, row 0":                       func(r []weights.Row) { r[0].Index, r[1].Index = 1, 0 },
		"column instances, row 0":                   func(r []weights.Row) { r[0].Instances = -1 },
		"column images, row 0":                      func(r []weights.Row) { r[0].Images = -1 },
		"column name, row 1: not UTF-8":             func(r []weights.Row) { r[1].Name = "a\xff" },
		`column group:größe, row 2 (category 89 "hair drier"): "some" is none of the groups ["many" "few"]`: func(r []weights.Row) { r[2].Groups[1] = "some" },
	} {
		bad := weightstest.Table()
		spoil(bad.Rows)
		refused(t, encoded(t, bad), what)
	}
	empty := weightstest.Table()
	empty.Rows = nil
	refused(t, encoded(t, empty), "no classes")
}

func TestReadRefusesBadMetadata(t *testing.T) {
	for what, spoil := range map[string]func(*weights.Metadata){
		`format "weights/2", but this program reads "weights/1" only`: func(m *weights.Metadata) { m.Format = "weights/2" },
		`format ""`:                         func(m *weights.Metadata) { m.Format = "" },
		"eta 1.5 is not in [0, 1]":          func(m *weights.Metadata) { m.Eta.Value = 1.5 },
		`eta reading "hat"`:                 func(m *weights.Metadata) { m.Eta.Reading = "hat" },
		`schedule "cosine"`:                 func(m *weights.Metadata) { m.Schedule.Name = "cosine" },
		"intensity -1":                      func(m *weights.Metadata) { m.Intensity = -1 },
		"deferred epochs -1 is negative":    func(m *weights.Metadata) { m.Schedule.DeferredEpochs = -1 },
		`update period "hour" is not epoch`: func(m *weights.Metadata) { m.Schedule.Update = "hour" },
		`eta scope "epoch" is not`:          func(m *weights.Metadata) { m.Eta.Scope = "epoch" },
		`grouping "simcal" is there twice`:  func(m *weights.Metadata) { m.Groupings[1].Name = "simcal" },
		"a grouping without a name":         func(m *weights.Metadata) { m.Groupings[1].Name = "" },
		`grouping "größe" has no groups`:    func(m *weights.Metadata) { m.Groupings[1].Groups = nil },
		`has group "few" twice`:             func(m *weights.Metadata) { m.Groupings[1].Groups = []string{"few", "few"} },
	} {
		bad := weightstest.Table()
		spoil(&bad.Meta)
		refused(t, encoded(t, bad), what)
	}
	refused(t, rewritten(t, func(f []arrow.Field) []arrow.Field { return f }, "{"), "the JSON of metadata key \"cocostat\" is invalid")
	refused(t, rewritten(t, func(f []arrow.Field) []arrow.Field { return f }, ""), "an Arrow file, but not a weights file")
}

// Without a number among the settings, 0 must not stand for it: an intensity of
// 0 turns the weights off, an η of 0 the loss.
func TestReadRefusesMissingSettings(t *testing.T) {
	plain := weightstest.Table().Meta
	plain.Groupings = nil
	whole, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	for what, setting := range map[string]string{
		"intensity is missing":                `"intensity":0.05,`,
		"eta.value is missing":                `"value":0.8,`,
		"schedule.deferred_epochs is missing": `"deferred_epochs":3,`,
		`eta reading ""`:                      `"reading":"power",`,
		`schedule ""`:                         `"name":"deferred",`,
		`update period ""`:                    `,"update":"step"`,
	} {
		without := strings.Replace(string(whole), setting, "", 1)
		if without == string(whole) {
			t.Fatalf("%s has no %s", whole, setting)
		}
		refused(t, rewritten(t, func(f []arrow.Field) []arrow.Field { return f }, without), what)
	}
	null := strings.Replace(string(whole), `"intensity":0.05`, `"intensity":null`, 1)
	refused(t, rewritten(t, func(f []arrow.Field) []arrow.Field { return f }, null), "intensity is missing")
}

func TestReadRefusesBadColumns(t *testing.T) {
	plain := weightstest.Table().Meta
	plain.Groupings = nil
	metadata, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	grouped, err := json.Marshal(weightstest.Table().Meta)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, rewritten(t, func(f []arrow.Field) []arrow.Field { return f }, string(grouped)), "column group:simcal is missing")
	for i, column := range columns {
		without := func(f []arrow.Field) []arrow.Field { return slices.Delete(f, i, i+1) }
		refused(t, rewritten(t, without, string(metadata)), "column "+column.Name+" is missing")
		mistyped := func(f []arrow.Field) []arrow.Field { f[i].Type = arrow.PrimitiveTypes.Float32; return f }
		refused(t, rewritten(t, mistyped, string(metadata)), fmt.Sprintf("column %s has type float32, want %v", column.Name, column.Type))
		if !column.Nullable {
			nullable := func(f []arrow.Field) []arrow.Field { f[i].Nullable = true; return f }
			refused(t, rewritten(t, nullable, string(metadata)), "column "+column.Name+", row 0: null")
		}
	}
	twice := func(f []arrow.Field) []arrow.Field { return append(f, f[6]) }
	refused(t, rewritten(t, twice, string(metadata)), "column alpha is there 2 times")
}

// rewritten returns an Arrow file of one row with changed columns: zeros, and
// null where a column is nullable. An empty metadata string leaves it out.
func rewritten(t *testing.T, change func([]arrow.Field) []arrow.Field, metadata string) []byte {
	t.Helper()
	m := arrow.NewMetadata([]string{weights.MetadataKey}, []string{metadata})
	if metadata == "" {
		m = arrow.Metadata{}
	}
	out := arrowfile.Table{Schema: arrow.NewSchema(change(slices.Clone(columns)), &m), Rows: 1, Append: func(b *array.RecordBuilder, _ int) {
		for i, f := range b.Schema().Fields() {
			if f.Nullable {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).AppendEmptyValue()
			}
		}
	}}
	var file bytes.Buffer
	if err := out.Write(&file, checked(t)); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// refused expects ReadFile to fail with the file's name, what, and a remedy.
func refused(t *testing.T, file []byte, what string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.arrow")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	refusedBecause(t, got, err, path, what)
}

func TestReadRefusesOtherFiles(t *testing.T) {
	refused(t, []byte(`{"images": []}`), "not an Arrow IPC file")
	refused(t, nil, "not an Arrow IPC file")
	refused(t, []byte("ARROW1"), "cut off after 6 bytes")
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := ReadFile(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
}

func TestReadRefusesEveryTruncation(t *testing.T) {
	file := encoded(t, weightstest.Table())
	for n := range len(file) {
		if got, err := decodeArrow(file[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted: %+v", n, len(file), got)
		}
	}
}

// No damage to a file makes the reader panic, hang or take all memory; what it
// still accepts is a valid table.
func TestReadSurvivesDamage(t *testing.T) {
	file := encoded(t, weightstest.Table())
	for i := range file {
		for _, damage := range []byte{file[i] ^ 0xff, file[i] ^ 0x80, file[i] + 1} {
			bad := bytes.Clone(file)
			bad[i] = damage
			got, err := decodeArrow(bad)
			if err == nil && got.Validate() != nil {
				t.Fatalf("byte %d changed from %d to %d: accepted %+v", i, file[i], damage, got)
			}
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.arrow")
	if err := WriteFile(path, weightstest.Table()); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil || !equal(got, weightstest.Table()) {
		t.Fatalf("read %+v, %v", got, err)
	}
	if err := got.CheckCategories(nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("difference of classes without the file's name: %v", err)
	}

	bad := weightstest.Table()
	bad.Rows[0].Alpha = -1
	if err := WriteFile(path, bad); err == nil {
		t.Error("a negative alpha was written")
	}
	if after, err := ReadFile(path); err != nil || !equal(after, weightstest.Table()) {
		t.Errorf("a refused write changed the file: %+v, %v", after, err)
	}
	if err := WriteFile(filepath.Join(dir, "none", "w.arrow"), weightstest.Table()); err == nil {
		t.Error("a write into a missing folder succeeded")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d files in the folder, %v, want 1", len(entries), err)
	}
}
