package weights

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

	"cocostat/annotations"
	"cocostat/internal/arrowfile"
)

// pairs returns the counts of n images with one class each.
func pairs(n int) *annotations.Counts {
	c := &annotations.Counts{
		Sources:    []annotations.Source{{Path: "-", Bytes: 5, SHA256: "00"}},
		Categories: []annotations.Category{{ID: 3}, {ID: 8}},
		Crowds:     true,
	}
	for i := range n {
		objects := int32(1 + i%3)
		c.ImageRows = append(c.ImageRows, annotations.ImageCount{ID: int64(100 + i), FileName: fmt.Sprint(i, ".jpg"), Width: 4, Objects: objects, Classes: 1})
		c.Pairs = append(c.Pairs, annotations.Pair{Image: int32(i), Class: int32(i % 2), Objects: objects})
	}
	return c
}

func etaTable(t *testing.T, n int, e Eta) *EtaTable {
	t.Helper()
	table, err := MakeEta(pairs(n), e, "v1")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func encodedEta(t *testing.T, table *EtaTable) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := table.encode(&b, checked(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decodeEta is ReadEta of the content of a file.
func decodeEta(file []byte) (*EtaTable, error) {
	t := &EtaTable{}
	columns, text, err := etaFile.decode(file, &t.Meta)
	if err != nil {
		return nil, err
	}
	return t, t.fill(columns, text)
}

// columnsOf prints the columns of an Arrow file, read with Arrow alone.
func columnsOf(t *testing.T, file []byte) (columns []string, metadata string, batches int) {
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
	columns, metadata, _ := columnsOf(t, encodedEta(t, etaTable(t, 3, Eta{0.5, ReadingPower, ScopeBatch})))
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
	for _, e := range []Eta{{0.8, ReadingBase, ScopeImage}, {0.999, ReadingPower, ScopeBatch}, {0, ReadingBase, ScopeImage}, {1, ReadingPower, ScopeImage}} {
		want := etaTable(t, 2*arrowfile.BatchRows+10, e)
		file := encodedEta(t, want)
		if _, _, batches := columnsOf(t, file); batches != 3 {
			t.Errorf("%d record batches, want 3", batches)
		}
		got, err := decodeEta(file)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: read something else than was written, %v", e, err)
		}
	}
	path := filepath.Join(t.TempDir(), "eta.arrow")
	want := etaTable(t, 5, Eta{0.8, ReadingBase, ""})
	if err := write(want, path); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadEta(path); err != nil || !reflect.DeepEqual(got, want) || got.Meta.Scope != ScopeImage {
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

func TestMakeEtaRefusesNonsense(t *testing.T) {
	for what, e := range map[string]Eta{
		"eta -0.1": {-0.1, ReadingBase, ScopeImage}, "eta 1.1": {1.1, ReadingBase, ScopeImage}, "eta NaN": {math.NaN(), ReadingBase, ScopeImage},
		`eta reading ""`: {0.8, "", ScopeImage}, `eta scope "epoch"`: {0.8, ReadingBase, "epoch"},
	} {
		if _, err := MakeEta(pairs(1), e, ""); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one that says %q", err, what)
		}
	}
}

func TestReadEtaRefusesBadContent(t *testing.T) {
	for what, spoil := range map[string]func(*EtaTable){
		`format "eta/2", but the eta file has "eta/1"`:                          func(e *EtaTable) { e.Meta.Format = "eta/2" },
		"eta 2 is not in [0, 1]":                                                func(e *EtaTable) { e.Meta.Eta = 2 },
		`eta reading "hat"`:                                                     func(e *EtaTable) { e.Meta.Reading = "hat" },
		`eta scope "epoch"`:                                                     func(e *EtaTable) { e.Meta.Scope = "epoch" },
		"no rows":                                                               func(e *EtaTable) { e.Rows = nil },
		"row 1 (image 101, category 8): column objects: 0":                      func(e *EtaTable) { e.Rows[1].Objects = 0 },
		"column eta_power: 0.3, want 0.5 to the power of 2":                     func(e *EtaTable) { e.Rows[1].Power = 0.3 },
		"column eta_power, row 1: NaN":                                          func(e *EtaTable) { e.Rows[1].Power = math.NaN() },
		"column index: -1 is negative":                                          func(e *EtaTable) { e.Rows[1].Index = -1 },
		"column image: 4 is none of the 4 images":                               func(e *EtaTable) { e.Rows[3].Image = 4 },
		"column image: 0 comes after 1":                                         func(e *EtaTable) { e.Rows[2].Image = 0 },
		"column image_id: 102 comes after 105":                                  func(e *EtaTable) { e.Rows[1].ImageID = 105 },
		"column image_id: image 1 is 102 here and 101 before":                   func(e *EtaTable) { e.Rows[2].Image = 1 },
		"column category_id: class 0 is category 4 here and 3 before":           func(e *EtaTable) { e.Rows[2].CategoryID = 4 },
		"class 0 (category 3) comes after 1 (category 8) in the image":          func(e *EtaTable) { e.Rows[2].Image, e.Rows[2].ImageID = 1, 101 },
		"class 0 (category 3) comes after 0 (category 3) in the image":          func(e *EtaTable) { e.Rows[1] = e.Rows[0] },
		`row 0 (image 100, category 3): column image: 0 is none of the 0 image`: func(e *EtaTable) { e.Meta.Images = 0 },
	} {
		bad := etaTable(t, 4, Eta{0.5, ReadingBase, ScopeImage})
		spoil(bad)
		path := filepath.Join(t.TempDir(), "eta.arrow")
		if err := os.WriteFile(path, encodedEta(t, bad), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := ReadEta(path)
		refusedBecause(t, got, err, path, what)
		if bad.validate() != nil && write(bad, path) == nil {
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
	for _, c := range []struct {
		kind tableFile
		read func(path string) (any, error)
		meta string
	}{
		{etaFile, func(p string) (any, error) { return ReadEta(p) }, `{"format": "eta/1", "eta": 0.5, "reading": "base"}`},
	} {
		if _, err := c.read(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a missing file: %v", err)
		}
		if _, err := c.read(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
			t.Errorf("a folder: %v", err)
		}
		try := func(file []byte, what string) {
			if err := os.WriteFile(path, file, 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := c.read(path)
			refusedBecause(t, got, err, path, what)
		}
		try([]byte("{}"), "not an Arrow IPC file")
		try([]byte("ARROW1"), "cut off after 6 bytes")
		try(empty(t, c.kind.fields, nil), `an Arrow file, but not the `+c.kind.what)
		meta := arrow.NewMetadata([]string{"cocostat"}, []string{c.meta})
		bad := arrow.NewMetadata([]string{"cocostat"}, []string{"{"})
		try(empty(t, c.kind.fields, &bad), "the JSON of metadata key")
		for i, f := range c.kind.fields {
			fields := append(append([]arrow.Field{}, c.kind.fields[:i]...), c.kind.fields[i+1:]...)
			try(empty(t, fields, &meta), "column "+f.Name+" is missing")
			try(empty(t, append(fields, arrow.Field{Name: f.Name, Type: arrow.PrimitiveTypes.Float32}), &meta), "column "+f.Name+" has type float32")
			try(empty(t, append(fields, f, f), &meta), "column "+f.Name+" is there 2 times")
		}
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
	file := encodedEta(t, etaTable(t, 4, Eta{0.5, ReadingBase, ScopeImage}))
	for i := range file {
		if got, err := decodeEta(file[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted: %+v", i, len(file), got)
		}
		for _, damage := range []byte{file[i] ^ 0xff, file[i] ^ 0x80, file[i] + 1} {
			bad := bytes.Clone(file)
			bad[i] = damage
			if got, err := decodeEta(bad); err == nil && got.validate() != nil {
				t.Fatalf("byte %d changed to %d: accepted %+v", i, damage, got)
			}
		}
	}
}

func TestEtaCheckWeights(t *testing.T) {
	c := pairs(4)
	c.Instances, c.Images, c.TotalInstances, c.AnnotatedImages = []int64{4, 3}, []int64{2, 2}, 7, 4
	w, err := Build(c, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	e := etaTable(t, 4, w.Meta.Eta)
	if err := e.CheckWeights(w); err != nil {
		t.Errorf("its own weights: %v", err)
	}
	for what, spoil := range map[string]func(){
		"the weights have {Value:0.9 Reading:base Scope:image}":                                func() { w.Meta.Eta.Value = 0.9 },
		`category 8 "" has 3 instances in 2 images in the eta file, and 4 in 2 in the weights`: func() { w.Rows[1].Instances = 4 },
		"row 1 of the eta file: class 1, category 8, is not among the weights":                 func() { w.Rows = w.Rows[:1] },
	} {
		kept := *w
		rows := append([]Row{}, w.Rows...)
		spoil()
		if err := e.CheckWeights(w); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one that says %q", err, what)
		}
		*w = kept
		w.Rows = rows
	}
}

// The files are those of their own WriteFile; where one of them cannot be
// written, no other is there.
func TestWriteFiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	c := pairs(3)
	c.Instances, c.Images, c.TotalInstances, c.AnnotatedImages = []int64{4, 2}, []int64{2, 1}, 6, 3
	w, err := Build(c, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteFiles(Files{in("w.arrow"), in("none/eta.arrow"), in("i.arrow")}, c); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one that wraps ErrNotExist", err)
	}
	bad := *w
	bad.Meta.Eta.Value = 2
	if err := bad.WriteFiles(Files{in("w.arrow"), in("eta.arrow"), ""}, c); err == nil || !strings.Contains(err.Error(), "eta 2") {
		t.Errorf("η of 2: error %v", err)
	}
	if left, err := filepath.Glob(in("*")); len(left) > 0 || err != nil {
		t.Fatalf("files %q were left, %v", left, err)
	}
	eta, err1 := MakeEta(c, w.Meta.Eta, w.Meta.Version)
	images, err2 := MakeImages(c, w)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(w.WriteFiles(Files{in("w.arrow"), in("eta.arrow"), in("images.arrow")}, c),
		w.WriteFile(in("w1.arrow")), write(eta, in("eta1.arrow")), write(images, in("images1.arrow")))
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
