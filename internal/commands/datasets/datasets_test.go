package datasets

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/visittest"
	"cocostat/dataset"
)

// setting changes to a folder with a small set: 40 images, of which the last 4 are
// empty, in data/images, and data/annotations/instances_all.json with fields of its
// own. Classes: a in 36 images, b in 12, c in 4.
func setting(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	var images, objects []string
	if err := os.MkdirAll("data/images", 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		name := fmt.Sprintf("shot%d_%d.jpg", i/4, i%4)
		images = append(images, fmt.Sprintf(`{"id": %d, "file_name": %q, "width": 64, "height": 48, "camera":  "c"}`, i+1, name))
		for k, every := range []int{1, 3, 9} {
			if i%every == 0 && i < 36 {
				objects = append(objects, fmt.Sprintf(`{"id": %d, "image_id": %d, "category_id": %d, "bbox": [%d.25, 2, 10, %d], "area": 9.5, "iscrowd": %d, "segmentation": [[1, 2, 3, 4, 5, 6]]}`,
					len(objects)+1, i+1, 10-k, i, 5+k, b2i(k == 1 && i == 0)))
			}
		}
		f, err := os.Create(filepath.Join("data/images", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := jpeg.Encode(f, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	text := `{"info": {"by": "hand"}, "images": [` + strings.Join(images, ",\n") + `], "annotations": [` + strings.Join(objects, ",\n") +
		`], "categories": [{"id": 10, "name": "a", "colour": "red"}, {"id": 9, "name": "b"}, {"id": 8, "name": "c"}, {"id": 7, "name": "none"}]}`
	if err := os.MkdirAll("data/annotations", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(source0, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const source0 = "data/annotations/instances_all.json"

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// run runs a command that must do.
func run(t *testing.T, args ...string) (out, notes string) {
	t.Helper()
	out, notes, code := cocostat(t.Context(), "", append([]string{"dataset"}, args...)...)
	if code != 0 {
		t.Fatalf("%q: exit code %d: %s", args, code, notes)
	}
	return out, notes
}

// tree are the files of a folder with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, text := range a {
		if other, is := b[name]; !is || other != text {
			return false
		}
	}
	return true
}

// objects reads a dataset by the readers of the house.
func objects(t *testing.T, path string) map[string][]visittest.Object {
	t.Helper()
	v, err := visittest.Record(func(v annotations.Visitor) error {
		return dataset.Scan(context.Background(), path, annotations.Options{}, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	return v.Objects()
}

// without leaves crowds out.
func without(objects map[string][]visittest.Object) map[string][]visittest.Object {
	out := map[string][]visittest.Object{}
	for name, list := range objects {
		out[name] = slices.DeleteFunc(slices.Clone(list), func(o visittest.Object) bool { return o.Crowd })
	}
	return out
}

// COCO → YOLO → COCO and COCO → VOC → COCO keep images, classes, boxes, and VOC the
// crowds; what is lost is said. A copy is the file itself.
func TestConvertRoundTrips(t *testing.T) {
	setting(t)
	want := objects(t, source0)
	_, notes := run(t, "convert", "train="+source0, "-o", "y", "--to", "yolo")
	for _, said := range []string{"YOLO's labels hold class and box alone", "1 crowd region left out"} {
		if !strings.Contains(notes, said) {
			t.Errorf("notes %q do not say %q", notes, said)
		}
	}
	run(t, "convert", "train="+source0, "-o", "v", "--to", "voc", "--images", "copy")
	for _, from := range []string{"y", "v"} {
		out, notes := run(t, "convert", from, "-o", from+".json", "--to", "coco")
		if !strings.Contains(out, "40") || !strings.Contains(notes, "what else the input holds") {
			t.Errorf("output %q, notes %q", out, notes)
		}
		truth := want
		if from == "y" {
			truth = without(want)
		}
		if differ := visittest.Same(objects(t, from+".json"), truth, 1e-3); differ != "" {
			t.Errorf("%s: %s", from, differ)
		}
	}
	run(t, "convert", source0, "-o", "copy.json")
	if a, b := tree(t, "data/annotations")["instances_all.json"], tree(t, ".")["copy.json"]; a != b {
		t.Errorf("the copy differs: %s", b)
	}
	if len(tree(t, "y/images/train")) != 40 || len(tree(t, "v/JPEGImages")) != 40 {
		t.Error("images are missing")
	}
}

// By hand: 40 images as 60 : 20 : 20 are 24, 8, 8; class a is in 36, so 22 : 7 : 7 (21.6,
// 7.2, 7.2), b in 12, so 7 : 3 : 2 or the like, c in 4, so 2 : 1 : 1.
func TestSplit(t *testing.T) {
	setting(t)
	args := []string{"split", source0, "--shares", "train=60,val=20,test=20", "--format", "json"}
	out, _ := run(t, append(args, "-o", "one")...)
	var r splitReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	for j, n := range []int64{24, 8, 8} {
		if r.Parts[j].Images != n {
			t.Errorf("%s has %d images, want %d", r.Parts[j].Name, r.Parts[j].Images, n)
		}
	}
	for _, c := range r.Classes {
		total := c.images()
		for j, share := range []float64{0.6, 0.2, 0.2} {
			if d := float64(c.Images[j]) - share*float64(total); d > 0.81 || d < -0.81 {
				t.Errorf("class %s: %v of %d images", c.Name, c.Images, total)
			}
		}
	}
	run(t, append(args, "-o", "two")...)
	if !same(tree(t, "one"), tree(t, "two")) {
		t.Error("the same seed gave other bytes")
	}
	run(t, append(args, "-o", "three", "--seed", "1")...)
	if same(tree(t, "one"), tree(t, "three")) {
		t.Error("another seed gave the same split")
	}
	for name, text := range tree(t, "one/annotations") {
		if !strings.HasPrefix(text, `{"info": {"by": "hand"}, "images": [`) || !strings.Contains(text, `"camera":  "c"`) || !strings.Contains(text, `"colour": "red"`) {
			t.Errorf("%s has lost fields", name)
		}
	}
}

// Images of a group are in one part, whatever the format; folds are disjoint and
// their training sets the rest.
func TestSplitGroupsAndFolds(t *testing.T) {
	setting(t)
	shot := func(name string) string { return strings.SplitN(filepath.Base(name), "_", 2)[0] }
	for _, to := range []string{"coco", "yolo", "voc"} {
		run(t, "split", source0, "-o", "g-"+to, "--to", to, "--group", `^(shot\d+)_`, "--shares", "train=50,val=30,test=20")
		of := map[string]string{}
		for _, part := range []string{"train", "val", "test"} {
			path := map[string]string{"coco": "g-coco/annotations/instances_" + part + ".json", "yolo": "g-yolo:" + part, "voc": "g-voc:" + part}[to]
			for name := range objects(t, path) {
				if other := of[shot(name)]; other != "" && other != part {
					t.Errorf("%s: %s is in %s and in %s", to, shot(name), other, part)
				}
				of[shot(name)] = part
			}
		}
		if len(of) != 10 {
			t.Errorf("%s: %d of 10 groups", to, len(of))
		}
		run(t, "split", source0, "-o", "f-"+to, "--to", to, "--folds", "4")
	}
	seen := map[string]int{}
	for k := 1; k <= 4; k++ {
		train, val := objects(t, fmt.Sprintf("f-coco/annotations/instances_train%d.json", k)), objects(t, fmt.Sprintf("f-coco/annotations/instances_val%d.json", k))
		if len(train) != 30 || len(val) != 10 {
			t.Errorf("fold %d has %d and %d images", k, len(train), len(val))
		}
		for name := range val {
			if _, both := train[name]; both {
				t.Errorf("fold %d trains on %s", k, name)
			}
			seen[name]++
		}
		for _, format := range []string{fmt.Sprintf("f-yolo/data_fold%d.yaml:val", k), fmt.Sprintf("f-voc:val%d", k)} {
			if differ := visittest.Same(without(objects(t, format)), without(val), 1e-3); differ != "" {
				t.Errorf("%s: %s", format, differ)
			}
		}
	}
	if len(seen) != 40 {
		t.Errorf("%d of 40 images are validated on", len(seen))
	}
}

// Roboflow's versions of a picture stay together without being asked.
func TestSplitRoboflow(t *testing.T) {
	t.Chdir(t.TempDir())
	var images []string
	for i := range 30 {
		images = append(images, fmt.Sprintf(`{"id": %d, "file_name": "p%d_jpg.rf.%032x.jpg"}`, i, i/3, i))
	}
	text := `{"images": [` + strings.Join(images, ",") + `], "annotations": [], "categories": [{"id": 1, "name": "a"}]}`
	if err := os.WriteFile("a.json", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, notes := run(t, "split", "a.json", "-o", "out")
	if !strings.Contains(notes, "30 images in 10 groups stay together, by the picture that Roboflow made images of") {
		t.Errorf("notes %q", notes)
	}
	for name, text := range tree(t, "out/annotations") {
		for p := range 10 {
			if n := strings.Count(text, fmt.Sprintf(`"p%d_jpg`, p)); n != 0 && n != 3 {
				t.Errorf("%s has %d of 3 images of p%d", name, n, p)
			}
		}
	}
}

// By hand, of 36 a, 12 b of which one is a crowd, 4 c; all areas are 9.5.
func TestFilterCommand(t *testing.T) {
	setting(t)
	for i, c := range []struct{ args, says string }{
		{"--classes c --only with", "4 of 52 annotations in 4 of 40 images"},
		{"--drop a,b --only with", "4 of 52 annotations in 4 of 40 images"},
		{"--having 8", "12 of 52 annotations in 4 of 40 images"}, // every ninth is a third, too
		{"--crowd only --only with", "1 of 52 annotations in 1 of 40 images"},
		{"--crowd drop", "51 of 52 annotations in 40 of 40 images"},
		{"--only without", "0 of 52 annotations in 4 of 40 images"},
		{"--size small --min-area 9 --max-area 10", "52 of 52 annotations in 40 of 40 images"},
		{"--size medium,large", "0 of 52 annotations in 40 of 40 images"},
		{"--min-area 10", "0 of 52 annotations in 40 of 40 images"},
		{"--drop-unused", "52 of 52 annotations in 40 of 40 images"},
	} {
		file := fmt.Sprintf("f%d.json", i)
		out, notes := run(t, append([]string{"filter", source0, "-o", file}, strings.Fields(c.args)...)...)
		if !strings.Contains(out, c.says) {
			t.Errorf("%s: %q, %q; want %q", c.args, out, notes, c.says)
		}
	}
	if text := tree(t, ".")["f9.json"]; strings.Contains(text, `"none"`) || !strings.Contains(text, `"categories": [{"id": 10, "name": "a", "colour": "red"}, {"id": 9, "name": "b"}, {"id": 8, "name": "c"}]`) {
		t.Errorf("categories that are not used: %s", text)
	}
}

func TestSample(t *testing.T) {
	setting(t)
	out, _ := run(t, "sample", source0, "-n", "10", "-o", "s.json")
	if !strings.Contains(out, "in 10 of 40 images") {
		t.Error(out)
	}
	got := objects(t, "s.json")
	classes := map[string]int{}
	for _, list := range got {
		for _, o := range list {
			classes[o.Class]++
		}
	}
	if len(got) != 10 || classes["a"] != 9 || classes["b"] != 3 || classes["c"] != 1 { // a quarter
		t.Errorf("%d images, %v", len(got), classes)
	}
	run(t, "sample", source0, "-n", "40", "-o", "all.json")
	if len(objects(t, "all.json")) != 40 {
		t.Error("not all images")
	}
	run(t, "sample", source0, "-n", "7", "--uniform", "-o", "u", "--to", "yolo")
	if n := len(tree(t, "u/images/train")); n != 7 {
		t.Errorf("%d images", n)
	}
}

// Sets whose images are called alike are kept apart, with their images; a set of
// another format joins.
func TestMergeCommand(t *testing.T) {
	setting(t)
	run(t, "sample", source0, "-n", "5", "-o", "a", "--to", "coco", "--images", "copy")
	run(t, "convert", "train=a/annotations/instances_train.json", "-o", "b", "--to", "yolo", "--images", "copy")
	for _, to := range []string{"coco", "yolo", "voc"} {
		out, notes := run(t, "merge", "a/annotations/instances_train.json", "b", "-o", "m-"+to, "--to", to, "--images", "link")
		if !strings.Contains(out, "in 10 images") || !strings.Contains(notes, "5 images with another file name") {
			t.Errorf("%s: %q, %q", to, out, notes)
		}
	}
	if n := len(tree(t, "m-coco/images/train")); n != 10 {
		t.Errorf("%d images", n)
	}
	// Splits without ids of their own and without images have no image in common.
	run(t, "split", source0, "-o", "parts", "--to", "voc", "--images", "none", "--shares", "train=50,val=50")
	if out, notes := run(t, "merge", "parts:train", "parts:val", "-o", "voc.json", "--to", "coco"); !strings.Contains(out, "in 40 images") {
		t.Errorf("%q, %q", out, notes)
	}
	if out, notes := run(t, "merge", "parts:train", "b", "-o", "both.json"); !strings.Contains(out, "in 25 images") {
		t.Errorf("%q, %q", out, notes)
	}
	// The same file under another name has the same images.
	text := tree(t, "a/annotations")["instances_train.json"]
	if err := os.WriteFile("a/annotations/instances_more.json", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, notes := run(t, "merge", "a/annotations/instances_train.json", "a/annotations/instances_more.json", "-o", "same.json"); !strings.Contains(out, "in 5 images") || !strings.Contains(notes, "5 images in several of them") {
		t.Errorf("%q, %q", out, notes)
	}
}

// What is there is not overwritten, and a failure leaves everything as it was.
func TestFailuresLeaveNothing(t *testing.T) {
	setting(t)
	run(t, "sample", source0, "-n", "3", "-o", "there", "--to", "yolo")
	for name, text := range map[string]string{
		"there.json": "{}", "other/mine.txt": "x", "tables/merge.cocostat": "", "odd.json": `{"images": [`,
		"leaves.json":   `{"images": [{"id": 1, "file_name": "../a.jpg", "width": 1, "height": 1}], "annotations": [], "categories": [{"id": 1, "name": "a"}]}`,
		"twonames.json": `{"images": [], "annotations": [], "categories": [{"id": 10, "name": "b"}]}`,
		"few.json":      `{"images": [{"id": 1}], "annotations": [], "categories": [{"id": 1, "name": "a"}]}`,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, ".")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		code int
		what string
		args string
	}{
		{t.Context(), 2, `unknown command "splt" for "cocostat dataset"; did you mean split?`, "splt " + source0},
		{t.Context(), 2, "-o says what to write", "convert " + source0 + " --to yolo"},
		{t.Context(), 2, "--to says what to write", "convert " + source0 + " -o out"},
		{t.Context(), 2, "is an input, or in .", "filter " + source0 + " --classes a --to yolo -o ."},
		{t.Context(), 2, "there is not empty: --force", "convert " + source0 + " -o there --to yolo"},
		{t.Context(), 2, "there.json is there already: --force", "filter " + source0 + " --classes a -o there.json"},
		{t.Context(), 2, "other holds mine.txt", "convert " + source0 + " -o other --to voc --force"},
		{t.Context(), 2, "is an input", "filter " + source0 + " --classes a --force -o " + source0},
		{t.Context(), 2, "is an input, or in data", "convert " + source0 + " --force -o data --to yolo"},
		{t.Context(), 2, "data/images is an input", "convert " + source0 + " --force -o data/images --to yolo"},
		{t.Context(), 2, "several parts need a folder", "split " + source0 + " -o out.json"},
		{t.Context(), 2, "is a file, and --to yolo a folder", "filter " + source0 + " --classes a -o out.json --to yolo"},
		{t.Context(), 2, "--flat has a meaning for folders only", "filter " + source0 + " --classes a -o out.json --flat"},
		{t.Context(), 2, "a folder is needed for the images", "filter " + source0 + " --classes a -o out.json --images copy"},
		{t.Context(), 2, "this is to be a folder", "split " + source0 + " -o out.txt"},
		{t.Context(), 2, "a dataset is files", "filter " + source0 + " --classes a -o -"},
		{t.Context(), 2, "read twice", "filter - --classes a -o out.json"},
		{t.Context(), 2, "nothing to filter by", "filter " + source0 + " -o out.json"},
		{t.Context(), 2, "either --classes or --drop", "filter " + source0 + " -o out.json --classes a --drop b"},
		{t.Context(), 2, `--classes: ` + source0 + `: no category has the name or id "d"`, "filter " + source0 + " -o out.json --classes d"},
		{t.Context(), 2, `--size "tiny"`, "filter " + source0 + " -o out.json --size tiny"},
		{t.Context(), 2, "no area is at least", "filter " + source0 + " -o out.json --min-area 5 --max-area 5"},
		{t.Context(), 2, `--part: "../x" is no name`, "filter " + source0 + " -o out --classes a --part ../x"},
		{t.Context(), 2, `is no NAME=SIZE`, "split " + source0 + " -o out --shares train,val"},
		{t.Context(), 2, `"../x" is no name of a part`, "split " + source0 + " -o out --shares ../x=1,y=2"},
		{t.Context(), 2, "the part a is there twice", "split " + source0 + " -o out --shares a=1,a=2"},
		{t.Context(), 2, "two parts at least", "split " + source0 + " -o out --shares a=1"},
		{t.Context(), 2, "must be at least 2", "split " + source0 + " -o out --folds 1"},
		{t.Context(), 2, "either --shares or --folds", "split " + source0 + " -o out --folds 3 --shares a=1,b=1"},
		{t.Context(), 2, "--group (: neither", "split " + source0 + " -o out --group ("},
		{t.Context(), 2, "at least 1", "sample " + source0 + " -o out.json"},
		{t.Context(), 2, "no such folder", "sample " + source0 + " -n 1 -o out.json --image-dir nowhere"},
		{t.Context(), 2, "would both be the part train", "convert " + source0 + " few.json -o out --to yolo"},
		{t.Context(), 2, "the same file", "merge " + source0 + " ./" + source0 + " -o out.json"},
		{t.Context(), 2, "holds tables", "filter tables --classes a -o out.json"},
		{t.Context(), 1, "40 images, and 41 are asked for", "sample " + source0 + " -n 41 -o out.json"},
		{t.Context(), 1, "1 image for 2 parts", "split few.json -o out"},
		{t.Context(), 1, `category 10 is "a" in one set and "b" in another`, "merge " + source0 + " twonames.json --by id -o out.json"},
		{t.Context(), 1, `"../a.jpg" is named by a path that leads out`, "convert leaves.json -o out --to yolo"},
		{t.Context(), 1, `"../a.jpg" is named by a path that leads out`, "convert leaves.json -o out --to coco --images link"},
		{t.Context(), 1, "odd.json", "convert odd.json -o out --to yolo"},
		{t.Context(), 1, "missing.json", "convert missing.json -o out --to yolo"},
		{cancelled, 130, "interrupted", "split " + source0 + " -o out --to yolo"},
		{cancelled, 130, "interrupted", "merge " + source0 + " few.json -o out.json"},
	} {
		cocostat.Fails(c.ctx, t, c.code, c.what, "", append([]string{"dataset"}, strings.Fields(c.args)...)...)
		if after := tree(t, "."); !same(after, before) {
			t.Fatalf("%q changed the files", c.args)
		}
	}
	// The folder that the command runs in stays the same one.
	elsewhere, err := filepath.Abs(source0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir("empty")
	cocostat.Fails(t.Context(), t, 2, "the folder that you are in", "", "dataset", "convert", elsewhere, "--to", "yolo", "-o", ".")
	t.Chdir("..")
	if _, notes := run(t, "convert", "train="+source0, "-o", "there", "--to", "voc", "--force"); strings.Contains(notes, "not found") {
		t.Error(notes)
	}
	if got := tree(t, "there"); got["data.yaml"] != "" || got["labelmap.txt"] == "" {
		t.Error("the old folder is not replaced as a whole")
	}
}
