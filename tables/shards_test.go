package tables_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/coco/cocotest"
	"cocostat/dataset"
	"cocostat/lt"
	"cocostat/tables"
)

// folderBytes returns the files of a folder by name.
func folderBytes(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

// tabled counts paths into tables, and returns the folder and the error of the
// counting.
func tabled(t *testing.T, paths []string, opt annotations.Options) (string, error) {
	t.Helper()
	opt.ForTables = true
	c, err := dataset.Count(t.Context(), paths, opt)
	if err != nil {
		return "", err
	}
	tail := lt.Split{Tail: make([]bool, len(c.Categories))}
	dir := t.TempDir()
	if err := tables.Write(dir, c, tail, tables.Formats[len(paths)%2], nil); err != nil {
		t.Fatal(err)
	}
	return dir, nil
}

// sameTables writes the tables of both inputs in one format and compares their
// bytes, or compares why there are none.
func sameTables(t *testing.T, what string, one, other []string, opt annotations.Options) (counted bool) {
	t.Helper()
	opt.ForTables = true
	var files [2]map[string]string
	var errs [2]string
	for i, paths := range [][]string{one, other} {
		c, err := dataset.Count(t.Context(), paths, opt)
		if err != nil {
			errs[i] = err.Error()
			continue
		}
		tail := lt.Split{Tail: make([]bool, len(c.Categories))}
		dir := t.TempDir()
		if err := tables.Write(dir, c, tail, tables.Arrow, nil); err != nil {
			t.Fatal(err)
		}
		files[i] = folderBytes(t, dir)
		files[i]["unusable"] = fmt.Sprint(c.Unusable)
		files[i]["boxes"] = fmt.Sprint(c.BoxGrid, c.Problems, c.LeftOut, c.Renumbered)
	}
	if errs[0] != errs[1] {
		t.Fatalf("%s: error %q, in one run %q", what, errs[1], errs[0])
	}
	for name, want := range files[0] {
		if got := files[1][name]; got != want {
			t.Errorf("%s: %s differs from that of one run (%d and %d bytes)", what, name, len(got), len(want))
		}
	}
	return errs[0] == ""
}

// shards writes the texts as files of a folder.
func shards(t *testing.T, texts ...string) []string {
	t.Helper()
	dir := t.TempDir()
	paths := make([]string, len(texts))
	for i, text := range texts {
		paths[i] = filepath.Join(dir, fmt.Sprintf("shard-%02d.json", i))
		if err := os.WriteFile(paths[i], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// inTables distributes the files, in their order, over folders of tables; some
// stay files, and some folders are merged from others.
func inTables(t *testing.T, r *rand.Rand, paths []string) (mixed []string) {
	t.Helper()
	for len(paths) > 0 {
		n := 1 + r.IntN(min(3, len(paths)))
		now := paths[:n]
		paths = paths[n:]
		if r.IntN(4) == 0 {
			mixed = append(mixed, now...)
			continue
		}
		if n > 1 && r.IntN(2) == 0 { // a merge of merges
			for i := range now {
				if dir, err := tabled(t, now[i:i+1], annotations.Options{Part: true}); err == nil {
					now = append(append(append([]string{}, now[:i]...), dir), now[i+1:]...)
				}
			}
		}
		dir, err := tabled(t, now, annotations.Options{Part: true})
		if err != nil { // categories that contradict each other: a file then
			mixed = append(mixed, now...)
			continue
		}
		mixed = append(mixed, dir)
	}
	return mixed
}

// Random files of every oddity, in up to 16 shards: what comes out of tables is
// what comes out of the files.
func TestTablesMerge(t *testing.T) {
	counted := 0
	for seed := range uint64(14) {
		r := rand.New(rand.NewPCG(seed, 3))
		texts := make([]string, 1+r.IntN(16))
		for i := range texts {
			texts[i] = countable(t, r)
			if r.IntN(8) == 0 {
				texts[i] = emptyShards[r.IntN(len(emptyShards))]
			}
		}
		paths := shards(t, texts...)
		mixed := inTables(t, r, paths)
		for _, opt := range []annotations.Options{{}, {Trainable: true, NoRoots: true}, {NoCrowd: true}, {ByName: true}} {
			if sameTables(t, fmt.Sprintf("seed %d, %+v", seed, opt), paths, mixed, opt) {
				counted++
			}
		}
	}
	if counted < 40 {
		t.Errorf("only %d of 56 sets can be counted", counted)
	}
	t.Logf("%d of 56 sets can be counted", counted)
}

// countable returns a random file without a fault that ends the reading.
func countable(t *testing.T, r *rand.Rand) string {
	t.Helper()
	for {
		text := cocotest.Generate(r)
		if _, err := dataset.Count(t.Context(), shards(t, text), annotations.Options{Part: true}); err == nil {
			return text
		}
	}
}

// emptyShards are parts that hold nothing to count by themselves.
var emptyShards = []string{
	`{}`,
	`{"images": [], "annotations": [], "categories": []}`,
	`{"categories": [{"id": 1, "name": "a"}]}`,
	`{"images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}]}`,
	`{"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12}]}`,
}

// A dataset that is split at random, annotations apart from their images and
// categories, LVIS's keys, crowds with masks, and enough boxes for histograms.
func TestSplitDatasetMerges(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 9))
		n := 1 + r.IntN(16)
		paths := shards(t, randomSplit(r, n, 3000)...)
		mixed := inTables(t, r, paths)
		for _, opt := range []annotations.Options{{}, {Trainable: true}, {NoCrowd: true, Selection: annotations.Selection{Drop: []string{"class 3"}}}} {
			sameTables(t, fmt.Sprintf("seed %d, %d shards, %+v", seed, n, opt), paths, mixed, opt)
		}
	}
}

// What keeps the whole from being counted is found in its tables, too.
func TestErrorsOfTables(t *testing.T) {
	for want, texts := range map[string][]string{
		"these are captions":                     {`{"images": [{"id": 1}], "annotations": [{"id": 1, "image_id": 1, "caption": "a"}]}`, `{"annotations": [{"id": 2, "image_id": 1, "caption": "b"}]}`},
		"holds no images":                        {`{"categories": [{"id": 1, "name": "a"}]}`, `{"annotations": [{"id": 2, "image_id": 1, "category_id": 1}]}`},
		`"a" in the first and "b" in the second`: {`{"images": [{"id": 1}], "categories": [{"id": 1, "name": "a"}]}`, `{"categories": [{"id": 1, "name": "b"}]}`},
	} {
		paths := shards(t, texts...)
		var folders []string
		for _, path := range paths {
			dir, err := tabled(t, []string{path}, annotations.Options{Part: true})
			if err != nil {
				t.Fatal(err)
			}
			folders = append(folders, dir)
		}
		_, err := dataset.Count(t.Context(), folders, annotations.Options{})
		if _, one := dataset.Count(t.Context(), paths, annotations.Options{}); err == nil || !strings.Contains(err.Error(), want) || one.Error() != err.Error() {
			t.Errorf("error %q, in one run %q, want %q", err, one, want)
		}
	}
}

// randomSplit makes a dataset of some annotations and deals its elements out to
// shards. Each element goes to one shard, a few to two.
func randomSplit(r *rand.Rand, n, annotations int) []string {
	lists := make([]map[string][]string, n)
	for i := range lists {
		lists[i] = map[string][]string{}
	}
	deal := func(list, element string) {
		i := r.IntN(n)
		lists[i][list] = append(lists[i][list], element)
		if j := r.IntN(n); r.IntN(50) == 0 && i != j {
			lists[j][list] = append(lists[j][list], element)
		}
	}
	for i := range 300 {
		deal("images", fmt.Sprintf(`{"id": %d, "file_name": "%06d.jpg", "width": 640, "height": %d, "neg_category_ids": [%d], "not_exhaustive_category_ids": [%d]}`,
			i, i%290, 400+r.IntN(80), r.IntN(9), r.IntN(9)))
	}
	for i := range 9 {
		deal("categories", fmt.Sprintf(`{"id": %d, "name": "class %d", "supercategory": "%c", "frequency": "%c", "image_count": %d, "instance_count": %d}`,
			i, i, "ab"[i%2], "rcf"[i%3], r.IntN(200), r.IntN(600)))
	}
	for i := range annotations {
		mask := ""
		if i%40 == 0 {
			mask = `"iscrowd": 1, "segmentation": {"counts": [3, 5, 9], "size": [480, 640]}, `
		}
		w, h := r.ExpFloat64()*80, r.ExpFloat64()*60
		object := fmt.Sprintf(`"image_id": %d, "category_id": %d, "bbox": [%.2f, %.2f, %.2f, %.2f], "area": %.2f}`,
			r.IntN(304), r.IntN(10)*r.IntN(2), r.Float64()*640, r.Float64()*400, w, h, w*h*r.Float64())
		element := fmt.Sprintf(`{%s"id": %d, %s`, mask, i, object)
		if r.IntN(60) == 0 { // the same box again
			element += fmt.Sprintf(`, {"id": %d, %s`, annotations+i, object)
		}
		deal("annotations", element)
	}
	texts := make([]string, n)
	for i, l := range lists {
		texts[i] = fmt.Sprintf(`{"annotations": [%s], "images": [%s], "categories": [%s]}`,
			strings.Join(l["annotations"], ", "), strings.Join(l["images"], ", "), strings.Join(l["categories"], ", "))
	}
	return texts
}

// sized is a text that says how long it is, as those of files do: of the
// smallest ones, the chunks in which they are read are small.
type sized struct {
	*strings.Reader
	size int64
}

func (s sized) Size() int64 { return s.size }

// The bytes of a merge file do not depend on how the work was divided.
func TestMergeFileIsCanonical(t *testing.T) {
	text := randomSplit(rand.New(rand.NewPCG(1, 1)), 1, 30000)[0]
	var first []byte
	for _, size := range []int64{1, 10_000, 80_000, 0} {
		opt := annotations.Options{ForTables: true}
		tally, err := annotations.NewTally("a.json", opt, func(v annotations.Visitor) error {
			return coco.Scan(t.Context(), sized{strings.NewReader(text), size}, "a.json", v)
		})
		if err != nil {
			t.Fatal(err)
		}
		c, err := annotations.Merge([]*annotations.Tally{tally}, opt)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := c.Origin.Write(&b, nil, nil); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		}
		if !bytes.Equal(first, b.Bytes()) {
			t.Errorf("chunks of %d bytes make another merge file", size)
		}
	}
}
