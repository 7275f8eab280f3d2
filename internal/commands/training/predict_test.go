package training

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cocostat/internal/cli"
)

// trained returns a small set and the folder of a run that was trained on it
// for a moment, made once for all tests.
var trained = sync.OnceValues(func() (set, run string) {
	dir, err := os.MkdirTemp("", "predict-test-")
	if err != nil {
		panic(err)
	}
	trainedIn = dir
	set, run = filepath.Join(dir, "set"), filepath.Join(dir, "run")
	if err := drawSet(set); err != nil {
		panic(err)
	}
	var errs bytes.Buffer
	if code := cli.Run(context.Background(), NewTrain, cli.Streams{In: strings.NewReader(""), Out: &errs, Err: &errs},
		append([]string{set, "-o", run}, tiny...)); code != cli.ExitOK {
		panic(errs.String())
	}
	return set, run
})

var trainedIn string // the folder of both; empty if no test needed them

func TestMain(m *testing.M) {
	beTheCommand()
	code := m.Run()
	if trainedIn != "" {
		os.RemoveAll(trainedIn)
	}
	os.Exit(code)
}

// predicted runs train predict with the checkpoint and text on standard input.
func predicted(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	_, run := trained()
	var o, e bytes.Buffer
	args = append([]string{"predict", "--checkpoint", filepath.Join(run, "last.safetensors"), "--threads", "1"}, args...)
	code = cli.Run(context.Background(), NewTrain, cli.Streams{In: strings.NewReader(in), Out: &o, Err: &e}, args)
	return code, o.String(), e.String()
}

func mustPredict(t *testing.T, in string, args ...string) (out, errs string) {
	t.Helper()
	code, out, errs := predicted(t, in, args...)
	if code != cli.ExitOK {
		t.Fatalf("predict %v: exit %d: %s", args, code, errs)
	}
	return out, errs
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// copyTo copies a validation image, the index-th, to a path.
func copyTo(t *testing.T, index int, to string) {
	t.Helper()
	set, _ := trained()
	images, err := filepath.Glob(filepath.Join(set, "val", "*.jpg"))
	if err != nil || len(images) <= index {
		t.Fatal("no images", err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte(read(t, images[index])), 0o644); err != nil {
		t.Fatal(err)
	}
}

// On the validation set, with its ids and without a threshold, the output is
// that of the run's own evaluation, byte for byte: with the images found by the
// annotations, and with the images named.
func TestPredictEqualsEvaluation(t *testing.T) {
	set, run := trained()
	want := read(t, filepath.Join(run, "detections.json"))
	val := filepath.Join(set, "annotations", "instances_val.json")
	for _, images := range [][]string{nil, {filepath.Join(set, "val")}} {
		out := filepath.Join(t.TempDir(), "d.json")
		mustPredict(t, "", append(images, "--annotations", val, "--threshold", "0", "--batch", "6", "-o", out)...)
		if got := read(t, out); got != want {
			t.Errorf("images %v: the detections differ from the evaluation's: %d and %d bytes", images, len(got), len(want))
		}
		if _, err := os.Stat(listPath(out)); err == nil {
			t.Error("a list of images was written although the annotations are one")
		}
	}
}

// Without annotations the ids count the images, and the list beside the
// results says which they are; the list works as annotations.
func TestPredictList(t *testing.T) {
	set, _ := trained()
	out := filepath.Join(t.TempDir(), "d.json")
	mustPredict(t, "", filepath.Join(set, "val"), "--threshold", "0", "-o", out)
	var list imageList
	if err := json.Unmarshal([]byte(read(t, listPath(out))), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Images) != 4 || len(list.Categories) != 2 || list.Categories[0].Name != "disc" {
		t.Fatalf("list %+v", list)
	}
	for i, img := range list.Images {
		if img.ID != int64(i+1) || img.Width != 64 || img.Height != 64 || filepath.Dir(img.FileName) != filepath.Join(set, "val") {
			t.Errorf("image %d of the list: %+v", i, img)
		}
	}
	again := filepath.Join(t.TempDir(), "d.json")
	mustPredict(t, "", filepath.Join(set, "val"), "--threshold", "0", "--annotations", listPath(out), "-o", again)
	if read(t, out) != read(t, again) {
		t.Error("with the list as annotations the results differ")
	}
}

// listPath is where the list of the images of an output lies.
func listPath(out string) string { return strings.TrimSuffix(out, ".json") + ".images.json" }

// imageList is a COCO file without annotations.
type imageList struct {
	Images []struct {
		ID            int64
		FileName      string `json:"file_name"`
		Width, Height int
	}
	Categories  []jsonClass
	Annotations []any
}

type jsonClass struct {
	ID   int64
	Name string
}

type jsonDetection struct {
	CategoryID int64 `json:"category_id"`
	Class      string
	Score      float32
	BBox       [4]float32
}

type jsonImage struct {
	ID            int64 `json:"image_id"`
	File          string
	Width, Height int
	Detections    []jsonDetection
}

type jsonFile struct {
	Classes []jsonClass
	Images  []jsonImage
}

func parse(t *testing.T, text string) (f jsonFile) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return f
}

// The formats agree with each other; --top and --threshold bound them.
func TestPredictFormats(t *testing.T) {
	set, _ := trained()
	images := filepath.Join(set, "val")
	text, _ := mustPredict(t, "", images, "--format", "json", "-o", "-", "--threshold", "0.01", "--top", "3")
	f := parse(t, text)
	if len(f.Images) != 4 || len(f.Classes) != 2 {
		t.Fatalf("%d images, %d classes", len(f.Images), len(f.Classes))
	}
	n := 0
	for _, img := range f.Images {
		n += len(img.Detections)
		if len(img.Detections) > 3 || !slices.IsSortedFunc(img.Detections, func(a, b jsonDetection) int { return int(1e6 * (b.Score - a.Score)) }) {
			t.Errorf("%s: detections %+v", img.File, img.Detections)
		}
	}
	if n == 0 {
		t.Fatal("nothing was detected: nothing is tested")
	}
	path := filepath.Join(t.TempDir(), "d.csv")
	mustPredict(t, "", images, "-o", path, "--threshold", "0.01", "--top", "3")
	rows, err := csv.NewReader(strings.NewReader(read(t, path))).ReadAll()
	if err != nil || len(rows) != n+1 {
		t.Fatalf("%d lines for %d detections: %v", len(rows), n, err)
	}
	d := f.Images[0].Detections[0]
	if got, want := strings.Join(rows[1], " "), fmt.Sprintf("1 %s 64 64 %d %s %v %v %v %v %v", f.Images[0].File, d.CategoryID, d.Class, d.Score, d.BBox[0], d.BBox[1], d.BBox[2], d.BBox[3]); got != want {
		t.Errorf("line %q, want %q", got, want)
	}
	table, _ := mustPredict(t, "", images, "--threshold", "0.01", "--top", "3")
	for _, want := range []string{"64×64, 3 detections", "class", "score", d.Class} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
}

func TestPredictNothing(t *testing.T) {
	set, _ := trained()
	images := filepath.Join(set, "val")
	for format, want := range map[string]string{"coco": "[]\n", "csv": "image_id,file,image_width,image_height,category_id,class,score,x,y,width,height\n"} {
		if out, _ := mustPredict(t, "", images, "--threshold", "0.999", "--format", format, "-o", "-"); out != want {
			t.Errorf("%s without detections: %q", format, out)
		}
	}
	out, _ := mustPredict(t, "", images, "--threshold", "0.999", "--format", "json", "-o", "-")
	if f := parse(t, out); len(f.Images) != 4 || f.Images[2].Detections == nil {
		t.Errorf("json without detections: %s", out)
	}
}

func TestPredictClip(t *testing.T) {
	set, _ := trained()
	out, _ := mustPredict(t, "", filepath.Join(set, "val"), "--threshold", "0", "--clip", "--format", "json", "-o", "-")
	for _, img := range parse(t, out).Images {
		for _, d := range img.Detections {
			if b := d.BBox; b[0] < 0 || b[1] < 0 || b[2] <= 0 || b[3] <= 0 || b[0]+b[2] > 64.001 || b[1]+b[3] > 64.001 {
				t.Errorf("box %v reaches beyond 64×64", b)
			}
		}
	}
}

// Lists on standard input, by line and by NUL, name what arguments name; a
// file that is named twice is done once.
func TestPredictSources(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, "sub", "a\nb.jpg")
	for i, path := range []string{filepath.Join(dir, "one.jpg"), odd, filepath.Join(dir, ".hidden", "x.jpg")} {
		copyTo(t, i, path)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.heic"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(dir, "one.jpg")
	for name, c := range map[string]struct {
		in   string
		args []string
		want []string
		note string
	}{
		"folder": {"", []string{dir}, []string{one, odd}, "1 files left out: .heic"},
		"lines":  {one + "\r\n\n" + dir + "/sub\n", []string{"-"}, []string{one, odd}, ""},
		"nul":    {odd + "\x00" + one, []string{"-", "-0"}, []string{odd, one}, ""},
		"twice":  {"", []string{one, dir + "/sub/../one.jpg"}, []string{one}, "1 files named more than once"},
		"again":  {"", []string{dir, dir}, []string{one, odd}, "2 files named more than once are done once\n1 files left out: .heic"},
		"both":   {one, []string{odd, "-"}, []string{odd, one}, ""},
	} {
		out, errs := mustPredict(t, c.in, append(c.args, "--format", "json", "-o", "-")...)
		var got []string
		for _, img := range parse(t, out).Images {
			got = append(got, img.File)
		}
		if !slices.Equal(got, c.want) || !strings.Contains(errs, c.note) {
			t.Errorf("%s: images %q, want %q; notes %q", name, got, c.want, errs)
		}
	}
}

func TestPredictBadImages(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, 0, filepath.Join(dir, "a.jpg"))
	copyTo(t, 1, filepath.Join(dir, "c.jpg"))
	bad := filepath.Join(dir, "b.jpg")
	if err := os.WriteFile(bad, []byte("GIF89a is no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(dir, "gone.jpg")
	out := filepath.Join(t.TempDir(), "d.json")
	if code, _, errs := predicted(t, "", dir, "-o", out); code != cli.ExitFailure || !strings.Contains(errs, bad) {
		t.Errorf("exit %d, %q; want %d and the name of the file", code, errs, cli.ExitFailure)
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
		t.Errorf("a failure left %v", left)
	}
	text, errs := mustPredict(t, "", dir, gone, "--on-bad-image", "skip", "--quiet", "--format", "json", "-o", "-", "--draw", filepath.Join(dir, "drawn"))
	f := parse(t, text)
	if len(f.Images) != 2 || f.Images[0].ID != 1 || f.Images[1].ID != 3 || f.Images[1].File != filepath.Join(dir, "c.jpg") {
		t.Errorf("images %+v", f.Images)
	}
	if strings.Count(errs, "skipped: ") != 2 || !strings.Contains(errs, bad) || !strings.Contains(errs, gone) {
		t.Errorf("notes %q", errs)
	}
	if code, _, errs := predicted(t, "", bad, gone, "--on-bad-image", "skip"); code != cli.ExitFailure || !strings.Contains(errs, "none of the 2 images") {
		t.Errorf("only bad images: exit %d, %q", code, errs)
	}
}

// Drawn pictures keep their folders, do not overwrite each other, and differ
// from the images where something was found.
func TestPredictDraw(t *testing.T) {
	dir, drawn := t.TempDir(), filepath.Join(t.TempDir(), "new", "drawn")
	for i, name := range []string{"in/a.jpg", "in/deep/a.jpg", "other/a.jpg", "other/A.jpg"} {
		copyTo(t, i, filepath.Join(dir, name))
	}
	mustPredict(t, "", filepath.Join(dir, "in"), filepath.Join(dir, "other", "a.jpg"), filepath.Join(dir, "other", "A.jpg"), "--threshold", "0.01", "--draw", drawn)
	for _, name := range []string{"a.jpg", "deep/a.jpg", "a-2.jpg", "A-3.jpg"} {
		f, err := os.Open(filepath.Join(drawn, name))
		if err != nil {
			t.Error(err)
			continue
		}
		config, _, err := image.DecodeConfig(f)
		f.Close()
		if err != nil || config.Width != 512 || config.Height != 512 { // eight times 64
			t.Errorf("%s: %d×%d, %v", name, config.Width, config.Height, err)
		}
	}
	code, _, errs := predicted(t, "", filepath.Join(dir, "in"), "--draw", filepath.Join(dir, "in"))
	if code != cli.ExitFailure || !strings.Contains(errs, "write over the image") {
		t.Errorf("drawing over the images: exit %d, %q", code, errs)
	}
}

func TestPredictUsage(t *testing.T) {
	set, run := trained()
	image := filepath.Join(set, "val")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no images":         {nil, cli.ExitUsage, "no images"},
		"empty list":        {[]string{"-"}, cli.ExitUsage, "the list is empty"},
		"threshold":         {[]string{image, "--threshold", "1"}, cli.ExitUsage, "outside [0, 1)"},
		"top":               {[]string{image, "--top", "0"}, cli.ExitUsage, "at least 1"},
		"format":            {[]string{image, "--format", "xml"}, cli.ExitUsage, "coco, json, csv, table"},
		"policy":            {[]string{image, "--on-bad-image", "eat"}, cli.ExitUsage, "eat"},
		"null without list": {[]string{image, "-0"}, cli.ExitUsage, "name - as well"},
		"images folder":     {[]string{image, "--images", image}, cli.ExitUsage, "leave it out"},
		"not annotated":     {[]string{filepath.Join(run, "none.jpg"), "--annotations", filepath.Join(set, "annotations", "instances_val.json")}, cli.ExitUsage, "not among the images"},
		"empty folder":      {[]string{t.TempDir()}, cli.ExitFailure, "holds no image"},
		"no such file":      {[]string{filepath.Join(image, "none.jpg")}, cli.ExitFailure, "none.jpg"},
		"checkpoint":        {[]string{image, "--checkpoint", filepath.Join(run, "config.json")}, cli.ExitFailure, "config.json"},
		"output":            {[]string{image, "-o", filepath.Join(run, "none", "d.json")}, cli.ExitFailure, "cannot write"},
		"draw":              {[]string{image, "--draw", filepath.Join(run, "config.json")}, cli.ExitFailure, "not a folder"},
	} {
		if code, _, errs := predicted(t, "", c.args...); code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q; want %d and %q", name, code, errs, c.code, c.want)
		}
	}
}

func TestPredictInterrupted(t *testing.T) {
	set, run := trained()
	out := filepath.Join(t.TempDir(), "d.json")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	code, _, errs := runWith(ctx, "predict", "--checkpoint", filepath.Join(run, "last.safetensors"), filepath.Join(set, "val"), "-o", out)
	if code != cli.ExitInterrupted || !strings.Contains(errs, "interrupted") {
		t.Errorf("exit %d, %q", code, errs)
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}
