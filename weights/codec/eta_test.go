package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"cocostat/internal/arrowfile"
	"cocostat/weights"
	"cocostat/weights/weightstest"
)

func etaTable(t *testing.T, n int, e weights.Eta) *weights.EtaTable {
	t.Helper()
	table, err := weights.MakeEta(weightstest.Pairs(n), e, "v1")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func encodedEta(t *testing.T, table *weights.EtaTable) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encodeEta(&b, table, checked(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// printed prints the columns of an Arrow file, read with Arrow alone.
func printed(t *testing.T, file []byte) (columns []string, metadata string, batches int) {
	t.Helper()
	r, err := ipc.NewFileReader(bytes.NewReader(file), ipc.WithAllocator(checked(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	record, err := r.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range r.Schema().Fields() {
		columns = append(columns, fmt.Sprintf("%s %v %v", f.Name, f.Type, record.Column(i)))
	}
	metadata, _ = r.Schema().Metadata().GetValue("cocostat")
	metadata = withoutChecksum(t, metadata)
	return columns, metadata, r.NumRecords()
}

// withoutChecksum cuts the checksum off metadata, which must end in one.
func withoutChecksum(t *testing.T, metadata string) string {
	t.Helper()
	text, sum, found := strings.Cut(metadata, `,"checksum":"sha256:`)
	if !found || len(sum) != len(`"}`)+64 {
		t.Errorf("metadata without a checksum: %s", metadata)
	}
	return text + "}"
}

func TestEtaFile(t *testing.T) {
	columns, metadata, _ := printed(t, encodedEta(t, etaTable(t, 3, weights.Eta{Value: 0.5, Reading: weights.ReadingPower, Scope: weights.ScopeBatch})))
	want := []string{
		"image_id int64 [100 101 102]", "category_id int64 [3 8 3]", "index int32 [0 1 0]",
		"objects int32 [1 2 3]", "eta_power float64 [0.5 0.25 0.125]", "image int32 [0 1 2]",
	}
	if strings.Join(columns, "\n") != strings.Join(want, "\n") {
		t.Errorf("columns %q, want %q", columns, want)
	}
	specified := `{"format":"eta/1","version":"v1","sources":[{"path":"-","bytes":5,"sha256":"00"}],"images":3,"crowds":true,"eta":0.5,"reading":"power","scope":"batch"}`
	if metadata != specified {
		t.Errorf("metadata %s, want %s", metadata, specified)
	}
}

// What is written is read again, over several record batches.
func TestEtaRoundTrip(t *testing.T) {
	for _, e := range []weights.Eta{{Value: 0.8, Reading: weights.ReadingBase, Scope: weights.ScopeImage}, {Value: 0.999, Reading: weights.ReadingPower, Scope: weights.ScopeBatch}, {Value: 0, Reading: weights.ReadingBase, Scope: weights.ScopeImage}, {Value: 1, Reading: weights.ReadingPower, Scope: weights.ScopeImage}} {
		want := etaTable(t, 2*arrowfile.BatchRows+10, e)
		file := encodedEta(t, want)
		if _, _, batches := printed(t, file); batches != 3 {
			t.Errorf("%d record batches, want 3", batches)
		}
		got, err := decodeEta(file)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: read something else than was written, %v", e, err)
		}
	}
	path := filepath.Join(t.TempDir(), "eta.arrow")
	want := etaTable(t, 5, weights.Eta{Value: 0.8, Reading: weights.ReadingBase, Scope: ""})
	if err := write(want, path); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadEta(path); err != nil || !reflect.DeepEqual(got, want) || got.Meta.Scope != weights.ScopeImage {
		t.Errorf("read %+v, %v", got, err)
	}
}

// write writes one table as WriteFiles does.
func write(t written, path string) error {
	file, err := fileOf(t, path)
	if err != nil {
		return err
	}
	return writeAll(file)
}

func TestReadEtaRefusesBadContent(t *testing.T) {
	for what, spoil := range map[string]func(*weights.EtaTable){
		`format "eta/2", but the eta file has "eta/1"`:                          func(e *weights.EtaTable) { e.Meta.Format = "eta/2" },
		"eta 2 is not in [0, 1]":                                                func(e *weights.EtaTable) { e.Meta.Eta = 2 },
		`eta reading "hat"`:                                                     func(e *weights.EtaTable) { e.Meta.Reading = "hat" },
		`eta scope "epoch"`:                                                     func(e *weights.EtaTable) { e.Meta.Scope = "epoch" },
		"no rows":                                                               func(e *weights.EtaTable) { e.Rows = nil },
		"row 1 (image 101, category 8): column objects: 0":                      func(e *weights.EtaTable) { e.Rows[1].Objects = 0 },
		"column eta_power: 0.3, want 0.5 to the power of 2":                     func(e *weights.EtaTable) { e.Rows[1].Power = 0.3 },
		"column eta_power, row 1: NaN":                                          func(e *weights.EtaTable) { e.Rows[1].Power = math.NaN() },
		"column index: -1 is negative":                                          func(e *weights.EtaTable) { e.Rows[1].Index = -1 },
		"column image: 4 is none of the 4 images":                               func(e *weights.EtaTable) { e.Rows[3].Image = 4 },
		"column image: 0 comes after 1":                                         func(e *weights.EtaTable) { e.Rows[2].Image = 0 },
		"column image_id: 102 comes after 105":                                  func(e *weights.EtaTable) { e.Rows[1].ImageID = 105 },
		"column image_id: image 1 is 102 here and 101 before":                   func(e *weights.EtaTable) { e.Rows[2].Image = 1 },
		"column category_id: class 0 is category 4 here and 3 before":           func(e *weights.EtaTable) { e.Rows[2].CategoryID = 4 },
		"class 0 (category 3) comes after 1 (category 8) in the image":          func(e *weights.EtaTable) { e.Rows[2].Image, e.Rows[2].ImageID = 1, 101 },
		"class 0 (category 3) comes after 0 (category 3) in the image":          func(e *weights.EtaTable) { e.Rows[1] = e.Rows[0] },
		`row 0 (image 100, category 3): column image: 0 is none of the 0 image`: func(e *weights.EtaTable) { e.Meta.Images = 0 },
	} {
		bad := etaTable(t, 4, weights.Eta{Value: 0.5, Reading: weights.ReadingBase, Scope: weights.ScopeImage})
		spoil(bad)
		path := filepath.Join(t.TempDir(), "eta.arrow")
		if err := os.WriteFile(path, encodedEta(t, bad), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := ReadEta(path)
		refusedBecause(t, got, err, path, what)
		if bad.Validate() != nil && write(bad, path) == nil {
			t.Errorf("%s: was written", what)
		}
	}
}

func refusedBecause(t *testing.T, got any, err error, path, what string) {
	t.Helper()
	if err == nil {
		t.Errorf("accepted %+v, want an error that says %q", got, what)
		return
	}
	for _, part := range []string{path, what, "cocostat weights"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

// Other files, missing and mistyped columns.
func TestEtaRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.arrow")
	if _, err := ReadEta(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := ReadEta(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	try := func(file []byte, what string) {
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := ReadEta(path)
		refusedBecause(t, got, err, path, what)
	}
	try([]byte("{}"), "not an Arrow IPC file")
	try([]byte("ARROW1"), "cut off after 6 bytes")
	try(empty(t, etaColumns, nil), `an Arrow file, but not the eta file`)
	meta := arrow.NewMetadata([]string{"cocostat"}, []string{`{"format": "eta/1", "eta": 0.5, "reading": "base"}`})
	bad := arrow.NewMetadata([]string{"cocostat"}, []string{"{"})
	try(empty(t, etaColumns, &bad), "the JSON of metadata key")
	for i, f := range etaColumns {
		fields := append(append([]arrow.Field{}, etaColumns[:i]...), etaColumns[i+1:]...)
		try(empty(t, fields, &meta), "column "+f.Name+" is missing")
		try(empty(t, append(fields, arrow.Field{Name: f.Name, Type: arrow.PrimitiveTypes.Float32}), &meta), "column "+f.Name+" has type float32")
		try(empty(t, append(fields, f, f), &meta), "column "+f.Name+" is there 2 times")
	}
}

// empty returns an Arrow file without rows.
func empty(t *testing.T, fields []arrow.Field, meta *arrow.Metadata) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (arrowfile.Table{Schema: arrow.NewSchema(fields, meta)}).Write(&b, checked(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Neither truncation nor damage makes the reader panic, hang or take all
// memory; what it still accepts is a valid table.
func TestReadEtaSurvivesDamage(t *testing.T) {
	file := encodedEta(t, etaTable(t, 4, weights.Eta{Value: 0.5, Reading: weights.ReadingBase, Scope: weights.ScopeImage}))
	for i := range file {
		if got, err := decodeEta(file[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted: %+v", i, len(file), got)
		}
		for _, damage := range []byte{file[i] ^ 0xff, file[i] ^ 0x80, file[i] + 1} {
			bad := bytes.Clone(file)
			bad[i] = damage
			if got, err := decodeEta(bad); err == nil && got.Validate() != nil {
				t.Fatalf("byte %d changed to %d: accepted %+v", i, damage, got)
			}
		}
	}
}

// The files are those of their own WriteFile; where one of them cannot be
// written, no other is there.
func TestWriteFiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	c := weightstest.Pairs(3)
	c.Instances, c.Images, c.TotalInstances, c.AnnotatedImages = []int64{4, 2}, []int64{2, 1}, 6, 3
	w, err := weights.Build(c, weights.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteFiles(Files{in("w.arrow"), in("none/eta.arrow"), in("i.arrow")}, w, c); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one that wraps ErrNotExist", err)
	}
	bad := *w
	bad.Meta.Eta.Value = 2
	if err := WriteFiles(Files{in("w.arrow"), in("eta.arrow"), ""}, &bad, c); err == nil || !strings.Contains(err.Error(), "eta 2") {
		t.Errorf("η of 2: error %v", err)
	}
	if left, err := filepath.Glob(in("*")); len(left) > 0 || err != nil {
		t.Fatalf("files %q were left, %v", left, err)
	}
	eta, err1 := weights.MakeEta(c, w.Meta.Eta, w.Meta.Version)
	images, err2 := weights.MakeImages(c, w)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(WriteFiles(Files{in("w.arrow"), in("eta.arrow"), in("images.arrow")}, w, c),
		WriteFile(in("w1.arrow"), w), write(eta, in("eta1.arrow")), write(images, in("images1.arrow")))
	if err != nil {
		t.Fatal(err)
	}
	for a, b := range map[string]string{"w.arrow": "w1.arrow", "eta.arrow": "eta1.arrow", "images.arrow": "images1.arrow"} {
		got, err1 := os.ReadFile(in(a))
		want, err2 := os.ReadFile(in(b))
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s (%v)", a, b, err)
		}
	}
}
