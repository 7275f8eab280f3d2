package evaluate_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/evaluate"
)

// readJSON skips the test when the file is missing.
func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "eval", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs ../shared/data/eval, which is not there")
	}
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

type cocoFile struct {
	Images      []struct{ ID int64 }
	Categories  []struct{ ID int64 }
	Annotations []cocoBox
}

type cocoBox struct {
	ID         int64
	ImageID    int64 `json:"image_id"`
	CategoryID int64 `json:"category_id"`
	BBox       [4]float64
	Area       float64
	IsCrowd    int
	Score      float64
}

// published returns the truths and detections of COCO's evaluation demo.
func published(t *testing.T) ([]evaluate.Truth, []evaluate.Detection, evaluate.Params) {
	t.Helper()
	var gt cocoFile
	var boxes []cocoBox
	readJSON(t, "instances_val2014_100.json", &gt)
	readJSON(t, "instances_val2014_fakebbox100_results.json", &boxes)
	var p evaluate.Params
	for _, x := range gt.Images {
		p.Images = append(p.Images, x.ID)
	}
	for _, x := range gt.Categories {
		p.Classes = append(p.Classes, x.ID)
	}
	var truths []evaluate.Truth
	for _, a := range gt.Annotations {
		truths = append(truths, evaluate.Truth{ID: a.ID, ImageID: a.ImageID, CategoryID: a.CategoryID,
			BBox: a.BBox, Area: a.Area, Crowd: a.IsCrowd == 1})
	}
	var dets []evaluate.Detection
	for _, b := range boxes {
		dets = append(dets, evaluate.Detection{ImageID: b.ImageID, CategoryID: b.CategoryID, BBox: b.BBox, Score: b.Score})
	}
	return truths, dets, p
}

// The numbers that COCO's evaluation demo publishes, to three decimals.
func TestPublished(t *testing.T) {
	truths, dets, p := published(t)
	var want map[string]any
	readJSON(t, "expected.json", &want)
	stats := mustEvaluate(t, truths, dets, p).Stats()
	names := []string{"AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"}
	for i, name := range names {
		if expected, ok := want[name].(float64); !ok || !(math.Abs(stats[i]-expected) <= 0.0005) {
			t.Errorf("%s = %.4f, published %v", name, stats[i], want[name])
		}
	}
}

// The lines as COCO's demo prints them.
func TestSummary(t *testing.T) {
	truths, dets, p := published(t)
	var b strings.Builder
	if err := mustEvaluate(t, truths, dets, p).WriteSummary(&b); err != nil {
		t.Fatal(err)
	}
	const want = ` Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.505
 Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.697
 Average Precision  (AP) @[ IoU=0.75      | area=   all | maxDets=100 ] = 0.573
 Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.586
 Average Precision  (AP) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 0.519
 Average Precision  (AP) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = 0.501
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.387
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = 0.594
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.595
 Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.640
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 0.566
 Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = 0.564
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
