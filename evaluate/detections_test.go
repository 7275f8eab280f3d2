package evaluate_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"cocostat/evaluate"
)

func TestDetectionFormat(t *testing.T) {
	var b strings.Builder
	err := evaluate.WriteDetections(&b, []evaluate.Detection{
		{ImageID: 42, CategoryID: 18, BBox: [4]float64{258.15, 41.29, 348.26, 243.78}, Score: 0.236},
		{ImageID: -1, CategoryID: 0, BBox: [4]float64{0, 1, 1e21, 1.5}, Score: float64(float32(0.1))},
	})
	const want = `[
{"image_id":42,"category_id":18,"bbox":[258.15,41.29,348.26,243.78],"score":0.236},
{"image_id":-1,"category_id":0,"bbox":[0,1,1e+21,1.5],"score":0.10000000149011612}
]
`
	if err != nil || b.String() != want {
		t.Errorf("error %v, got\n%s\nwant\n%s", err, b.String(), want)
	}
	b.Reset()
	if err := evaluate.WriteDetections(&b, nil); err != nil || b.String() != "[]\n" {
		t.Errorf("no detections: %q, %v", b.String(), err)
	}
}

func TestDetectionsReadBack(t *testing.T) {
	_, dets := random(5)
	var b strings.Builder
	w := evaluate.NewDetectionWriter(&b)
	for i := range dets {
		dets[i].Score = float64(float32(dets[i].Score)) * 1e-7
		if err := w.Write(&dets[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var back []cocoBox
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatal(err)
	}
	if len(back) != len(dets) {
		t.Fatalf("%d read back, %d written", len(back), len(dets))
	}
	for i, d := range dets {
		if r := back[i]; d != (evaluate.Detection{ImageID: r.ImageID, CategoryID: r.CategoryID, BBox: r.BBox, Score: r.Score}) {
			t.Errorf("detection %d: wrote %v, read %v", i, d, r)
		}
	}
}

type failingWriter struct{}

var errFull = errors.New("disk full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestDetectionErrors(t *testing.T) {
	d := []evaluate.Detection{det(7, 8, 0, 0, 1, 1, math.NaN())}
	if err := evaluate.WriteDetections(&strings.Builder{}, d); !errors.Is(err, evaluate.ErrNotFinite) || !strings.Contains(err.Error(), "image 7, category 8") {
		t.Errorf("score NaN: error %v", err)
	}
	d[0].Score = 1
	if err := evaluate.WriteDetections(failingWriter{}, d); !errors.Is(err, errFull) {
		t.Errorf("full disk: error %v", err)
	}
}
