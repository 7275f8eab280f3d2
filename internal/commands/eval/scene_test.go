package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// evalScene is a made dataset and the detections of a good detector: boxes next
// to the objects, and some on nothing.
type evalScene struct {
	Images      []map[string]any `json:"images"`
	Categories  []map[string]any `json:"categories"`
	Annotations []map[string]any `json:"annotations"`
	detections  []map[string]any
}

const sceneImages, sceneClasses = 24, 4

// newEvalScene makes images of 640×480 whose ids are no numbers of their names;
// the ids of the categories are those given.
func newEvalScene(categories ...int64) *evalScene {
	rng, s := rand.New(rand.NewPCG(12, 3)), &evalScene{}
	for k, id := range categories {
		s.Categories = append(s.Categories, map[string]any{"id": id, "name": string(rune('a' + k))})
	}
	for i := range sceneImages {
		id := 500 + i
		s.Images = append(s.Images, map[string]any{"id": id, "file_name": fmt.Sprintf("val/cam%d_%04d.jpg", 1+i%2, 7*i+3), "width": 640, "height": 480})
		for range 6 {
			box := [4]float64{math.Round(rng.Float64() * 500), math.Round(rng.Float64() * 360), 20 + math.Round(rng.Float64()*100), 20 + math.Round(rng.Float64()*80)}
			class := categories[rng.IntN(len(categories))]
			s.Annotations = append(s.Annotations, map[string]any{"id": len(s.Annotations) + 1, "image_id": id, "category_id": class,
				"bbox": box, "area": box[2] * box[3], "iscrowd": 0})
			if rng.IntN(10) == 0 {
				continue
			}
			near := box
			near[0], near[2] = near[0]+rng.Float64()*6, near[2]*(0.9+0.2*rng.Float64())
			s.detections = append(s.detections, map[string]any{"image_id": id, "category_id": class, "bbox": near, "score": math.Round(rng.Float64()*1e4) / 1e4})
		}
		s.detections = append(s.detections, map[string]any{"image_id": id, "category_id": categories[0], "bbox": [4]float64{2, 2, 9, 9}, "score": 0.1})
	}
	return s
}

// changed returns the detections with each changed.
func (s *evalScene) changed(change func(d map[string]any)) []map[string]any {
	var list []map[string]any
	for _, d := range s.detections {
		copied := map[string]any{}
		for k, v := range d {
			copied[k] = v
		}
		change(copied)
		list = append(list, copied)
	}
	return list
}

func writeJSONFile(t *testing.T, path string, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// noTail is what is said of a scene, whose classes are equally frequent.
var noTail = regexp.MustCompile("no class is in the tail.*\n")

// evalHints evaluates detections against a scene in a folder of the test, and returns
// what is said besides.
func evalHints(t *testing.T, s *evalScene, detections any, flags ...string) (r hintReport, errs string) {
	t.Helper()
	dir := t.TempDir()
	gt, dt := writeJSONFile(t, filepath.Join(dir, "gt.json"), s), writeJSONFile(t, filepath.Join(dir, "dt.json"), detections)
	out, errs, code := cocostat(t.Context(), "", append([]string{"eval", gt, dt, "--format", "json"}, flags...)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r, noTail.ReplaceAllString(errs, "")
}

func sequence(first, n int64) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = first + int64(i)
	}
	return ids
}
