package weights_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/weights"
)

// The repeat factors of detectron2's own
// RepeatFactorTrainingSampler.repeat_factors_from_category_frequency (commit
// 02b5c4e), run on the annotated images of the same files with lists in the
// place of tensors, and summed with math.fsum.
func TestRepeatFactorsOfDetectron2(t *testing.T) {
	for _, c := range []struct {
		file              string
		threshold         float64
		images, annotated int
		sum, greatest     float64
		repeated          int
		some              map[int64]float64
	}{
		{"lvis/lvis_val_100.json", 0.05, 100, 93, 183.27846518982165, 2.1563858652847823, 93,
			map[int64]float64{6460: 1.5247950681976905, 6894: 2.1563858652847823, 11813: 2.1563858652847823}},
		{"taco/annotations.json", 0.01, 1500, 1500, 1575.1219874716958, 3.872983346207417, 142, map[int64]float64{0: 1}},
		{"coco128/annotations/instances_train2017.json", 0.1, 128, 126, 250.31169928417276, 3.5496478698597698, 126,
			map[int64]float64{9: 3.5496478698597698, 25: 1.7748239349298849, 30: 2.5099800796022267}},
		{"bccd/annotations/instances_train.json", 0.9, 205, 205, 234.92344945583056, 1.255755978254962, 117,
			map[int64]float64{1: 1, 3: 1.255755978254962}},
	} {
		path := filepath.Join("../../shared/data", c.file)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("the annotations are not here: %v", err)
		}
		counts, err := dataset.Count(t.Context(), []string{path}, annotations.Options{NoHash: true})
		if err != nil {
			t.Fatal(err)
		}
		opt := weights.DefaultOptions()
		opt.RepeatThreshold = c.threshold
		w, err := weights.Build(counts, opt)
		if err != nil {
			t.Fatal(err)
		}
		images, err := weights.MakeImages(counts, w)
		if err != nil {
			t.Fatal(err)
		}
		greatest, annotated, repeated := 0.0, 0, 0
		for _, r := range images.Rows {
			greatest = max(greatest, r.RepeatFactor)
			if r.Objects > 0 {
				annotated++
			}
			if r.RepeatFactor > 1 {
				repeated++
			}
			if want, ok := c.some[r.ID]; ok && math.Abs(r.RepeatFactor-want) > 1e-15 {
				t.Errorf("%s: repeat factor %v of image %d, want %v", c.file, r.RepeatFactor, r.ID, want)
			}
		}
		if len(images.Rows) != c.images || annotated != c.annotated || repeated != c.repeated {
			t.Errorf("%s: %d images, %d annotated, %d repeated, want %d, %d, %d", c.file, len(images.Rows), annotated, repeated, c.images, c.annotated, c.repeated)
		}
		if got := images.EpochLength(false); math.Abs(got-c.sum) > 1e-11 || math.Abs(greatest-c.greatest) > 1e-15 {
			t.Errorf("%s: sum %v, greatest %v, want %v, %v", c.file, got, greatest, c.sum, c.greatest)
		}
	}
}
