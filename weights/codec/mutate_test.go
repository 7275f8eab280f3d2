package codec

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/mutate"
	"cocostat/weights"
	"cocostat/weights/weightstest"
)

// realTable returns the weights of a real dataset with groupings, or those of
// table where it is missing.
func realTable(t *testing.T) *weights.Table {
	t.Helper()
	path := filepath.Join("../../../shared/data", "coco128/annotations/instances_train2017.json")
	if _, err := os.Stat(path); err != nil {
		t.Log("the annotations are not here: made ones take their place")
		return weightstest.Table()
	}
	counts, err := dataset.Count(t.Context(), []string{path}, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := weights.Build(counts, weights.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// sameContent compares tables, of which some have no metadata.
func sameContent(got, want *weights.Table, e Encoding) bool {
	if e.KeepsMetadata() && !reflect.DeepEqual(got.Meta, want.Meta) {
		return false
	}
	if len(got.Rows) != len(want.Rows) {
		return false
	}
	for i := range got.Rows {
		a, b := got.Rows[i], want.Rows[i]
		if math.IsNaN(a.Alpha) && math.IsNaN(b.Alpha) {
			a.Alpha, b.Alpha = 0, 0
		}
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return true
}

// Every reader ends, whatever the damage, and a format with a checksum is never
// read with another content.
func TestMutatedWeights(t *testing.T) {
	for what, want := range map[string]*weights.Table{"made": weightstest.Table(), "real": realTable(t)} {
		for _, e := range Encodings() {
			t.Run(what+"/"+string(e), func(t *testing.T) {
				counts := mutate.Files(t, inEncoding(t, want, e), mutate.AgainstBy(want, func(file []byte) (*weights.Table, error) { return decodeAs(file, e) },
					func(got, want *weights.Table) bool { return sameContent(got, want, e) }))
				if e.KeepsMetadata() && counts[mutate.Other] > 0 {
					t.Errorf("%v", counts)
				}
			})
		}
	}
}

// Of a Parquet file of some classes without a weight, 16 zeros somewhere once
// made a reader wait without end for values of a page that had none.
func TestZeroedParquet(t *testing.T) {
	file := inEncoding(t, weightstest.Table(), Parquet)
	for at := range len(file) - 16 {
		zeroed := bytes.Clone(file)
		clear(zeroed[at:][:16])
		_, err := mutate.Within(zeroed, func(file []byte) (mutate.Verdict, error) {
			_, err := decodeParquet(file)
			return mutate.Refused, err
		})
		if err != nil {
			t.Fatalf("16 zeros at byte %d: %v", at, err)
		}
	}
}

func TestMutatedEta(t *testing.T) {
	want := etaTable(t, 300, weights.Eta{Value: 0.5, Reading: weights.ReadingBase, Scope: weights.ScopeImage})
	counts := mutate.Files(t, encodedEta(t, want), mutate.Against(want, decodeEta))
	if counts[mutate.Other] > 0 {
		t.Errorf("%v", counts)
	}
}

// Files of before the checksum are read; what contradicts the definitions is
// refused in them too. They were written by the version before, of
// three images: two boxes of class 4 and one of class 2 in image 5, one of
// class 4 in image 1.
func TestFilesWithoutChecksum(t *testing.T) {
	dir := "testdata/before_checksum"
	for _, name := range []string{"weights.arrow", "weights.parquet", "weights.json", "weights.safetensors"} {
		got, err := ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		// By hand: α = n / (C·n_y) = 4/(2·1) and 4/(2·3).
		if r := got.Rows; len(r) != 3 || r[0].Alpha != 2 || r[1].Alpha != 4./6 || !math.IsNaN(r[2].Alpha) || r[2].Name != "unused" || got.Meta.Schedule.DeferredEpochs != 5 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	eta, err := ReadEta(filepath.Join(dir, "eta.arrow"))
	if err != nil || len(eta.Rows) != 3 || eta.Rows[2].Objects != 2 {
		t.Errorf("eta: %+v, %v", eta, err)
	}
}
