package eval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One image was searched for b in vain, and for c not at all. It has a limit of
// three detections: the fourth is beyond it, and one of the three is of c.
func TestEvalLVIS(t *testing.T) {
	dir := t.TempDir()
	truth, dets := filepath.Join(dir, "lvis.json"), filepath.Join(dir, "dets.json")
	files := map[string]string{
		truth: `{"images": [{"id": 1, "width": 100, "height": 100, "neg_category_ids": [2], "not_exhaustive_category_ids": []}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 400}],
"categories": [{"id": 1, "name": "a", "frequency": "f"}, {"id": 2, "name": "b", "frequency": "c"}, {"id": 3, "name": "c", "frequency": "r"}]}`,
		dets: `[{"image_id": 1, "category_id": 3, "bbox": [50, 50, 20, 20], "score": 0.9},
{"image_id": 1, "category_id": 2, "bbox": [50, 50, 20, 20], "score": 0.8},
{"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "score": 0.7},
{"image_id": 1, "category_id": 1, "bbox": [50, 50, 20, 20], "score": 0.6}]`,
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got struct {
		Detections evalDetections
		Summary    map[string]*float64
	}
	evalJSON(t, &got, truth, dets, "--lvis", "--max-dets", "3")
	if d := got.Detections; d.Read != 4 || d.Evaluated != 2 || d.LVIS == nil || *d.LVIS != (lvisLeft{OverLimit: 1, Unchecked: 1}) {
		t.Errorf("detections %+v, left out %+v", d, d.LVIS)
	}
	if ap := got.Summary["APf"]; len(got.Summary) != 13 || ap == nil || *ap < 0.9999 || got.Summary["APc"] != nil {
		t.Errorf("summary %v", got.Summary)
	}
	out, _, _ := cocostat(t.Context(), "", "eval", truth, dets, "--lvis")
	want := "left out      1 detection: 1 of classes that their image was not searched for\n"
	if !strings.Contains(out, want) {
		t.Errorf("%q is missing in\n%s", want, out)
	}
}
