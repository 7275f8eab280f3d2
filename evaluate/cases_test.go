package evaluate_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"cocostat/evaluate"
)

var casesFile = flag.String("cases", filepath.Join("testdata", "cases.json"), "file of cases made by testdata/make_cases.py")

// caseFile is the format that testdata/make_cases.py describes. The expected
// values in it come from pycocotools 2.0.11 with numpy 2.4.6.
type caseFile struct {
	Rows  [][]float64
	Cases []storedCase
}

type storedCase struct {
	Images, Classes []int64
	OnlyImages      []int64 `json:"only_images"`
	OnlyClasses     []int64 `json:"only_classes"`
	Agnostic        bool
	Compat          bool
	Truths          [][9]float64
	Dets            [][7]float64
	Params          *struct {
		IoU, Recall []float64
		MaxDets     []int
		Areas       [][2]float64
	}
	Stats             *[12]float64
	Precision, Scores []int
	Recall            []float64
}

func (c *storedCase) inputs() ([]evaluate.Truth, []evaluate.Detection, evaluate.Params) {
	truths := make([]evaluate.Truth, len(c.Truths))
	for i, t := range c.Truths {
		truths[i] = evaluate.Truth{ID: int64(t[0]), ImageID: int64(t[1]), CategoryID: int64(t[2]),
			BBox: [4]float64(t[3:7]), Area: t[7], Crowd: t[8] != 0}
	}
	dets := make([]evaluate.Detection, len(c.Dets))
	for i, d := range c.Dets {
		dets[i] = evaluate.Detection{ImageID: int64(d[0]), CategoryID: int64(d[1]), BBox: [4]float64(d[2:6]), Score: d[6]}
	}
	p := evaluate.Params{Images: c.Images, Classes: c.Classes, ClassAgnostic: c.Agnostic, Compat: c.Compat}
	if c.OnlyImages != nil {
		p.Images, p.Classes = c.OnlyImages, c.OnlyClasses
	}
	if c.Params != nil {
		p.IoUThresholds, p.RecallThresholds, p.MaxDets = c.Params.IoU, c.Params.Recall, c.Params.MaxDets
		for i, r := range c.Params.Areas {
			p.Areas = append(p.Areas, evaluate.AreaRange{Name: string(rune('a' + i)), Min: r[0], Max: r[1]})
		}
	}
	return truths, dets, p
}

// expand undoes runs of value, length, value, length, …
func expand[E int | float64](runs []E) []E {
	var values []E
	for ; len(runs) > 0; runs = runs[2:] {
		for range int(runs[1]) {
			values = append(values, runs[0])
		}
	}
	return values
}

func readCases(t *testing.T, path string) caseFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f caseFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	for i := range f.Rows {
		f.Rows[i] = expand(f.Rows[i])
	}
	return f
}

// compare counts the elements of the arrays that differ from the expected
// ones in any bit.
func (c *storedCase) compare(t *testing.T, n int, rows [][]float64, matches *evaluate.Matches) {
	t.Helper()
	r := mustArrays(t, matches)
	T, R, K, A, M := matches.Params.Dims()
	precision, scores, recall := expand(c.Precision), expand(c.Scores), expand(c.Recall)
	if len(precision) != T*K*A*M || len(recall) != len(precision) || len(r.Precision) != len(precision)*R {
		t.Fatalf("case %d: %d rows, want %d", n, T*K*A*M, len(precision))
	}
	different := 0
	check := func(what string, got, want float64, at ...int) {
		if math.Float64bits(got) != math.Float64bits(want) {
			if different++; different <= 3 {
				t.Errorf("case %d: %s%v (k a m t r) = %v, pycocotools %v", n, what, at, got, want)
			}
		}
	}
	row := 0
	for k := range K {
		for a := range A {
			for m := range M {
				for iou := range T {
					check("recall", r.Recall[((iou*K+k)*A+a)*M+m], recall[row], k, a, m, iou)
					for rec := range R {
						at := (((iou*R+rec)*K+k)*A+a)*M + m
						check("precision", r.Precision[at], rows[precision[row]][rec], k, a, m, iou, rec)
						check("scores", r.Scores[at], rows[scores[row]][rec], k, a, m, iou, rec)
					}
					row++
				}
			}
		}
	}
	if different > 0 {
		t.Errorf("case %d: %d elements differ", n, different)
	}
	if stats := matches.Result().Stats(); c.Stats != nil && *c.Stats != stats {
		t.Errorf("case %d: stats\n%v, pycocotools\n%v", n, stats, *c.Stats)
	}
}

func mustArrays(t *testing.T, m *evaluate.Matches) *evaluate.Arrays {
	t.Helper()
	a, err := m.Arrays()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCases(t *testing.T) {
	f := readCases(t, *casesFile)
	for n := range f.Cases {
		c := &f.Cases[n]
		truths, dets, p := c.inputs()
		start := time.Now()
		r, err := evaluate.Match(truths, dets, p)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		if len(dets) > 10000 {
			t.Logf("case %d: %d truths, %d detections in %v", n, len(truths), len(dets), time.Since(start))
		}
		c.compare(t, n, f.Rows, r)
	}
	t.Logf("%d cases", len(f.Cases))
}

// The stored cases are only worth something if they reach the rules.
func TestCasesCover(t *testing.T) {
	var seen struct{ tie, crowd, emptyImage, noTruth, noDetections, noWidth, custom, many int }
	for _, c := range readCases(t, filepath.Join("testdata", "cases.json")).Cases {
		var tie, crowd, noWidth, many bool
		scores := map[[3]float64]bool{}
		perImage := map[[2]float64]int{}
		images, classes := map[float64]bool{}, map[float64]bool{}
		for _, x := range c.Truths {
			crowd = crowd || x[8] != 0
			noWidth = noWidth || x[5] == 0
			images[x[1]], classes[x[2]] = true, true
		}
		for _, d := range c.Dets {
			tie = tie || scores[[3]float64{d[0], d[1], d[6]}]
			scores[[3]float64{d[0], d[1], d[6]}] = true
			perImage[[2]float64{d[0], d[1]}]++
			many = many || perImage[[2]float64{d[0], d[1]}] > 100
			noWidth = noWidth || d[4] == 0
		}
		for _, kind := range []struct {
			count *int
			found bool
		}{
			{&seen.tie, tie}, {&seen.crowd, crowd}, {&seen.noWidth, noWidth}, {&seen.many, many},
			{&seen.emptyImage, len(images) < len(c.Images)}, {&seen.noTruth, len(classes) < len(c.Classes)},
			{&seen.noDetections, len(c.Dets) == 0}, {&seen.custom, c.Params != nil},
		} {
			if kind.found {
				*kind.count++
			}
		}
	}
	t.Logf("%+v", seen)
	if s := seen; min(s.tie, s.crowd, s.emptyImage, s.noTruth, s.noDetections, s.noWidth, s.custom, s.many) == 0 {
		t.Errorf("a kind of case is missing: %+v", seen)
	}
}

func TestProcessorsChangeNothing(t *testing.T) {
	f := readCases(t, filepath.Join("testdata", "cases.json"))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 3, 8} {
		runtime.GOMAXPROCS(processors)
		for n := range f.Cases[:40] {
			c := &f.Cases[n]
			r, err := evaluate.Match(c.inputs())
			if err != nil {
				t.Fatal(err)
			}
			c.compare(t, n, f.Rows, r)
		}
	}
}

// With annotation ids 0 and repeated ones, and other limits on detections,
// pycocotools' own result needs Compat, and ours is another one.
func TestCompatCases(t *testing.T) {
	f := readCases(t, filepath.Join("testdata", "compat_cases.json"))
	different := 0
	for n := range f.Cases {
		c := &f.Cases[n]
		truths, dets, p := c.inputs()
		r, err := evaluate.Match(truths, dets, p)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		c.compare(t, n, f.Rows, r)
		p.Compat = false
		ours, err := evaluate.Match(truths, dets, p)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		if !slices.Equal(mustArrays(t, r).Precision, mustArrays(t, ours).Precision) || r.Result().Stats() != ours.Result().Stats() {
			different++
		}
	}
	if different < len(f.Cases)/3 {
		t.Errorf("only %d of %d cases differ without Compat: they do not reach the differences", different, len(f.Cases))
	}
}

// TestAgainstPycocotools makes other cases with each seed, and some of real
// data, if there is a pycocotools to ask.
func TestAgainstPycocotools(t *testing.T) {
	python := os.Getenv("PYCOCOTOOLS")
	if python == "" {
		t.Skip("set PYCOCOTOOLS to the Python of an environment with numpy and pycocotools to compare with it")
	}
	runs := map[string][]string{
		"random": {"--count", "2000", "--seed", "101"},
		"compat": {"--count", "500", "--seed", "102", "--compat"},
	}
	data := filepath.Join("..", "..", "shared", "data")
	for name, file := range map[string]string{
		"coco128": "coco128/annotations/*.json", "val2017": "coco_val2017_boxes/*.json", "bccd": "bccd/annotations/*val*.json",
		"taco": "taco/annotations.json", "lvis": "lvis/lvis_val_100.json",
	} {
		found, err := filepath.Glob(filepath.Join(data, file))
		if err != nil || len(found) == 0 {
			t.Logf("%s is not there", file)
			continue
		}
		for _, kind := range []string{"perfect", "jittered", "ties", "crowded", "empty"} {
			runs[name+"/"+kind] = []string{"--truth", found[0], "--kind", kind}
		}
	}
	for name, args := range runs {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cases.json")
			command := exec.Command(python, append([]string{filepath.Join("testdata", "make_cases.py"), "-o", path}, args...)...)
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", command.Args, err, out)
			}
			f := readCases(t, path)
			for n := range f.Cases {
				c := &f.Cases[n]
				r, err := evaluate.Match(c.inputs())
				if err != nil {
					t.Fatal(err)
				}
				c.compare(t, n, f.Rows, r)
			}
			t.Logf("%d cases, the first of %d truths and %d detections", len(f.Cases), len(f.Cases[0].Truths), len(f.Cases[0].Dets))
		})
	}
}
