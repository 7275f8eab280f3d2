package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/internal/boxform"
)

// hintReport are the parts of the report that tell of hints.
type hintReport struct {
	Truth struct {
		Images int `json:"images"`
		Listed int `json:"images_listed"`
	} `json:"ground_truth"`
	Detections struct {
		Images    int    `json:"images"`
		MatchedBy string `json:"images_found_by"`
		How       string `json:"images_named_by"`
	}
	Summary   map[string]float64
	Problems  []hintProblem
	Absent    []absentClass `json:"classes_without_objects_detected"`
	Groupings []evalGroupingScores
	AtScore   *operatingPoint `json:"at_score"`
	Classes   []evalRow
}

type hintProblem struct {
	Severity, Kind, Description, Remedy string
	Count                               int64
}

// kinds lists the kinds of the problems.
func (r *hintReport) kinds() []string {
	kinds := []string{}
	for _, p := range r.Problems {
		kinds = append(kinds, p.Kind)
	}
	return kinds
}

// Nothing is said of detections that mean what they say.
func TestEvalNoHints(t *testing.T) {
	for _, ids := range [][]int64{sequence(1, sceneClasses), sequence(0, sceneClasses), {1, 5, 18, 90}} {
		s := newEvalScene(ids...)
		r, errs := evalHints(t, s, s.detections)
		if len(r.Problems) > 0 || errs != "" || r.Detections.MatchedBy != "id" || r.Summary["AP50"] < 0.6 {
			t.Errorf("categories %v: %v, stderr %q, by %s, AP50 %v", ids, r.Problems, errs, r.Detections.MatchedBy, r.Summary["AP50"])
		}
		var perfect []map[string]any
		for _, a := range s.Annotations {
			perfect = append(perfect, map[string]any{"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.8})
		}
		if r, _ := evalHints(t, s, perfect); len(r.Problems) > 0 || r.Summary["AP"] < 1-1e-9 {
			t.Errorf("the ground truth as its detections: %v, AP %v", r.Problems, r.Summary["AP"])
		}
	}
}

// Boxes of each form are told from the objects that they are on, and of two
// forms also where there are none.
func TestEvalBoxForms(t *testing.T) {
	unread := map[boxform.Form]func(b [4]float64) [4]float64{
		boxform.Corners:   func(b [4]float64) [4]float64 { return [4]float64{b[0], b[1], b[0] + b[2], b[1] + b[3]} },
		boxform.CornersYX: func(b [4]float64) [4]float64 { return [4]float64{b[1], b[0], b[1] + b[3], b[0] + b[2]} },
		boxform.Centres:   func(b [4]float64) [4]float64 { return [4]float64{b[0] + b[2]/2, b[1] + b[3]/2, b[2], b[3]} },
		boxform.Unit:      func(b [4]float64) [4]float64 { return [4]float64{b[0] / 640, b[1] / 480, b[2] / 640, b[3] / 480} },
		boxform.UnitCorners: func(b [4]float64) [4]float64 {
			return [4]float64{b[0] / 640, b[1] / 480, (b[0] + b[2]) / 640, (b[1] + b[3]) / 480}
		},
		boxform.UnitCornerYX: func(b [4]float64) [4]float64 {
			return [4]float64{b[1] / 480, b[0] / 640, (b[1] + b[3]) / 480, (b[0] + b[2]) / 640}
		},
		boxform.UnitCentres: func(b [4]float64) [4]float64 {
			return [4]float64{(b[0] + b[2]/2) / 640, (b[1] + b[3]/2) / 480, b[2] / 640, b[3] / 480}
		},
	}
	s := newEvalScene(sequence(1, sceneClasses)...)
	for _, form := range boxform.Others {
		r, _ := evalHints(t, s, s.changed(func(d map[string]any) { d["bbox"] = unread[form](d["bbox"].([4]float64)) }))
		at := slices.Index(r.kinds(), string(annotations.ResultBoxForm))
		if at < 0 || !strings.Contains(r.Problems[at].Description, "seem to be "+form.String()+":") || r.Problems[at].Remedy != form.Remedy() || form.Remedy() == "" {
			t.Errorf("%s: %+v", form, r.Problems)
		}
	}
	// By its own ground truth of the same form, which nothing contradicts but the
	// size of the images.
	for _, form := range []boxform.Form{boxform.Corners, boxform.Unit} {
		turned := *s
		turned.Annotations = nil
		for _, a := range s.Annotations {
			box := unread[form](a["bbox"].([4]float64))
			turned.Annotations = append(turned.Annotations, map[string]any{"id": a["id"], "image_id": a["image_id"], "category_id": a["category_id"], "bbox": box, "area": box[2] * box[3]})
		}
		r, _ := evalHints(t, &turned, s.changed(func(d map[string]any) { d["bbox"] = unread[form](d["bbox"].([4]float64)) }))
		if kinds := r.kinds(); !slices.Contains(kinds, string(annotations.ResultBoxForm)) || !slices.Contains(kinds, string(annotations.TruthBoxForm)) {
			t.Errorf("both %s: %+v", form, r.Problems)
		}
	}
}

// Category ids that are shifted or places in the list.
func TestEvalClassIDs(t *testing.T) {
	for _, c := range []struct {
		truth []int64
		found func(id int64) int64
		says  string
	}{
		{sequence(1, 4), func(id int64) int64 { return id - 1 }, "one less than the id"},
		{sequence(0, 4), func(id int64) int64 { return id + 1 }, "one more than the id"},
		{[]int64{2, 5, 18, 90}, func(id int64) int64 { return map[int64]int64{2: 0, 5: 1, 18: 2, 90: 3}[id] }, "counted from 0"},
		{[]int64{2, 5, 18, 90}, func(id int64) int64 { return map[int64]int64{2: 1, 5: 2, 18: 3, 90: 4}[id] }, "counted from 1"},
	} {
		s := newEvalScene(c.truth...)
		found := s.changed(func(d map[string]any) { d["category_id"] = c.found(d["category_id"].(int64)) })
		r, _ := evalHints(t, s, found)
		at := slices.Index(r.kinds(), string(annotations.ResultClassIDs))
		if at < 0 || !strings.Contains(r.Problems[at].Description, c.says) || r.Problems[at].Remedy == "" {
			t.Errorf("%v, %s: %+v", c.truth, c.says, r.Problems)
		}
	}
	// An exporter's root, which is no class, takes id 0: all ids are known.
	s := newEvalScene(sequence(1, 4)...)
	s.Categories = append(s.Categories, map[string]any{"id": 0, "name": "root"})
	r, _ := evalHints(t, s, s.changed(func(d map[string]any) { d["category_id"] = d["category_id"].(int64) - 1 }))
	if !slices.Contains(r.kinds(), string(annotations.ResultClassIDs)) {
		t.Errorf("with a root: %+v", r.Problems)
	}
	// All unknown: an error that says the same.
	s = newEvalScene(1001, 1002)
	dir := t.TempDir()
	gt := writeJSONFile(t, filepath.Join(dir, "gt.json"), s)
	dt := writeJSONFile(t, filepath.Join(dir, "dt.json"), s.changed(func(d map[string]any) { d["category_id"] = d["category_id"].(int64) - 1001 }))
	if _, errs, code := cocostat(t.Context(), "", "eval", gt, dt); code != 1 || !strings.Contains(errs, "counted from 0") || !strings.Contains(errs, "replace each category_id") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

// Whatever the detections call their images, the numbers are those of the ids.
func TestEvalByFileName(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	names := map[int]string{}
	for _, im := range s.Images {
		names[im["id"].(int)] = im["file_name"].(string)
	}
	want, _ := evalHints(t, s, s.detections)
	base := func(d map[string]any) string { return filepath.Base(names[d["image_id"].(int)]) }
	stem := func(d map[string]any) string { return strings.TrimSuffix(base(d), ".jpg") }
	number := func(d map[string]any) int { return (d["image_id"].(int)-500)*7 + 3 }
	for what, change := range map[string]func(d map[string]any){
		"the full name":           func(d map[string]any) { d["image_id"] = names[d["image_id"].(int)] },
		"the base name":           func(d map[string]any) { d["image_id"] = base(d) },
		"the stem":                func(d map[string]any) { d["image_id"] = stem(d) },
		"a longer path":           func(d map[string]any) { d["image_id"] = "/data/x/" + names[d["image_id"].(int)] },
		"a path of Windows":       func(d map[string]any) { d["image_id"] = `C:\x\val\` + base(d) },
		"another extension":       func(d map[string]any) { d["image_id"] = stem(d) + ".png" },
		"file_name and stem":      func(d map[string]any) { d["file_name"], d["image_id"] = base(d), stem(d) },
		"file_name and a number":  func(d map[string]any) { d["file_name"], d["image_id"] = base(d), d["image_id"].(int)-499 },
		"file_name and wrong ids": func(d map[string]any) { d["file_name"], d["image_id"] = base(d), 1023-d["image_id"].(int) },
		"the last number":         func(d map[string]any) { d["image_id"] = number(d) },
	} {
		found := s.changed(change)
		got, errs := evalHints(t, s, found)
		if fmt.Sprint(got.Summary) != fmt.Sprint(want.Summary) || len(got.Problems) > 0 {
			t.Errorf("%s: %v, want %v; problems %v", what, got.Summary, want.Summary, got.Problems)
		}
		if got.Detections.MatchedBy != "file-name" || got.Detections.How == "" || !strings.Contains(errs, "images are found by file name: "+got.Detections.How) {
			t.Errorf("%s: by %q, %q, stderr %q", what, got.Detections.MatchedBy, got.Detections.How, errs)
		}
		if forced, _ := evalHints(t, s, found, "--match", "file-name"); fmt.Sprint(forced.Summary) != fmt.Sprint(want.Summary) {
			t.Errorf("%s, --match file-name: %v", what, forced.Summary)
		}
	}
	// Where ids fit, and file_name says the same, ids are taken.
	got, errs := evalHints(t, s, s.changed(func(d map[string]any) { d["file_name"] = base(d) }))
	if got.Detections.MatchedBy != "id" || errs != "" || fmt.Sprint(got.Summary) != fmt.Sprint(want.Summary) {
		t.Errorf("ids and names: by %s, stderr %q", got.Detections.MatchedBy, errs)
	}
}

// Ids that are all known and numbers of other images' names: a hint, as nothing
// but the boxes tells which is meant.
func TestEvalImageIDs(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	other := func(id int) int { return 500 + (5*(id-500)+7)%sceneImages }
	for _, im := range s.Images {
		im["file_name"] = fmt.Sprintf("%06d.jpg", other(im["id"].(int)))
	}
	found := s.changed(func(d map[string]any) { d["image_id"] = other(d["image_id"].(int)) })
	want, _ := evalHints(t, s, s.detections)
	r, _ := evalHints(t, s, found)
	at := slices.Index(r.kinds(), string(annotations.ResultImageIDs))
	if at < 0 || !strings.Contains(r.Problems[at].Remedy, "--match file-name") {
		t.Errorf("%+v", r.Problems)
	}
	if r, _ = evalHints(t, s, found, "--match", "file-name"); fmt.Sprint(r.Summary) != fmt.Sprint(want.Summary) || len(r.Problems) > 0 {
		t.Errorf("--match file-name: %v, want %v; %v", r.Summary, want.Summary, r.Problems)
	}
	if r, _ = evalHints(t, s, found, "--match", "id"); slices.Contains(r.kinds(), string(annotations.ResultImageIDs)) {
		t.Errorf("--match id: %v", r.Problems)
	}
}

// A name that fits several images is an error that lists them, and --match id
// forbids names.
func TestEvalAmbiguousNames(t *testing.T) {
	s := newEvalScene(1)
	for i, im := range s.Images {
		im["file_name"] = fmt.Sprintf("%s/%03d.jpg", []string{"day", "night"}[i%2], i/2)
	}
	dir := t.TempDir()
	gt := writeJSONFile(t, filepath.Join(dir, "gt.json"), s)
	stem := writeJSONFile(t, filepath.Join(dir, "stem.json"), s.changed(func(d map[string]any) { d["image_id"] = fmt.Sprintf("%03d.jpg", (d["image_id"].(int)-500)/2) }))
	path := writeJSONFile(t, filepath.Join(dir, "path.json"), s.changed(func(d map[string]any) {
		i := d["image_id"].(int) - 500
		d["image_id"] = fmt.Sprintf("x/%s/%03d.jpg", []string{"day", "night"}[i%2], i/2)
	}))
	if _, errs, code := cocostat(t.Context(), "", "eval", gt, stem); code != 1 || !strings.Contains(errs, `"000.jpg" fits day/000.jpg (id 500), night/000.jpg (id 501)`) || !strings.Contains(errs, "name them with their folders") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, errs, code := cocostat(t.Context(), "", "eval", gt, path); code != 0 {
		t.Errorf("with folders: exit code %d: %s", code, errs)
	}
	if _, errs, code := cocostat(t.Context(), "", "eval", gt, path, "--match", "id"); code != 1 || !strings.Contains(errs, "in an unknown image") || !strings.Contains(errs, `"x/day/000.jpg"`) {
		t.Errorf("--match id: exit code %d: %s", code, errs)
	}
}

// Detections of a part of the images, one score for all, more objects than the
// limit, and no detections at all.
func TestEvalWholeHints(t *testing.T) {
	s := newEvalScene(1, 2)
	part := slices.DeleteFunc(s.changed(func(map[string]any) {}), func(d map[string]any) bool { return d["image_id"].(int) >= 506 })
	r, _ := evalHints(t, s, part)
	if !slices.Equal(r.kinds(), []string{string(annotations.ResultNoImage)}) || r.Problems[0].Count != 18 || r.Problems[0].Severity != "note" ||
		!strings.Contains(r.Problems[0].Remedy, "--images detected") || r.Detections.Images != 6 {
		t.Errorf("a part: %+v", r)
	}
	only, _ := evalHints(t, s, part, "--images", "detected")
	cut := *s
	cut.Images, cut.Annotations = s.Images[:6], s.Annotations[:36]
	if want, _ := evalHints(t, &cut, part); fmt.Sprint(only.Summary) != fmt.Sprint(want.Summary) || only.Truth.Images != 6 || only.Truth.Listed != sceneImages || len(only.Problems) > 0 {
		t.Errorf("--images detected: %+v, want %+v", only, want.Summary)
	}
	if r, _ = evalHints(t, s, s.changed(func(d map[string]any) { d["score"] = 1 })); !slices.Equal(r.kinds(), []string{string(annotations.ResultEqualScores)}) {
		t.Errorf("equal scores: %+v", r.Problems)
	}
	// Six objects an image of one class or two: by hand, two more than four of a
	// class alone.
	one := newEvalScene(1)
	r, _ = evalHints(t, one, one.detections, "--max-dets", "1,4")
	at := slices.Index(r.kinds(), string(annotations.TruthLimit))
	if at < 0 || r.Problems[at].Count != 2*sceneImages || r.Problems[at].Remedy != "--max-dets 1,6" {
		t.Errorf("limit: %+v", r.Problems)
	}
	if r, _ = evalHints(t, s, []int{}); !slices.Equal(r.kinds(), []string{string(annotations.ResultNone)}) || r.Summary["AP"] != 0 {
		t.Errorf("no detections: %+v", r.Problems)
	}
}

// By hand: class a has one object, found at 0.9; class b has none and is
// detected at 0.95 and 0.3. The threshold for all classes is 0.9, so that one
// false alarm counts, and both from 0.2 on.
func TestEvalAbsentClass(t *testing.T) {
	s := &evalScene{
		Images:      []map[string]any{{"id": 1, "file_name": "a.jpg", "width": 600, "height": 600}},
		Categories:  []map[string]any{{"id": 1, "name": "a"}, {"id": 2, "name": "b"}},
		Annotations: []map[string]any{{"id": 1, "image_id": 1, "category_id": 1, "bbox": []int{50, 50, 100, 100}, "area": 10000, "iscrowd": 0}},
	}
	found := []map[string]any{
		{"image_id": 1, "category_id": 1, "bbox": []int{50, 50, 100, 100}, "score": 0.9},
		{"image_id": 1, "category_id": 2, "bbox": []int{300, 300, 250, 250}, "score": 0.95},
		{"image_id": 1, "category_id": 2, "bbox": []int{300, 300, 250, 250}, "score": 0.3},
	}
	for _, c := range []struct {
		flags   []string
		counted int
	}{{nil, 1}, {[]string{"--score", "0.2"}, 2}, {[]string{"--score", "0.97"}, 0}} {
		r, _ := evalHints(t, s, found, append(c.flags, "--sort", "id")...)
		if r.Summary["AP"] < 1-1e-12 || len(r.Absent) != 1 || r.Absent[0] != (absentClass{2, "b", 2, c.counted, 0.95}) {
			t.Errorf("%v: AP %v, %+v", c.flags, r.Summary["AP"], r.Absent)
		}
		if n := r.Groupings[0].Confusion.NowhereOther; n != int64(c.counted) {
			t.Errorf("%v: %d in the confusion, want %d", c.flags, n, c.counted)
		}
		b := r.Classes[1]
		if b.Instances != 0 || b.Detections != 2 || c.counted > 0 && b.Precision != 0 {
			t.Errorf("%v: class b: %+v", c.flags, b)
		}
	}
}

// --score moves precision, recall and F1 of the classes. By hand: class a has
// detections at 0.9 (right), 0.6 (wrong) and 0.4 (right) and two objects.
func TestEvalScore(t *testing.T) {
	box := func(x int) []int { return []int{x, 0, 50, 50} }
	s := &evalScene{
		Images:      []map[string]any{{"id": 1, "width": 600, "height": 600}},
		Categories:  []map[string]any{{"id": 1, "name": "a"}},
		Annotations: []map[string]any{{"id": 1, "image_id": 1, "category_id": 1, "bbox": box(0), "area": 2500}, {"id": 2, "image_id": 1, "category_id": 1, "bbox": box(100), "area": 2500}},
	}
	found := []map[string]any{{"image_id": 1, "category_id": 1, "bbox": box(0), "score": 0.9},
		{"image_id": 1, "category_id": 1, "bbox": box(300), "score": 0.6}, {"image_id": 1, "category_id": 1, "bbox": box(100), "score": 0.4}}
	for _, c := range []struct {
		flags []string
		want  operatingPoint
	}{
		{nil, operatingPoint{0.4, 2.0 / 3, 1, 0.8}},
		{[]string{"--score", "0.5"}, operatingPoint{0.5, 0.5, 0.5, 0.5}},
		{[]string{"--score", "0.7"}, operatingPoint{0.7, 1, 0.5, 2.0 / 3}},
	} {
		r, _ := evalHints(t, s, found, c.flags...)
		if got := r.Classes[0].operatingPoint; got != c.want || float64(r.Groupings[0].Groups[0].F1) != float64(c.want.F1) {
			t.Errorf("%v: %+v, want %+v", c.flags, got, c.want)
		}
		if c.flags != nil && (r.AtScore == nil || *r.AtScore != c.want) {
			t.Errorf("%v: all classes %+v", c.flags, r.AtScore)
		}
	}
}

// storedNumbers are what testdata/eval/make_pycocotools.py stored.
type storedNumbers struct{ AP, AP50, AR float64 }

func readStoredNumbers(t *testing.T) map[string]storedNumbers {
	t.Helper()
	text, err := os.ReadFile("../testdata/eval/pycocotools.json")
	stored := map[string]storedNumbers{}
	if err == nil {
		err = json.Unmarshal(text, &stored)
	}
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func (n storedNumbers) check(t *testing.T, what string, summary map[string]float64) {
	t.Helper()
	recall := 0.0
	for name, value := range summary {
		if strings.HasPrefix(name, "AR") && strings.Trim(name[2:], "0123456789") == "" {
			recall = max(recall, value) // rises with the limit
		}
	}
	for name, pair := range map[string][2]float64{"AP": {summary["AP"], n.AP}, "AP50": {summary["AP50"], n.AP50}, "AR": {recall, n.AR}} {
		if math.Abs(pair[0]-pair[1]) > 1e-12 {
			t.Errorf("%s: %s is %v, pycocotools %v", what, name, pair[0], pair[1])
		}
	}
}

// --images detected is pycocotools' params.imgIds with the images of the
// detections.
func TestEvalDetected(t *testing.T) {
	stored := readStoredNumbers(t)
	for name, path := range map[string]string{"a detected": evalA, "b detected": evalB} {
		var r hintReport
		evalJSON(t, &r, evalTruthJSON, path, "--images", "detected")
		stored[name].check(t, name, r.Summary)
	}
}

// The cases that people reported, each with the numbers of pycocotools and with
// what is said of it.
func TestEvalField(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "field")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs ../shared/data/field, which is not there")
	}
	stored := readStoredNumbers(t)
	at := func(name string) string { return filepath.Join(dir, name+".json") }
	for name, c := range map[string]struct {
		gt, dt string
		flags  []string
		kinds  []annotations.Kind
		by     string
	}{
		"eval_dt":                 {dt: "eval_dt"},
		"eval_dt_dict":            {dt: "eval_dt_dict"},
		"eval_dt_stem":            {dt: "eval_dt_stem", by: "file-name"},
		"eval_dt_filename":        {dt: "eval_dt_filename", by: "file-name"},
		"eval_dt_cat0":            {dt: "eval_dt_cat0", kinds: []annotations.Kind{annotations.ResultUnknownCategory, annotations.ResultClassIDs}},
		"eval_dt_norm":            {dt: "eval_dt_norm", kinds: []annotations.Kind{annotations.ResultBoxForm}},
		"eval_dt_equal":           {dt: "eval_dt_equal", kinds: []annotations.Kind{annotations.ResultEqualScores}},
		"eval_dt_equal_shuffled":  {dt: "eval_dt_equal_shuffled", kinds: []annotations.Kind{annotations.ResultEqualScores}},
		"eval_gt_id0":             {gt: "eval_gt_id0", dt: "eval_dt"},
		"eval_gt_id0 compat":      {gt: "eval_gt_id0", dt: "eval_dt", flags: []string{"--compat", "pycocotools"}},
		"eval_dt_perfect":         {dt: "eval_dt_perfect"},
		"eval_gt_noarea":          {gt: "eval_gt_noarea", dt: "eval_dt"},
		"eval_dt_subset":          {dt: "eval_dt_subset", kinds: []annotations.Kind{annotations.ResultNoImage}},
		"eval_dt_subset detected": {dt: "eval_dt_subset", flags: []string{"--images", "detected"}},
		"eval_dt_percent":         {dt: "eval_dt_percent", kinds: []annotations.Kind{annotations.ResultScore}},
		"eval_dt_bboxstr":         {dt: "eval_dt_bboxstr", kinds: []annotations.Kind{annotations.StringNumber}},
		"eval_dense":              {gt: "eval_dense_gt", dt: "eval_dense_dt", kinds: []annotations.Kind{annotations.ResultLimit, annotations.TruthLimit}},
		"eval_dense 5000":         {gt: "eval_dense_gt", dt: "eval_dense_dt", flags: []string{"--max-dets", "1,10,5000"}},
		"eval_fp":                 {gt: "eval_fp_gt", dt: "eval_fp_dt"},
	} {
		if c.gt == "" {
			c.gt = "eval_gt"
		}
		if c.by == "" {
			c.by = "id"
		}
		var r hintReport
		evalJSON(t, &r, append([]string{at(c.gt), at(c.dt)}, c.flags...)...)
		n, ok := stored[name]
		if !ok {
			t.Errorf("%s: nothing is stored", name)
			continue
		}
		n.check(t, name, r.Summary)
		want := []string{}
		for _, k := range c.kinds {
			want = append(want, string(k))
		}
		if !slices.Equal(r.kinds(), want) || r.Detections.MatchedBy != c.by {
			t.Errorf("%s: %+v, want %v; images found by %s", name, r.Problems, want, r.Detections.MatchedBy)
		}
		if name == "eval_fp" && (len(r.Absent) != 1 || r.Absent[0].Counted != 1 || r.Groupings[0].Confusion.NowhereOther != 1) {
			t.Errorf("%s: %+v", name, r.Absent)
		}
	}
	for name, says := range map[string]string{
		"eval_dt_nan":          "line 1, column 84 (byte 83): expected a value, found NaN",
		"eval_dt_lines":        "JSON lines",
		"eval_dt_megadetector": "MegaDetector",
		"eval_dt_rot5":         "none of its 307 detections fits",
	} {
		if out, errs, code := cocostat(t.Context(), "", "eval", at("eval_gt"), at(name)); code != 1 || out != "" || !strings.Contains(errs, says) {
			t.Errorf("%s: exit code %d, %s", name, code, errs)
		}
	}
	var empty hintReport
	if evalJSON(t, &empty, at("eval_gt"), at("eval_dt_empty")); empty.Summary["AP"] != 0 || !slices.Equal(empty.kinds(), []string{string(annotations.ResultNone)}) {
		t.Errorf("no detections: %+v", empty)
	}
}
