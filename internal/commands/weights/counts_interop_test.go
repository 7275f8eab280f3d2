package weights

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cocostat/internal/commands/shared/commandtest"
	"cocostat/weights"
)

// shown writes the blocks of docs/beyond-one-machine.md that begin with the name
// of a file as a comment into dir.
func shown(t *testing.T, dir string, names ...string) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/beyond-one-machine.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```(?:sql|python)\n(?:--|#) ([a-z.]+)(.*?)^```$")
	var found []string
	for _, m := range block.FindAllStringSubmatch(string(page), -1) {
		if slices.Contains(names, m[1]) {
			found = append(found, m[1])
		}
		if err := os.WriteFile(filepath.Join(dir, m[1]), []byte("\n"+m[2][strings.Index(m[2], "\n"):]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Sort(found); !slices.Equal(found, names) {
		t.Fatalf("the page shows %q, want %q", found, names)
	}
}

// loaded counts the boxes of the sample's training annotations in DuckDB, as the
// page shows it, and returns the folder of the results.
func loaded(t *testing.T) string {
	t.Helper()
	python := commandtest.Interop(t, "tables", "bin/python")
	script, err := filepath.Abs("../testdata/interop/counts.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, errs, code := cocostat(t.Context(), "", "sample", dir, "--images", "150", "--val-images", "12"); code != 0 {
		t.Fatal(errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "annotations/instances_train.json"))
	if err != nil {
		t.Fatal(err)
	}
	// A box without area, and one beside its image: training can use neither.
	odd := strings.Replace(string(text), `"annotations": [`, `"annotations": [
{"id": 900001, "image_id": 1, "category_id": 1, "bbox": [5, 5, 0, 7], "area": 1, "iscrowd": 0},
{"id": 900002, "image_id": 1, "category_id": 2, "bbox": [5000, 5, 4, 7], "area": 28, "iscrowd": 0},`, 1)
	if odd == string(text) {
		odd = strings.Replace(string(text), `"annotations":[`, `"annotations":[{"id":900001,"image_id":1,"category_id":1,"bbox":[5,5,0,7],"area":1,"iscrowd":0},
{"id":900002,"image_id":1,"category_id":2,"bbox":[5000,5,4,7],"area":28,"iscrowd":0},`, 1)
	}
	if err := os.WriteFile(filepath.Join(dir, "train.json"), []byte(odd), 0o644); err != nil || odd == string(text) {
		t.Fatal("the sample has no annotations: ", err)
	}
	shown(t, dir, "count.py", "counts.sql", "load.sql")
	command := exec.Command(python, script)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// sameWeights compares the weights of a table of counts with those of the
// annotations that it was made of.
func sameWeights(t *testing.T, annotations, counts string) {
	t.Helper()
	want, _ := weighed(t, annotations)
	if want.Meta.Unusable != 2 {
		t.Fatalf("%d annotations that training cannot use, want 2", want.Meta.Unusable)
	}
	got, _ := weighed(t, counts)
	if got.Meta.Counted != weights.CountedTable {
		t.Errorf("%s: %+v", counts, got.Meta)
	}
	got.Meta.Sources, got.Meta.Counted, got.Meta.Unusable = want.Meta.Sources, want.Meta.Counted, want.Meta.Unusable
	if a, b := encoded(t, got), encoded(t, want); a != b {
		t.Errorf("%s: the weights are\n%s\nwant\n%s", counts, a, b)
	}
}

// The queries that the page shows count what cocostat counts, and the forms in
// which engines write the result are read.
func TestInteropCountsOfDuckDB(t *testing.T) {
	dir := loaded(t)
	for _, name := range []string{"counts.parquet", "counts.csv", "counts.tsv", "lines.json", "list.json", "counts.arrow", "counts.arrows", "polars.arrow", "polars.parquet"} {
		sameWeights(t, filepath.Join(dir, "train.json"), filepath.Join(dir, name))
	}
	file := filepath.Join(dir, "w.arrow")
	if code, _, notes := weightsCLI(t.Context(), "weights", filepath.Join(dir, "counts.parquet"), "-o", file); code != 0 {
		t.Fatal(notes)
	}
	out, errs, code := cocostat(t.Context(), "", "groups", file, "--tail-ratio", "0.05", "--lvis", "--image-thresholds", "20,60", "-o", file)
	if code != 0 || !strings.Contains(out, "tail") {
		t.Errorf("split: exit code %d, %s%s", code, errs, out)
	}
}

func TestInteropCountsOfSpark(t *testing.T) {
	python := commandtest.Interop(t, "spark", "bin/python")
	dir := loaded(t)
	command := exec.Command(python, "count.py")
	command.Dir = dir
	command.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1", "PYSPARK_PYTHON="+python)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "counts/part-*.parquet"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v: want one file", files, err)
	}
	sameWeights(t, filepath.Join(dir, "train.json"), files[0])
}
