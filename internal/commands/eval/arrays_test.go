package eval

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"cocostat/internal/nullable"
)

// The arrays have pycocotools' shapes, the same numbers in each form, and AP is
// their mean.
func TestEvalArrays(t *testing.T) {
	dir := t.TempDir()
	folder, archive, table := filepath.Join(dir, "arrays"), filepath.Join(dir, "x.npz"), filepath.Join(dir, "x.arrow")
	report := filepath.Join(dir, "x.csv")
	out, errs, code := cocostat(t.Context(), "", "eval", evalTruthJSON, evalA, "-o", folder, "-o", archive, "-o", table, "-o", report, "--plot", filepath.Join(dir, "x.svg"))
	if code != 0 || !strings.Contains(errs, "wrote "+archive) || !strings.Contains(out, "AP50") {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	npz, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer npz.Close()
	shapes := map[string]string{"precision.npy": "(10, 101, 5, 4, 3,)", "recall.npy": "(10, 5, 4, 3,)", "scores.npy": "(10, 101, 5, 4, 3,)",
		"iouThrs.npy": "(10,)", "recThrs.npy": "(101,)", "catIds.npy": "(5,)", "areaRng.npy": "(4, 2,)", "areaRngLbl.npy": "(4,)", "maxDets.npy": "(3,)"}
	var precision []byte
	for _, f := range npz.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		member, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		alone, err := os.ReadFile(filepath.Join(folder, f.Name))
		if err != nil || !bytes.Equal(alone, member) {
			t.Errorf("%s differs in the folder: %v", f.Name, err)
		}
		header := int(binary.LittleEndian.Uint16(member[8:]))
		if !strings.Contains(string(member[10:10+header]), "'shape': "+shapes[f.Name]) || (10+header)%64 != 0 {
			t.Errorf("%s: header %q", f.Name, member[10:10+header])
		}
		if f.Name == "precision.npy" {
			precision = member[10+header:]
		}
		delete(shapes, f.Name)
	}
	if len(shapes) > 0 {
		t.Errorf("missing: %v", shapes)
	}
	var mean nullable.Mean
	for i := 0; i < len(precision); i += 8 {
		v := math.Float64frombits(binary.LittleEndian.Uint64(precision[i:]))
		if place := i / 8; v > -1 && place/3%4 == 0 && place%3 == 2 { // all areas, limit 100
			mean.Add(v)
		}
	}
	var got evalNumbers
	evalJSON(t, &got, evalTruthJSON, evalA)
	if math.Abs(float64(mean.Value())-got.Summary["AP"]) > 1e-12 {
		t.Errorf("mean precision %v, AP %v", mean.Value(), got.Summary["AP"])
	}
	checkEvalArrow(t, table, precision)
}

// checkEvalArrow compares the rows with the array [10, 101, 5, 4, 3].
func checkEvalArrow(t *testing.T, path string, precision []byte) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	record, err := r.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	if record.NumRows() != 10*5*4*3 {
		t.Fatalf("%d rows", record.NumRows())
	}
	values := record.Column(6).(*array.FixedSizeList).ListValues().(*array.Float64)
	const row, recall = 3*60 + 2*12 + 1*3 + 2, 33 // IoU 0.65, class 3, small, limit 100
	at := (((3*101+recall)*5+2)*4+1)*3 + 2
	if got, want := values.Value(row*101+recall), math.Float64frombits(binary.LittleEndian.Uint64(precision[8*at:])); got != want {
		t.Errorf("precision %v, want %v", got, want)
	}
	if id := record.Column(1).(*array.Int64).Value(row); id != 3 {
		t.Errorf("class %d in the place of 3", id)
	}
}
