package eval

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/source/sourcetest"
)

const (
	evalTruthJSON = "../testdata/eval/truth.json"
	evalA         = "../testdata/eval/a.json"
	evalB         = "../testdata/eval/b.json"
	evalWeights   = "../testdata/eval/weights.csv"
)

// evalJSON runs eval --format json and reads what it prints.
func evalJSON(t *testing.T, into any, args ...string) {
	t.Helper()
	out, errs, code := cocostat(t.Context(), "", append([]string{"eval", "--format", "json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatal(err)
	}
}

// evalNumbers are the parts of the report that tests look at.
type evalNumbers struct {
	Summary map[string]float64
	Classes []evalRow
	Curves  evalCurves
}

// The numbers that COCO's evaluation demo publishes, to three decimals, from
// the command's own reading of the files.
func TestEvalPublished(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "eval")
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs ../shared/data/eval, which is not there")
	}
	var want map[string]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	var got evalNumbers
	evalJSON(t, &got, filepath.Join(dir, want["gt"].(string)), filepath.Join(dir, want["dt"].(string)))
	if len(got.Summary) != 12 {
		t.Errorf("%d numbers: %v", len(got.Summary), got.Summary)
	}
	for name, value := range got.Summary {
		if published, ok := want[name].(float64); !ok || !(math.Abs(value-published) <= 0.0005) {
			t.Errorf("%s = %.4f, published %v", name, value, want[name])
		}
	}
}

// By hand: two objects of class 1 and three detections on them, of which the
// best, at 0.9, and the third, at 0.4, are right at IoU 0.5, and one of class
// 2 that is nowhere. Precision is 1 up to recall 1/2, then 2/3: 51 of the 101
// recall thresholds have 1, 50 have 2/3.
func TestEvalByHand(t *testing.T) {
	t.Chdir(t.TempDir())
	files := map[string]string{
		"gt.json": `{"images":[{"id":1},{"id":2}],"categories":[{"id":1,"name":"a"},{"id":2,"name":"b"}],"annotations":[
{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,10,10],"area":100},{"id":2,"image_id":2,"category_id":1,"bbox":[0,0,10,10],"area":100},
{"id":3,"image_id":2,"category_id":2,"bbox":[50,50,10,10],"area":100}]}`,
		"dt.json": `[{"image_id":2,"category_id":1,"bbox":[0,0,10,10],"score":0.4},{"image_id":1,"category_id":1,"bbox":[0,0,10,10],"score":0.9},
{"image_id":1,"category_id":1,"bbox":[90,0,10,10],"score":0.6},{"image_id":2,"category_id":2,"bbox":[0,80,10,10],"score":0.5}]`,
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got evalNumbers
	evalJSON(t, &got, "gt.json", "dt.json", "--iou", "0.5", "--sort", "id")
	if want := (51 + 50*2.0/3) / 101 / 2; math.Abs(got.Summary["AP50"]-want) > 1e-12 || math.Abs(got.Summary["AP"]-want) > 1e-12 {
		t.Errorf("summary %v, want AP50 %v", got.Summary, want)
	}
	a, b := got.Classes[0], got.Classes[1]
	if a.Instances != 2 || a.Images != 2 || a.Detections != 3 || a.Threshold != 0.4 || math.Abs(float64(a.F1)-0.8) > 1e-12 || a.AR != 1 {
		t.Errorf("class a: %+v", a)
	}
	if b.AP != 0 || b.F1 != 0 || b.Recall != 0 {
		t.Errorf("class b: %+v", b)
	}
	// At 0.5: class a has one right of two detections and one of two objects.
	for i, s := range got.Curves.Scores {
		if s == 0.5 && (got.Curves.All.ByScore.Recall[i] != 0.25 || got.Curves.All.ByScore.Precision[i] != 0.25) {
			t.Errorf("at 0.5: %+v", got.Curves.All.ByScore)
		}
	}
	if n := len(got.Curves.Scores); n != curvePoints || len(got.Curves.All.Precision50) != 101 {
		t.Errorf("%d scores", n)
	}
}

// Standard input, gzip and a member of an archive are the file that they hold.
func TestEvalInputs(t *testing.T) {
	text, err := os.ReadFile(evalA)
	if err != nil {
		t.Fatal(err)
	}
	want, _, code := cocostat(t.Context(), "", "eval", "--format", "csv", evalTruthJSON, evalA)
	if code != 0 {
		t.Fatal("exit code", code)
	}
	dir := t.TempDir()
	packed, packedZip := filepath.Join(dir, "a.json.gz"), filepath.Join(dir, "a.zip")
	for path, data := range map[string]string{packed: sourcetest.Gzip(t, string(text)), packedZip: sourcetest.Zip(t, "a.json", string(text))} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ path, stdin string }{{"-", string(text)}, {packed, ""}, {packedZip, ""}, {packedZip + ":a.json", ""}} {
		got, errs, code := cocostat(t.Context(), c.stdin, "eval", "--format", "csv", evalTruthJSON, c.path)
		if code != 0 || got != want {
			t.Errorf("%s: exit code %d, %s\n%s", c.path, code, errs, got)
		}
	}
}

// A detector has no difference from itself, and B − A is the other way round
// of A − B.
func TestEvalTwo(t *testing.T) {
	var ab, ba struct {
		All     comparedAPs
		Classes []evalDifference
	}
	evalJSON(t, &ab, evalTruthJSON, evalA, evalB, "--sort", "id")
	evalJSON(t, &ba, evalTruthJSON, evalB, evalA, "--sort", "id")
	x, y := ab.All.AP, ba.All.AP
	if x.Difference != x.B-x.A || x.Difference != -y.Difference || math.Abs(float64(x.Low+y.High)) > 1e-12 || !(x.Low <= x.Difference && x.Difference <= x.High) {
		t.Errorf("%+v and %+v", x, y)
	}
	var one evalNumbers
	evalJSON(t, &one, evalTruthJSON, evalA, "--sort", "id")
	if math.Abs(float64(x.A)-one.Summary["AP"]) > 1e-12 {
		t.Errorf("AP of A is %v and %v", x.A, one.Summary["AP"])
	}
	for i := range ab.Classes {
		if a, b := float64(ab.Classes[i].AP.A), float64(one.Classes[i].AP); math.Abs(a-b) > 1e-12 {
			t.Errorf("class %d: AP %v and %v", ab.Classes[i].ID, a, b)
		}
	}
	copied := filepath.Join(t.TempDir(), "copy.json")
	text, err := os.ReadFile(evalA)
	if err == nil {
		err = os.WriteFile(copied, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	evalJSON(t, &ab, evalTruthJSON, evalA, copied)
	if x := ab.All.AP; x.Difference != 0 || x.Low != 0 || x.High != 0 || x.Clear {
		t.Errorf("a detector and itself: %+v", x)
	}
}

// The seed decides the intervals, and nothing else does.
func TestEvalSeed(t *testing.T) {
	output := func(seed string) string {
		out, _, code := cocostat(t.Context(), "", "eval", evalTruthJSON, evalA, evalB, "--format", "json", "--seed", seed)
		if code != 0 {
			t.Fatal("exit code", code)
		}
		return out
	}
	if first, second := output("7"), output("7"); first != second {
		t.Error("two runs with one seed differ")
	}
	if output("7") == output("8") {
		t.Error("two seeds give the same intervals")
	}
}

// The picture of two detectors has a row for each group and class with objects.
func TestEvalTwoPlot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.svg")
	if _, errs, code := cocostat(t.Context(), "", "eval", evalTruthJSON, evalA, evalB, "--weights", evalWeights, "--plot", path); code != 0 || errs != "wrote "+path+"\n" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]bool{">all classes<": true, ">group: tail<": true, ">tram<": true, ">unicycle<": false, "A: a.json, B: b.json": true} {
		if strings.Contains(string(text), words) != want {
			t.Errorf("%q in the picture: %v, want %v", words, !want, want)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	nan := write("nan.json", `[{"image_id":1,"category_id":1,"bbox":[0,0,1,1],"score":NaN}]`)
	stranger := write("stranger.json", `[{"image_id":1000,"category_id":1,"bbox":[0,0,1,1],"score":1}]`)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, cli.ExitUsage, "at least 2 arg"},
		{[]string{evalTruthJSON}, cli.ExitUsage, "at least 2 arg"},
		{[]string{evalA, evalTruthJSON}, cli.ExitUsage, "ground truth, which comes first: cocostat eval " + evalTruthJSON + " " + evalA},
		{[]string{evalTruthJSON, evalTruthJSON}, cli.ExitUsage, "given twice"},
		{[]string{evalTruthJSON, commandtest.TrainJSON}, cli.ExitFailure, "give the ground truth first"},
		{[]string{evalA, evalB}, cli.ExitFailure, "not ground truth"},
		{[]string{"-", evalA}, cli.ExitUsage, "only detections can be standard input"},
		{[]string{evalTruthJSON, evalA, evalB, "../testdata/eval/b2.json"}, cli.ExitUsage, `"vs"`},
		{[]string{evalTruthJSON, evalA, "vs"}, cli.ExitUsage, `"vs"`},
		{[]string{evalTruthJSON, evalA, "--classes", "trams"}, cli.ExitUsage, `did you mean "tram"`},
		{[]string{evalTruthJSON, evalA, "--groupings", "groups"}, cli.ExitUsage, `did you mean "group"?`},
		{[]string{evalTruthJSON, evalA, "-o", "x.html"}, cli.ExitUsage, "nothing is written as .html: end the name in .npz"},
		{[]string{evalTruthJSON, evalA, evalB, "-o", "x.html"}, cli.ExitUsage, "only the report can be written"},
		{[]string{evalTruthJSON, "../testdata/none.json"}, cli.ExitFailure, "../testdata/none.json"},
		{[]string{evalTruthJSON, "../testdata"}, cli.ExitUsage, "folder"},
		{[]string{evalTruthJSON, nan}, cli.ExitFailure, "nan.json"},
		{[]string{evalTruthJSON, stranger}, cli.ExitFailure, "none of its 1 detection fits"},
		{[]string{evalTruthJSON, evalA, "--iou", "0.9:0.5:0.1"}, cli.ExitUsage, "first:last:step"},
		{[]string{evalTruthJSON, evalA, "--iou", "0.5,0.5"}, cli.ExitUsage, "ascend"},
		{[]string{evalTruthJSON, evalA, "--max-dets", "0"}, cli.ExitUsage, "positive"},
		{[]string{evalTruthJSON, evalA, "--areas", "tiny"}, cli.ExitUsage, "tiny=min:max"},
		{[]string{evalTruthJSON, evalA, "--classes", "zebra"}, cli.ExitUsage, `no category has the name or id "zebra"`},
		{[]string{evalTruthJSON, evalA, "--groupings", "size"}, cli.ExitUsage, `"size" is none of group`},
		{[]string{evalTruthJSON, evalA, "--weights", evalTruthJSON}, cli.ExitFailure, evalTruthJSON},
		{[]string{evalTruthJSON, evalA, "--compat", "detectron"}, cli.ExitUsage, "pycocotools"},
		{[]string{evalTruthJSON, evalA, "--lvis"}, cli.ExitFailure, "neg_category_ids"},
		{[]string{evalTruthJSON, evalA, "--rounds", "1000"}, cli.ExitUsage, "two detectors"},
		{[]string{evalTruthJSON, evalA, evalB, "--rounds", "3"}, cli.ExitUsage, "at least 100"},
		{[]string{evalTruthJSON, evalA, evalB, "-o", "x.npz"}, cli.ExitUsage, "arrays are those of one"},
		{[]string{evalTruthJSON, evalA, evalB, "--sort", "ap"}, cli.ExitUsage, "ap_a, ap_b"},
		{[]string{evalTruthJSON, evalA, "--sort", "ap_a"}, cli.ExitUsage, "ap50"},
		{[]string{evalTruthJSON, evalA, "--format", "yaml"}, cli.ExitUsage, "markdown"},
		{[]string{evalTruthJSON, evalA, "--plot", "x.jpg"}, cli.ExitUsage, ".png or .svg"},
		{[]string{evalTruthJSON, evalA, "-o", "x.npy"}, cli.ExitUsage, "name a folder, or x.npz"},
		{[]string{evalTruthJSON, evalA, "-o", evalA}, cli.ExitUsage, "overwritten"},
		{[]string{evalTruthJSON, evalA, "-o", "none/x.npz"}, cli.ExitFailure, "cannot write none/x.npz"},
	} {
		out, errs, code := cocostat(t.Context(), "", append([]string{"eval"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q; want %d and %q", c.args, code, out, errs, c.code, c.says)
		}
	}
}

// Problems fail with --strict, after the report.
func TestEvalStrict(t *testing.T) {
	for _, c := range []struct {
		path string
		flag string
		code int
	}{
		{evalA, "--strict", 0}, {"../testdata/eval/odd.json", "--strict", 1}, {"../testdata/eval/odd.json", "--strict=error", 1}, {"../testdata/eval/odd.json", "--top=1", 0},
	} {
		out, errs, code := cocostat(t.Context(), "", "eval", evalTruthJSON, c.path, c.flag)
		if code != c.code || !strings.Contains(out, "AP50") || (code == 1) != strings.Contains(errs, "--strict: 2 errors, 2 warnings") {
			t.Errorf("%s %s: exit code %d, stderr %q", c.path, c.flag, code, errs)
		}
	}
}

// A folder is its validation annotations.
func TestEvalFolder(t *testing.T) {
	detections := filepath.Join(t.TempDir(), "d.json")
	if err := os.WriteFile(detections, []byte("[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := cocostat(t.Context(), "", "eval", "../testdata/compare", detections, "--class-agnostic")
	if code != 0 || errs != "reading "+commandtest.ValJSON+"\n" || !strings.Contains(out, commandtest.ValJSON) {
		t.Errorf("exit code %d, stderr %q\n%s", code, errs, out)
	}
}
