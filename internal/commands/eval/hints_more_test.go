package eval

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
)

// Each change of good detections is told once, by its cause, and by nothing else
// than that.
func TestEvalHintsOfKinds(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	byTwo := map[int64]int64{1: 2, 2: 1, 3: 4, 4: 3}
	n := 0
	for what, c := range map[string]struct {
		change func(d map[string]any)
		kinds  []annotations.Kind
		says   string
	}{
		"half of the boxes in 0…1": {func(d map[string]any) {
			if n++; n%2 == 0 {
				b := d["bbox"].([4]float64)
				d["bbox"] = [4]float64{b[0] / 640, b[1] / 480, b[2] / 640, b[3] / 480}
			}
		}, []annotations.Kind{annotations.ResultBoxForm}, fmt.Sprintf("%d of %d", len(s.detections)/2, len(s.detections))},
		"another order of the classes": {func(d map[string]any) { d["category_id"] = byTwo[d["category_id"].(int64)] },
			[]annotations.Kind{annotations.ResultClassIDs}, "another order of the categories (1 for 2, 2 for 1, 3 for 4, …)"},
		"one class for all": {func(d map[string]any) { d["category_id"] = 1 },
			[]annotations.Kind{annotations.ResultNoClass}, "classes of 4 with objects"},
		"boxes of twice the size": {func(d map[string]any) {
			b := d["bbox"].([4]float64)
			d["bbox"] = [4]float64{3 * b[0], 3 * b[1], 3 * b[2], 3 * b[3]}
		}, []annotations.Kind{annotations.ResultNoHit}, "boxes are on"},
		"images one too high": {func(d map[string]any) { d["image_id"] = d["image_id"].(int) + 1 },
			[]annotations.Kind{annotations.ResultUnknownImage, annotations.ResultImageIDs, annotations.ResultNoImage}, "one more than the id of the image"},
		"some names of files": {func(d map[string]any) {
			if i := d["image_id"].(int) - 500; i%4 == 0 {
				d["image_id"] = s.Images[i]["file_name"]
			}
		}, []annotations.Kind{annotations.ResultUnknownImage, annotations.ResultImageIDs, annotations.TextID, annotations.ResultNoImage}, "where others are ids"},
		"some names of classes": {func(d map[string]any) {
			if d["category_id"] == int64(2) {
				d["category_id"] = "b"
			}
		}, []annotations.Kind{annotations.ResultUnknownCategory, annotations.ResultClassIDs, annotations.TextID}, "the name of a category"},
	} {
		r, _ := evalHints(t, s, s.changed(c.change))
		var want []string
		for _, kind := range c.kinds {
			want = append(want, string(kind))
		}
		got := r.kinds()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
		if !slices.ContainsFunc(r.Problems, func(p hintProblem) bool { return strings.Contains(p.Description, c.says) && p.Remedy != "" }) {
			t.Errorf("%s: nothing says %q: %+v", what, c.says, r.Problems)
		}
	}
}

// A detection that stands in the file again is a false alarm, whether few or many
// have its score.
func TestEvalRepeated(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	found := s.changed(func(map[string]any) {})
	for i := range 30 { // of one score in one image
		found = append(found, map[string]any{"image_id": 500, "category_id": 1, "bbox": [4]int{9, 9, 9 + i, 9}, "score": 0.05})
	}
	again := append(slices.Clone(found), found[3:8]...)
	again = append(again, found[len(found)-2:]...)
	for _, c := range []struct {
		found []map[string]any
		want  int64
	}{{found, 0}, {again, 7}} {
		r, _ := evalHints(t, s, c.found)
		n := int64(0)
		for _, p := range r.Problems {
			if p.Kind == string(annotations.ResultRepeated) {
				n = p.Count
			}
		}
		if n != c.want {
			t.Errorf("%d repeated, want %d: %+v", n, c.want, r.Problems)
		}
	}
}

// Corners need no size of the image to be told.
func TestEvalBoxFormsUnsized(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	for _, im := range s.Images {
		delete(im, "width")
		delete(im, "height")
	}
	r, _ := evalHints(t, s, s.changed(func(d map[string]any) {
		b := d["bbox"].([4]float64)
		d["bbox"] = [4]float64{b[0], b[1], b[0] + b[2], b[1] + b[3]}
	}))
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Description, "seem to be x1, y1, x2, y2: the sizes of the images are unknown") {
		t.Errorf("%+v", r.Problems)
	}
}

// What is left out is told once and counted once; identifiers are shown as the
// file spells them.
func TestEvalLeftOut(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	dir := t.TempDir()
	gt := writeJSONFile(t, filepath.Join(dir, "gt.json"), s)
	all := len(s.detections)
	turned := s.changed(func(map[string]any) {})
	turned[0]["bbox"] = []float64{1, 2, 3, 4, 0.5}
	turned[1]["image_id"] = "18446744073709551617"
	dt := writeJSONFile(t, filepath.Join(dir, "dt.json"), turned)
	out, errs, code := cocostat(t.Context(), "", "eval", gt, dt)
	if code != 0 || !strings.Contains(out, fmt.Sprintf("%d, %d of them evaluated", all, all-2)) || !strings.Contains(out, "rotated-box") ||
		strings.Contains(out, "result-no-box") || !strings.Contains(out, `id "18446744073709551617" at byte`) {
		t.Errorf("exit code %d: %s\n%s", code, errs, out)
	}
	for text, says := range map[string]string{
		`[[], 7]`: "no element of its list is a detection: 2 list elements that are no objects, left out; expected objects with image_id",
		`[{"image_id": 500, "category_id": "a", "bbox": [1, 2, 3, 4], "score": 1}]`:                "category_id holds the names of categories: write their ids",
		`[{"imageId": 500, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]`:                   "expected objects with image_id, category_id, bbox and score",
		`[{"image_id": 18446744073709551617, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]`: "its first image is image_id 18446744073709551617, that of the ground truth",
	} {
		if _, errs, code := cocostat(t.Context(), text, "eval", gt, "-"); code != 1 || !strings.Contains(errs, says) {
			t.Errorf("%s: exit code %d, %s; want %q", text, code, errs, says)
		}
	}
}

// file_name alone names the image.
func TestEvalFileNameAlone(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	want, _ := evalHints(t, s, s.detections)
	got, _ := evalHints(t, s, s.changed(func(d map[string]any) {
		d["file_name"] = s.Images[d["image_id"].(int)-500]["file_name"]
		delete(d, "image_id")
	}))
	if fmt.Sprint(got.Summary) != fmt.Sprint(want.Summary) || len(got.Problems) > 0 || got.Detections.MatchedBy != "file-name" {
		t.Errorf("%v, want %v; %+v", got.Summary, want.Summary, got.Problems)
	}
}

// A ground truth without objects, or with crowds alone, has no AP, which is said
// once for several files; kinds of its own problems are named.
func TestEvalTruthProblems(t *testing.T) {
	s := newEvalScene(sequence(1, sceneClasses)...)
	kinds := func(r hintReport) string { return strings.Join(r.kinds(), " ") }
	crowds := *s
	crowds.Annotations = nil
	for _, a := range s.Annotations {
		crowd := maps.Clone(a)
		crowd["iscrowd"] = 1
		crowds.Annotations = append(crowds.Annotations, crowd)
	}
	if r, _ := evalHints(t, &crowds, s.detections); kinds(r) != string(annotations.TruthNone) || !strings.Contains(r.Problems[0].Description, fmt.Sprintf("but %d crowds, in %d images", len(s.Annotations), sceneImages)) {
		t.Errorf("crowds: %+v", r.Problems)
	}
	empty := *s
	empty.Annotations = []map[string]any{}
	if r, _ := evalHints(t, &empty, s.detections); kinds(r) != string(annotations.TruthNone) {
		t.Errorf("no annotations: %+v", r.Problems)
	}
	for _, a := range s.Annotations {
		a["area"] = 1.0
	}
	dir := t.TempDir()
	gt := writeJSONFile(t, filepath.Join(dir, "gt.json"), s)
	dt := writeJSONFile(t, filepath.Join(dir, "dt.json"), s.detections)
	want := fmt.Sprintf("ground truth: 0 errors, %d warnings, 0 notes: %d area-contradicts-box; cocostat validate lists them", len(s.Annotations), len(s.Annotations))
	if out, errs, code := cocostat(t.Context(), "", "eval", gt, dt); code != 0 || !strings.Contains(out, want) {
		t.Errorf("exit code %d, %s: %s\nwant %s", code, errs, out, want)
	}
}
