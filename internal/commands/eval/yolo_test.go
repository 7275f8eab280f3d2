package eval

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// yoloRun is a YOLO dataset of images of 200×100 pixels, and the files that
// Ultralytics writes of a detector which finds every object of it.
type yoloRun struct {
	dataset, labels string
	predictions     []map[string]any
}

func newYOLORun(t *testing.T) *yoloRun {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	y := &yoloRun{dataset: filepath.Join(dir, "set/data.yaml"), labels: filepath.Join(dir, "run/labels")}
	put("set/data.yaml", "train: images/train\nval: images/val\nnames: [car, bus, dog]\n")
	for i := range 30 {
		stem := fmt.Sprintf("frame_%d", i)
		put("set/images/val/"+stem+".gif", "GIF89a\xc8\x00\x64\x00\x00\x00\x00;")
		var truth, found strings.Builder
		for k := range 3 {
			// A box of 40×20 pixels with its left top corner at x, 10.
			x := float64(60*k + i)
			fmt.Fprintf(&truth, "%d %g 0.2 0.2 0.2\n", k, (x+20)/200)
			fmt.Fprintf(&found, "%d %g 0.2 0.2 0.2 0.%d\n", k, (x+20)/200, 11+i)
			y.predictions = append(y.predictions, map[string]any{"image_id": stem, "file_name": stem + ".gif",
				"category_id": k + 1, "bbox": []float64{x, 10, 40, 20}, "score": 0.11 + float64(i)/100})
		}
		put("set/labels/val/"+stem+".txt", truth.String())
		put("run/labels/"+stem+".txt", found.String())
	}
	return y
}

func (y *yoloRun) eval(t *testing.T, detections string) (r hintReport) {
	t.Helper()
	out, errs, code := cocostat(t.Context(), "", "eval", y.dataset+":val", detections, "--format", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// What Ultralytics writes is found by the names of images: predictions.json, whose
// category ids begin with 1, and texts, whose classes begin with 0.
func TestUltralytics(t *testing.T) {
	y := newYOLORun(t)
	file := writeJSONFile(t, filepath.Join(t.TempDir(), "predictions.json"), y.predictions)
	for _, path := range []string{file, y.labels, filepath.Dir(y.labels)} {
		r := y.eval(t, path)
		if ap := r.Summary["AP"]; ap != 1 || len(r.Problems) > 0 || r.Detections.MatchedBy != "file-name" {
			t.Errorf("%s: AP %v, problems %v, by %q", path, ap, r.Problems, r.Detections.MatchedBy)
		}
	}
}

// Older versions count categories from 0 in predictions.json, too: that is told,
// with what to do.
func TestUltralyticsFromZero(t *testing.T) {
	y := newYOLORun(t)
	for _, p := range y.predictions {
		p["category_id"] = p["category_id"].(int) - 1
	}
	r := y.eval(t, writeJSONFile(t, filepath.Join(t.TempDir(), "predictions.json"), y.predictions))
	at := slices.Index(r.kinds(), "result-class-ids")
	if at < 0 || !strings.Contains(r.Problems[at].Remedy, "add 1 to each category_id") {
		t.Errorf("problems %+v", r.Problems)
	}
}

func TestUltralyticsWithoutConfidence(t *testing.T) {
	y := newYOLORun(t)
	cocostat.Fails(t.Context(), t, 1, "save_conf=True", "", "eval", y.dataset+":val", filepath.Join(filepath.Dir(y.dataset), "labels/val"))
	cocostat.Fails(t.Context(), t, 2, "holds no texts of detections", "", "eval", y.dataset+":val", t.TempDir())
}
