package lt

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/source/sourcetest"
	"cocostat/weights/codec"
)

// ltFolder changes to a folder with source.json and others.
func ltFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	files["source.json"] = commandtest.LTSource
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// By hand: of the people, image 2 with one fits, and the three of image 1 do
// not; the annotation of the unknown image goes, and image 1, which has lost
// all of its own.
func TestLT(t *testing.T) {
	ltFolder(t, map[string]string{"like.json": `{"person": 1, "dog": 2, "cat": 5}`})
	out, notes, code := cocostat(t.Context(), "", "lt", "source.json", "--like", "like.json", "-o", "out.json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	want := `id  class   instances  asked  reached  images  images reached
-------------------------------------------------------------
 9  cat             1      5        1       1               1
 8  dog             2      2        2       1               1
 7  person          4      1        1       2               1

total                       before  after     share
---------------------------------------------------
images                           4      3   75.00 %
images without annotations       1      1  100.00 %
annotations                      8      4   50.00 %
instances                        7      4   57.14 %
classes with instances           3      3  100.00 %
largest class / smallest       4.0    2.0

2 of 3 classes have as many annotations as asked for
`
	if out != want {
		t.Errorf("output\n%swant\n%s", out, want)
	}
	for _, note := range []string{"wrote out.json: 4 of 8 annotations in 3 of 4 images", "left out: 1 annotation of an unknown image",
		"1 class with fewer annotations than asked for, kept whole: cat (1 of 5)"} {
		if !strings.Contains(notes, note) {
			t.Errorf("notes %q do not say %q", notes, note)
		}
	}
	got, err := os.ReadFile("out.json")
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"info": {"year": 2020}, "images": [{"id": 2}, {"id": 3}, {"id": 4}],
"annotations": [
 {"id": 4, "image_id": 2, "category_id": 7, "iscrowd": 1},
 {"id": 5, "image_id": 2, "category_id": 8},
 {"id": 6, "image_id": 2, "category_id": 8},
 {"id": 7, "image_id": 3, "category_id": 9}],
"categories": [{"id": 7, "name": "person"}, {"id": 8, "name": "dog"}, {"id": 9, "name": "cat"}]}
`; string(got) != want {
		t.Errorf("file\n%swant\n%s", got, want)
	}
}

// Every form of counts asks for the same.
func TestLTForms(t *testing.T) {
	forms := map[string]string{
		"names.json":      `{"person": 2, "dog": 1, "cat": 0}`,
		"ids.json":        `{"9": 0, "7": 2, "8": 1}`,
		"list.json":       `[{"id": 7, "count": 2}, {"id": 8, "count": 1}, {"id": 9, "count": 0}]`,
		"classes.json":    "\ufeff" + `{"images": 12, "totals": {"a": [1, {"b": 2}]}, "classes": [{"name": "cat", "instances": 0}, {"name": "dog", "instances": 1, "images": 1}, {"class": "person", "instances": 2}]}`,
		"categories.json": `{"categories": [{"category_id": 7, "name": "person", "instances": 2}, {"category_id": 8, "name": "dog", "instances": 1}, {"category_id": 9, "name": "cat", "instances": 0}]}`,
		"table.csv":       "\ufeffname,images,instances\nperson,1,2\ndog,,1\ncat,,0\n",
		"ids.csv":         "category_id,share,count\n7,x,2\n9,,0\n8,,1\n",
		"dataset.json": `{"images": [{"id": 1}], "annotations": [{"id": 1, "image_id": 1, "category_id": 3}, {"id": 2, "image_id": 1, "category_id": 3},
			{"id": 3, "image_id": 1, "category_id": 4}], "categories": [{"id": 3, "name": "person"}, {"id": 4, "name": "dog"}, {"id": 5, "name": "cat"}]}`,
		// Roboflow lists the categories first.
		"roboflow.json": `{"info": {"year": "2026"}, "categories": [{"id": "3", "name": "person"}, {"id": 4, "name": "dog"}, {"id": 5, "name": "cat"}], "images": [{"id": 1}],
			"annotations": [{"id": 1, "image_id": 1, "category_id": 3}, {"id": 2, "image_id": 1, "category_id": 3}, {"id": 3, "image_id": 1, "category_id": 4}]}`,
	}
	ltFolder(t, forms)
	if _, notes, code := cocostat(t.Context(), "", "weights", "dataset.json", "--count", "all", "-o", "weights.arrow"); code != 0 {
		t.Fatal(notes)
	}
	table, err := codec.ReadFile("weights.arrow")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"weights.parquet", "weights.json", "weights.csv"} {
		if err := codec.WriteFile(name, table); err != nil {
			t.Fatal(err)
		}
		forms[name] = ""
	}
	forms["weights.arrow"] = ""
	for form := range forms {
		if form == "source.json" {
			continue
		}
		out, notes, code := cocostat(t.Context(), "", "lt", "source.json", "--like", form, "--format", "csv", "--sort", "id")
		if code != 0 {
			t.Errorf("%s: exit code %d: %s", form, code, notes)
			continue
		}
		for i, line := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
			cells := strings.Split(line, ",")
			if want := []string{"2", "1", "0"}[i]; cells[3] != want || cells[4] != want {
				t.Errorf("%s: asked %s and reached %s of %s, want %s", form, cells[3], cells[4], cells[1], want)
			}
		}
	}
}

func TestLTFlags(t *testing.T) {
	ltFolder(t, map[string]string{"dogs.json": `{"dog": 1, "bird": 3}`})
	for _, c := range []struct {
		args string
		want [3]int // annotations of person, dog and cat
		kept int    // images
	}{
		// With ρ = 4, classes of 4, 2 and 1 are asked for 4, 2 and 1; with 1, all
		// for 1. Without the crowd there are 3 people, asked for 3, 1.5 and 0.75.
		{"--imbalance 4", [3]int{4, 2, 1}, 4},
		{"--imbalance 4 --no-crowd", [3]int{4, 2, 1}, 4}, // the crowd stays
		{"--imbalance 1", [3]int{1, 1, 1}, 3},
		{"--imbalance 1 --drop-empty", [3]int{1, 1, 1}, 2},
		{"--imbalance 1 --keep-emptied", [3]int{1, 1, 1}, 4},
		{"--like dogs.json --others drop", [3]int{0, 1, 0}, 2},
		{"--like dogs.json --others keep", [3]int{4, 1, 1}, 4},
	} {
		out, notes, code := cocostat(t.Context(), "", append([]string{"lt", "source.json", "-o", "out.json", "--format", "json"}, strings.Fields(c.args)...)...)
		if code != 0 {
			t.Errorf("%s: exit code %d: %s", c.args, code, notes)
			continue
		}
		var report struct {
			Source annotations.Source
			After  struct{ Images int }
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatal(err)
		}
		got, err := dataset.Count(t.Context(), []string{"out.json"}, annotations.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if got.Instances[i] != int64(want) {
				t.Errorf("%s: %d annotations of %s, want %d", c.args, got.Instances[i], got.Categories[i].Name, want)
			}
		}
		if len(got.ImageRows) != c.kept || report.After.Images != c.kept || len(report.Source.SHA256) != 64 {
			t.Errorf("%s: %d images, reported %+v, want %d", c.args, len(got.ImageRows), report, c.kept)
		}
	}
}

// Compressed files are read, and written where the name says so.
func TestLTCompressed(t *testing.T) {
	ltFolder(t, map[string]string{"source.json.gz": sourcetest.Gzip(t, commandtest.LTSource)})
	plain := ""
	for _, out := range []string{"out.json", "out.json.gz", "out.json.zst"} {
		if _, notes, code := cocostat(t.Context(), "", "lt", "source.json.gz", "--imbalance", "2", "--seed", "3", "-o", out); code != 0 {
			t.Fatalf("%s: %s", out, notes)
		}
		f, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = f
		switch filepath.Ext(out) {
		case ".gz":
			r, err = gzip.NewReader(f)
		case ".zst":
			r, err = zstd.NewReader(f)
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		f.Close()
		if plain == "" {
			plain = string(text)
		}
		if err != nil || string(text) != plain || !json.Valid(text) {
			t.Errorf("%s holds %q, %v; want %q", out, text, err, plain)
		}
	}
}

// A folder of VOC's XML gives COCO's JSON. By hand: of three dogs in two images one
// stays, of two cats both; an image that had nothing stays.
func TestLTOfVOC(t *testing.T) {
	ltFolder(t, map[string]string{"like.json": `{"dog": 1, "cat": 2}`})
	box := func(class string) string {
		return "<object><name>" + class + "</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>6</ymax></bndbox></object>"
	}
	if err := os.MkdirAll("voc/Annotations", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, objects := range map[string]string{"a": box("dog") + box("dog"), "b": box("dog") + box("cat") + box("cat"), "c": ""} {
		text := "<annotation><filename>" + name + ".jpg</filename><size><width>9</width><height>8</height></size>" + objects + "</annotation>"
		if err := os.WriteFile("voc/Annotations/"+name+".xml", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, notes, code := cocostat(t.Context(), "", "lt", "voc", "--like", "like.json", "-o", "out.json"); code != 0 {
		t.Fatal(notes)
	}
	c, err := dataset.Count(t.Context(), []string{"out.json"}, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Categories) != 2 || c.Instances[0] != 2 || c.Instances[1] != 1 || c.ImageRows[0].Width != 9 || len(c.ImageRows) != 2 {
		t.Errorf("%+v", c)
	}
}

// Every failure has its exit code and a message, and leaves the folder as it
// was.
func TestLTFailures(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		code int
		what string
		args string
	}{
		{t.Context(), 2, "give either --like or --imbalance", "source.json"},
		{t.Context(), 2, "give either --like or --imbalance", "source.json --like a --imbalance 2"},
		{t.Context(), 2, "imbalance factor 0.5", "source.json --imbalance 0.5"},
		{t.Context(), 2, `profile "linear"`, "source.json --imbalance 2 --profile linear"},
		{t.Context(), 2, "--profile has no effect without --imbalance", "source.json --like like.json --profile pareto"},
		{t.Context(), 2, "--others has no effect without --like", "source.json --imbalance 2 --others keep"},
		{t.Context(), 2, "--largest 0", "source.json --imbalance 2 --largest 0"},
		{t.Context(), 2, `--thin "classes"`, "source.json --imbalance 2 --thin classes"},
		{t.Context(), 2, `--by ""`, "source.json --like like.json --by="},
		{t.Context(), 2, "read twice", "- --imbalance 2"},
		{t.Context(), 2, "--output is empty", "source.json --imbalance 2 --output="},
		{t.Context(), 2, "name a file", "source.json --imbalance 2 --output -"},
		{t.Context(), 2, "would be overwritten", "source.json --imbalance 2 -o ./source.json"},
		{t.Context(), 2, "would be overwritten", "source.json --like like.json -o ./like.json"},
		{t.Context(), 1, "cannot write none/out.json", "source.json --imbalance 2 -o none/out.json"},
		{t.Context(), 1, "missing.json", "missing.json --imbalance 2"},
		{t.Context(), 1, "missing.json", "source.json --like missing.json"},
		{t.Context(), 1, "none of its classes, by name, is one of source.json", "source.json --like birds.json"},
		{t.Context(), 1, `missing: 8 "dog", 9 "cat"; unknown: "bird"`, "source.json --like like.json"},
		{t.Context(), 1, `class 2 of the list: column "instances" is empty`, "source.json --like holes.json"},
		{t.Context(), 1, `class 1 of the list: column "instances": "1" is a text`, "source.json --like strings.json"},
		{t.Context(), 1, `"cat": 1.5 is no whole number`, "source.json --like halves.json"},
		{t.Context(), 1, `none is instances`, "source.json --like holes.csv"},
		{t.Context(), 1, `line 2: column "instances": "many" is no whole number`, "source.json --like words.csv"},
		{t.Context(), 1, `line 2: column "instances": -4 is negative`, "source.json --like negative.csv"},
		{t.Context(), 1, `class 7 "person" is there twice`, "source.json --like twice.csv"},
		{cancelled, 130, "interrupted", "source.json --imbalance 2 -o out.json"},
	} {
		files := map[string]string{
			"like.json": `{"person": 1, "bird": 2}`, "birds.json": `{"bird": 2}`,
			"holes.json": `[{"name": "dog", "instances": 1}, {"name": "cat"}]`, "strings.json": `{"classes": [{"name": "dog", "instances": "1"}]}`,
			"halves.json": `{"person": 1, "dog": 1, "cat": 1.5}`, "holes.csv": "name,images\ndog,1\n",
			"words.csv": "name,instances\ndog,many\n", "negative.csv": "name,instances\ndog,-4\n", "twice.csv": "name,instances\nperson,4\nperson,4\n",
		}
		ltFolder(t, files)
		cocostat.Fails(c.ctx, t, c.code, c.what, commandtest.LTSource, append([]string{"lt"}, strings.Fields(c.args)...)...)
		if entries, err := os.ReadDir("."); err != nil || len(entries) != len(files) {
			t.Errorf("%q: %d files in the folder, %v, want %d", c.args, len(entries), err, len(files))
		}
	}
}

// A dataset of the shape of COCO-LT, a hundredth of its size: from a file in
// which every class has more, the counts that were asked for come out.
func TestLTOfCOCOLTCounts(t *testing.T) {
	const path = "../../../../shared/data/coco_lt/class_counts.json"
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skip("the COCO-LT counts are not here: ../shared/data/coco_lt is missing")
	}
	if err != nil {
		t.Fatal(err)
	}
	var counts struct {
		Classes []struct {
			ID        int64 `json:"category_id"`
			Name      string
			Instances int64
		}
	}
	if err := json.Unmarshal(raw, &counts); err != nil {
		t.Fatal(err)
	}
	var images, objects, categories, asked []string
	var want []int64
	for _, c := range counts.Classes {
		n := max(1, c.Instances/100)
		want = append(want, n)
		asked = append(asked, fmt.Sprintf("%q: %d", c.Name, n))
		categories = append(categories, fmt.Sprintf(`{"id": %d, "name": %q}`, c.ID, c.Name))
		for range n + n/3 + 20 {
			objects = append(objects, fmt.Sprintf(`{"id": %d, "image_id": %d, "category_id": %d}`, len(objects)+1, len(objects)*7919%1900+1, c.ID))
		}
	}
	for id := range 2000 {
		images = append(images, fmt.Sprintf(`{"id": %d}`, id+1))
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"like.json": "{" + strings.Join(asked, ", ") + "}",
		"source.json": `{"images": [` + strings.Join(images, ",") + `], "annotations": [` + strings.Join(objects, ",") +
			`], "categories": [` + strings.Join(categories, ",") + `]}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, notes, code := cocostat(t.Context(), "", "lt", "source.json", "--like", "like.json", "-o", "out.json"); code != 0 || !strings.Contains(out, "every class has as many") {
		t.Fatalf("exit code %d: %s%s", code, out, notes)
	}
	got, err := dataset.Count(t.Context(), []string{"out.json"}, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range want {
		if got.Instances[i] != n {
			t.Errorf("%s: %d annotations, want %d", got.Categories[i].Name, got.Instances[i], n)
		}
	}
	for _, p := range got.Problems {
		if p.Kind == annotations.UnknownImage || p.Kind == annotations.UnknownCategory || p.Kind == annotations.DuplicateID {
			t.Errorf("the subset has %d %s", p.Count, p.Kind)
		}
	}
}
