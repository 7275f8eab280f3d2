package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/weights"
	"cocostat/weights/weightstest"
)

// inEncoding returns the table as a file, whether it is valid or not.
func inEncoding(t *testing.T, table *weights.Table, e Encoding) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encodeAs(&b, table, e); err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	return b.Bytes()
}

// Every encoding gives the rows back bit by bit, and the metadata where it has
// a place for them.
func TestEveryEncodingRoundTrips(t *testing.T) {
	want := weightstest.Table()
	want.Rows[0].Alpha = 0.1 + 0.2 // 17 digits
	want.Rows[2].Alpha = math.SmallestNonzeroFloat64
	want.Rows[2].CategoryID = math.MaxInt64
	for _, name := range []string{"", "a,b\n\"c\"\r", "'\\\U0010ffff", "\x00\u2028\ufeff日本\"", "<b>&"} {
		want.Rows[1].Name = name + "."
		want.Meta.Groupings[1].Name = name + "größe"
		for _, e := range Encodings() {
			path := filepath.Join(t.TempDir(), "w."+string(e))
			if err := WriteFile(path, want); err != nil {
				t.Fatal(err)
			}
			got, err := ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			compared := *want
			if !e.KeepsMetadata() {
				compared.Meta = got.Meta
			}
			if !equal(got, &compared) {
				t.Errorf("%s: read %+v, wrote %+v", e, got, compared)
			}
		}
	}
}

// A CSV or NPY file has settings that leave α as it is, and what its rows tell.
func TestTableWithoutMetadata(t *testing.T) {
	for _, e := range []Encoding{CSV, NPY} {
		got, err := decodeAs(inEncoding(t, weightstest.Table(), e), e)
		if err != nil {
			t.Fatal(err)
		}
		m := got.Meta
		if m.Format != weights.Format || m.Intensity != 1 || m.Eta.Value != 1 || m.Schedule.Name != weights.ScheduleConstant || m.Alpha.Method != weights.MethodUnknown {
			t.Errorf("%s: settings %+v", e, m)
		}
		// 262465 + 198; each quotient of images and frequency is 117266.
		if m.Instances != 262663 || m.AnnotatedImages != 117266 {
			t.Errorf("%s: %d instances, %d annotated images", e, m.Instances, m.AnnotatedImages)
		}
		// By the instances of their classes: person, hair drier, then none.
		if groups := m.Groupings[0].Groups; !slices.Equal(groups, []string{"[8000,∞)", "[20,400)", "[1,20)"}) || m.Groupings[0].Name != "simcal" {
			t.Errorf("%s: groupings %+v", e, m.Groupings)
		}
		// Such a table is one like another.
		if _, err := decodeAs(inEncoding(t, got, Arrow), Arrow); err != nil {
			t.Errorf("%s: as Arrow: %v", e, err)
		}
	}
}

// utf32Bytes is the text as NumPy stores it.
func utf32Bytes(s string) []byte {
	var b []byte
	for _, r := range s {
		b = binary.LittleEndian.AppendUint32(b, uint32(r))
	}
	return b
}

func float64Bytes(v float64) []byte {
	return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
}

// replaced changes every occurrence in a file, which must have one.
func replaced(t *testing.T, data, from, to []byte) []byte {
	t.Helper()
	if len(from) != len(to) && len(to) > 0 || !bytes.Contains(data, from) {
		t.Fatalf("%q cannot take the place of %q", to, from)
	}
	return bytes.ReplaceAll(data, from, to)
}

// Every damage is refused in every encoding, with what is wrong.
func TestEveryEncodingRefusesEveryDamage(t *testing.T) {
	bad := func(spoil func(*weights.Table)) func(*testing.T, Encoding) []byte {
		return func(t *testing.T, e Encoding) []byte {
			table := weightstest.Table()
			spoil(table)
			return inEncoding(t, table, e)
		}
	}
	without := func(column string) func(*testing.T, Encoding) []byte {
		return func(t *testing.T, e Encoding) []byte {
			if e == CSV {
				return bytes.Replace(inEncoding(t, weightstest.Table(), e), []byte(column), []byte("other"), 1)
			}
			other := strings.Repeat("x", len(column))
			return replaced(t, inEncoding(t, weightstest.Table(), e), []byte(column), []byte(other))
		}
	}
	number := func(v float64) func(*testing.T, Encoding) []byte {
		return func(t *testing.T, e Encoding) []byte {
			data := inEncoding(t, weightstest.Table(), e)
			if e == CSV || e == JSON {
				return bytes.Replace(data, []byte("54.293"), fmt.Append(nil, v), 1)
			}
			return replaced(t, data, float64Bytes(54.293), float64Bytes(v))
		}
	}
	version := func(t *testing.T, e Encoding) []byte {
		data := inEncoding(t, weightstest.Table(), e)
		if e == NPY {
			return replaced(t, data, utf32Bytes("weights/1"), utf32Bytes("weights/2"))
		}
		return replaced(t, data, []byte("weights/1"), []byte("weights/2"))
	}
	for _, c := range []struct {
		damage string
		make   func(*testing.T, Encoding) []byte
		want   string // part of the error
		inJSON string // the same where JSON itself has no such number
	}{
		{"missing alpha", without("alpha"), "column alpha is missing", ""},
		{"missing category_id", without("category_id"), "column category_id is missing", ""},
		{"missing name", without("lvis_group"), "column lvis_group is missing", ""},
		{"NaN", number(math.NaN()), "column alpha, row 2: NaN", "NaN is no JSON"},
		{"infinite", number(math.Inf(1)), `column alpha, row 2 (category 89 "hair drier"): +Inf is not a finite number`, "the JSON is invalid: line 6"},
		{"negative", number(-54.25), `column alpha, row 2 (category 89 "hair drier"): -54.25 is not a finite number above 0`, ""},
		{"class twice", bad(func(t *weights.Table) { t.Rows[2].CategoryID = 13 }), `the class stands there twice, as "grüne \"Ampel\"" and "hair drier"`, ""},
		{"class order", bad(func(t *weights.Table) { t.Rows[2].CategoryID = 2 }), "not in ascending order: 2 comes after 13", ""},
		{"channels", bad(func(t *weights.Table) { t.Rows[2].Index = 1 }), "column index, row 2", ""},
		{"frequency", bad(func(t *weights.Table) { t.Rows[2].Frequency = 1.5 }), "1.5 is not in [0, 1]", ""},
		{"repeat factor", bad(func(t *weights.Table) { t.Rows[1].RepeatFactor = 0.5 }), "column repeat_factor, row 1", ""},
		{"counts", bad(func(t *weights.Table) { t.Rows[0].Images = -1 }), "column images, row 0", ""},
		{"no rows", bad(func(t *weights.Table) { t.Rows = nil }), "no classes", ""},
		{"version", version, `format "weights/2", but this program reads "weights/1" only`, ""},
	} {
		for _, e := range Encodings() {
			t.Run(c.damage+"/"+string(e), func(t *testing.T) {
				want := c.want
				if e == JSON && c.inJSON != "" {
					want = c.inJSON
				}
				path := filepath.Join(t.TempDir(), "w."+string(e))
				if err := os.WriteFile(path, c.make(t, e), 0o644); err != nil {
					t.Fatal(err)
				}
				got, err := ReadFile(path)
				if err == nil {
					t.Fatalf("accepted %+v", got)
				}
				for _, part := range []string{path, want, "cocostat weights"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("error %q does not say %q", err, part)
					}
				}
			})
		}
	}
}

func TestEveryEncodingRefusesEveryTruncation(t *testing.T) {
	for _, e := range Encodings() {
		file := inEncoding(t, weightstest.Table(), e)
		// The line break after the last brace of JSON can go.
		for n := range len(bytes.TrimSpace(file)) {
			if got, err := decodeAs(file[:n], e); err == nil {
				t.Fatalf("%s: the first %d of %d bytes were accepted: %+v", e, n, len(file), got)
			}
		}
	}
}

// No damage to a byte makes a reader panic, hang or take all memory; what it
// still accepts is a valid table.
func TestEveryEncodingSurvivesDamage(t *testing.T) {
	for _, e := range Encodings()[1:] { // TestReadSurvivesDamage is for Arrow
		file := inEncoding(t, weightstest.Table(), e)
		for i := range file {
			damages := []byte{file[i] ^ 0xff, file[i] ^ 0x80, file[i] + 1}
			if e == Parquet { // its reader takes the most memory
				damages = damages[i%3:][:1]
			}
			for _, damage := range damages {
				bad := bytes.Clone(file)
				bad[i] = damage
				got, err := decodeAs(bad, e)
				if err == nil && got.Validate() != nil {
					t.Fatalf("%s: byte %d changed from %d to %d: accepted %+v", e, i, file[i], damage, got)
				}
			}
		}
	}
}

// The encoding is that of the content where it has a mark, whatever the name.
func TestReadRecognisesTheEncoding(t *testing.T) {
	for _, e := range Encodings() {
		for _, name := range []string{"w", "w.txt", "w." + strings.ToUpper(string(e))} {
			got, found, err := Read(bytes.NewReader(inEncoding(t, weightstest.Table(), e)), name)
			if err != nil || found != e || len(got.Rows) != 3 {
				t.Errorf("%s named %s: %q, %v", e, name, found, err)
			}
		}
	}
	if _, found, err := Read(bytes.NewReader(inEncoding(t, weightstest.Table(), Parquet)), "w.arrow"); err != nil || found != Parquet {
		t.Errorf("Parquet named w.arrow: %q, %v", found, err)
	}
	if _, _, err := Read(strings.NewReader("PK\x03\x04"), "w.zip"); err == nil || !strings.Contains(err.Error(), "not an Arrow IPC file") {
		t.Errorf("a zip file: %v", err)
	}
}

// Some compressions of Parquet are not read, which is another fault than damage.
// The file is pyarrow's: pyarrow.parquet.write_table(table, path,
// compression="lz4"), of a table of one class.
func TestParquetOfUnknownCompression(t *testing.T) {
	_, err := ReadFile("testdata/lz4.parquet")
	if err == nil || !strings.Contains(err.Error(), "column index: compressed with LZ4") || strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v", err)
	}
}

// What a spreadsheet makes of CSV: other line ends and a mark before the first
// column.
func TestReadSpreadsheetCSV(t *testing.T) {
	text := bytes.ReplaceAll(inEncoding(t, weightstest.Table(), CSV), []byte("\n"), []byte("\r\n"))
	got, err := decodeAs(append([]byte("\ufeff"), text...), CSV)
	if err != nil || len(got.Rows) != 3 || got.Rows[2].Alpha != 54.293 || !math.IsNaN(got.Rows[1].Alpha) {
		t.Errorf("%+v, %v", got, err)
	}
}

// All targets are written or none.
func TestWriteTargets(t *testing.T) {
	dir := t.TempDir()
	csv, odd, missing := filepath.Join(dir, "w.csv"), filepath.Join(dir, "w.txt"), filepath.Join(dir, "none", "w.csv")
	if err := WriteTargets(weightstest.Table(), Target{Path: csv}, Target{Path: missing}); err == nil {
		t.Error("a file in a missing folder was written")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%d files after a failure, %v", len(entries), err)
	}
	if err := WriteTargets(weightstest.Table(), Target{Path: csv}, Target{Path: odd, Encoding: JSON}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]Encoding{csv: CSV, odd: JSON} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := Read(f, path); err != nil || got != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
		f.Close()
	}
	if err := Encode(io.Discard, weightstest.Table(), "xml"); err == nil {
		t.Error("weights were written as XML")
	}
	trailing := weightstest.Table()
	trailing.Rows[0].Name = "a\x00"
	if err := Encode(io.Discard, trailing, NPY); err == nil || !strings.Contains(err.Error(), "NPY cannot hold") {
		t.Errorf("a name that NPY cannot hold: %v", err)
	}
}

// A file of another dataset is told by its classes, in every encoding.
func TestEveryEncodingChecksCategories(t *testing.T) {
	cats := []annotations.Category{{ID: 1, Name: "person"}, {ID: 13, Name: "grüne \"Ampel\""}, {ID: 90, Name: "toothbrush"}}
	for _, e := range Encodings() {
		got, err := decodeAs(inEncoding(t, weightstest.Table(), e), e)
		if err != nil {
			t.Fatal(err)
		}
		err = got.CheckCategories(cats)
		for _, part := range []string{`1 only in the dataset (90 "toothbrush")`, `1 only in the weights (89 "hair drier")`} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %v does not say %q", e, err, part)
			}
		}
	}
}

// FuzzRead looks for a file that makes a reader panic, or accept an invalid
// table.
func FuzzRead(f *testing.F) {
	for _, e := range Encodings() {
		var b bytes.Buffer
		if err := encodeAs(&b, weightstest.Table(), e); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), "w."+string(e))
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		got, e, err := Read(bytes.NewReader(data), name)
		if err != nil {
			return
		}
		if err := got.Validate(); err != nil {
			t.Fatalf("%s: accepted %+v: %v", e, got, err)
		}
		if err := encodeAs(io.Discard, got, Arrow); err != nil {
			t.Errorf("%s: %v", e, err)
		}
	})
}
