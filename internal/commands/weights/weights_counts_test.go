package weights

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// countsCSV is the table of counts of an annotation file, as another program
// would make it.
func countsCSV(t *testing.T, path string) string {
	t.Helper()
	c, err := dataset.Count(t.Context(), []string{path}, annotations.Options{Trainable: true, NoRoots: true})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("category_id\tname\tcount\timages\tannotated_images\ttotal_images\r\n")
	for i, k := range c.Categories {
		fmt.Fprintf(&b, "%d\t%s\t%d\t%d\t%d\t%d\r\n", k.ID, k.Name, c.Instances[i], c.Images[i], c.AnnotatedImages, len(c.ImageRows))
	}
	return b.String()
}

// From counts of classes and images come the weights of the annotations, but for
// what they were made from.
func TestWeightsOfCountsAreThoseOfAnnotations(t *testing.T) {
	sets := []string{commandtest.WriteText(t, "chess.json", chessText()), commandtest.TrainJSON}
	for _, real := range []string{"coco128/annotations/instances_train2017.json", "taco/annotations.json"} {
		if path := filepath.Join("../../../../shared/data", real); isFile(path) {
			sets = append(sets, path)
		}
	}
	for _, path := range sets {
		text := countsCSV(t, path)
		counts := commandtest.WriteText(t, "counts.tsv", text)
		for _, args := range [][]string{{}, {"--alpha", "effective", "--base", "images"}, {"--centric", "image", "--tail-ratio", "0.2", "--repeat-threshold", "0.3"}, {"--centric", "instance"}} {
			want, _ := weighed(t, append(args, path)...)
			got, notes := weighed(t, append(args, counts)...)
			sayAll(t, counts, notes, "no eta file", `"count" for instances`, "to train with the weights, name the annotations")
			if m := got.Meta; m.Counted != weights.CountedTable || len(m.Sources) != 1 || m.Sources[0].Path != counts || len(m.Sources[0].SHA256) != 64 {
				t.Errorf("%s: metadata %+v", path, m)
			}
			got.Meta.Sources, got.Meta.Counted, got.Meta.Unusable = want.Meta.Sources, want.Meta.Counted, want.Meta.Unusable
			if a, b := encoded(t, got), encoded(t, want); a != b {
				t.Errorf("%s, %q: the weights of the counts are others:\n%s\nthan of the annotations:\n%s", path, args, a, b)
			}
		}
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// encoded is the weights file as it is stored.
func encoded(t *testing.T, table *weights.Table) string {
	t.Helper()
	var b strings.Builder
	if err := codec.Encode(&b, table, codec.JSON); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// On standard input, counts are told from annotations by what is there.
func TestWeightsOfCountsOnStandardInput(t *testing.T) {
	for text, want := range map[string]int64{
		"name,count\na,3\nb,4\n":                               7,
		`{"a": 3, "b": 4}`:                                     7,
		`[{"name": "a", "count": 3}]`:                          3,
		"{\"id\": 1, \"count\": 3}\n{\"id\": 2, \"count\": 4}": 7,
		chessText(): 2102,
	} {
		file := filepath.Join(t.TempDir(), "w.arrow")
		_, errs, code := cocostat(t.Context(), text, "weights", "-", "-o", file)
		if code != 0 {
			t.Errorf("%.40q: exit code %d, %s", text, code, errs)
			continue
		}
		table, err := codec.ReadFile(file)
		if err != nil || table.Meta.Instances != want || table.Meta.Sources[0].Path != "-" || table.Meta.Sources[0].Bytes != int64(len(text)) {
			t.Errorf("%.40q: %+v, %v", text, table, err)
		}
	}
	long := `{"a": 1` + strings.Repeat(" ", recordedJSON) + `}`
	if _, errs, code := cocostat(t.Context(), long, "weights", "-", "-o", filepath.Join(t.TempDir(), "w.arrow")); code != 1 || !strings.Contains(errs, "not a COCO-format annotation file") {
		t.Errorf("more than a MiB of an object: exit code %d, %s", code, errs)
	}
}

// The table classes of analyze is a table of counts.
func TestWeightsOfTableOfClasses(t *testing.T) {
	for _, format := range []string{"arrow", "parquet"} {
		dir := filepath.Join(t.TempDir(), "tables")
		if _, errs, code := cocostat(t.Context(), "", "analyze", "-o", dir, "--table-format", format, commandtest.TrainJSON); code != 0 {
			t.Fatal(errs)
		}
		var a struct {
			Totals struct {
				Annotated int64 `json:"annotated_images"`
				Images    int64
			}
		}
		out, _, _ := cocostat(t.Context(), "", "analyze", "--format", "json", commandtest.TrainJSON)
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Fatal(err)
		}
		want, _ := weighed(t, "--count", "all", commandtest.TrainJSON)
		got, _ := weighed(t, "--annotated-images", fmt.Sprint(a.Totals.Annotated), "--total-images", fmt.Sprint(a.Totals.Images), filepath.Join(dir, "classes."+format))
		if fmt.Sprint(got.Rows) != fmt.Sprint(want.Rows) || !reflect.DeepEqual(got.Meta.TailRatio, want.Meta.TailRatio) {
			t.Errorf("%s: %+v, want %+v", format, got.Rows, want.Rows)
		}
	}
}

// What counts cannot give is refused, and so are numbers that contradict them.
func TestFlagsOfCounts(t *testing.T) {
	withImages := commandtest.WriteText(t, "counts.csv", "name,count,images\na,30,6\nb,4,2\n")
	without := commandtest.WriteText(t, "plain.csv", "name,count\na,30\nb,4\n")
	full := commandtest.WriteText(t, "full.csv", "name,count,images,annotated_images\na,30,6,7\nb,4,2,7\n")
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{0, "frequencies of 0, and a tail by instances", []string{withImages}},
		{0, "the number of all images is not known, and taken to be the 7", []string{withImages, "--annotated-images", "7"}},
		{0, "no eta file; to train", []string{withImages, "--annotated-images", "7", "--total-images", "9"}},
		{0, "", []string{withImages, "--base", "images"}},
		{cli.ExitUsage, "the class is in 6 images, of 5", []string{withImages, "--annotated-images", "5"}},
		{cli.ExitUsage, "must be 1 or more", []string{withImages, "--annotated-images", "0"}},
		{cli.ExitUsage, "7 images have annotations, of 6 in all", []string{withImages, "--annotated-images", "7", "--total-images", "6"}},
		{cli.ExitUsage, "itself says 7", []string{full, "--annotated-images", "8"}},
		{cli.ExitUsage, "lacks the images of each class", []string{without, "--annotated-images", "8"}},
		{cli.ExitUsage, "add the column images", []string{without, "--base", "images"}},
		{cli.ExitUsage, "--annotated-images", []string{withImages, "--centric", "image"}},
		{cli.ExitUsage, "--repeat-threshold has no effect", []string{withImages, "--repeat-threshold", "0.1"}},
		{cli.ExitUsage, "--eta-out has no effect", []string{full, "--eta-out", "e.arrow"}},
		{cli.ExitUsage, "is for a table of counts", []string{commandtest.TrainJSON, "--total-images", "8"}},
		{1, "counts.parquet: no class counts: the Parquet file is damaged", []string{commandtest.WriteText(t, "counts.parquet", "PAR1....")}},
	} {
		dir := t.TempDir()
		_, errs, code := cocostat(t.Context(), "", append([]string{"weights", "-o", filepath.Join(dir, "w.arrow")}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit code %d, %s; want %d and %q", c.args, code, errs, c.code, c.says)
		}
		if written, _ := os.ReadDir(dir); (len(written) == 0) != (code != 0) || len(written) > 1 {
			t.Errorf("%q: %d files", c.args, len(written))
		}
	}
}
