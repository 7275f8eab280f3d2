package weights

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
)

func imageTable(t *testing.T) *ImageTable {
	t.Helper()
	c := pairs(3)
	c.ImageRows = append(c.ImageRows, annotations.ImageCount{ID: 1 << 40, FileName: "ü.jpg"})
	c.Instances, c.Images, c.TotalInstances, c.AnnotatedImages = []int64{4, 2}, []int64{2, 1}, 6, 3
	opt := DefaultOptions()
	opt.RepeatThreshold, opt.Version = 0.75, "v1"
	w, err := Build(c, opt)
	if err != nil {
		t.Fatal(err)
	}
	images, err := MakeImages(c, w)
	if err != nil {
		t.Fatal(err)
	}
	return images
}

func encodedImages(t *testing.T, table *ImageTable) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := table.encode(&b, checked(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImagesFile(t *testing.T) {
	columns, metadata, _ := columnsOf(t, encodedImages(t, imageTable(t)))
	// By hand: frequencies 2/3 and 1/3, so r = sqrt(0.75·1.5) and sqrt(0.75·3) = 1.5.
	want := []string{
		"image_id int64 [100 101 102 1099511627776]", `file_name utf8 ["0.jpg" "1.jpg" "2.jpg" "ü.jpg"]`,
		"width int32 [4 4 4 (null)]", "height int32 [(null) (null) (null) (null)]",
		"objects int32 [1 2 3 0]", "classes int32 [1 1 1 0]",
		"repeat_factor float64 [1.0606601717798212 1.5 1.0606601717798212 1]",
	}
	if strings.Join(columns, "\n") != strings.Join(want, "\n") {
		t.Errorf("columns %q, want %q", columns, want)
	}
	specified := `{"format":"images/1","version":"v1","sources":[{"path":"-","bytes":5,"sha256":"00"}],"crowds":true,"repeat_threshold":0.75}`
	if metadata != specified {
		t.Errorf("metadata %s, want %s", metadata, specified)
	}
}

func TestImagesRefuseBadContent(t *testing.T) {
	for what, spoil := range map[string]func(*ImageTable){
		"repeat threshold 2 is not in [0, 1]": func(e *ImageTable) { e.Meta.RepeatThreshold = 2 },
		"no images":                           func(e *ImageTable) { e.Rows = nil },
		`row 1 (image 101 "1.jpg"): column objects: -2 is negative`:      func(e *ImageTable) { e.Rows[1].Objects = -2 },
		"column classes: 4 classes in 2 objects":                         func(e *ImageTable) { e.Rows[1].Classes = 4 },
		"column classes: 0 classes in 2 objects":                         func(e *ImageTable) { e.Rows[1].Classes = 0 },
		"column repeat_factor: 0.5 is not a finite number of at least 1": func(e *ImageTable) { e.Rows[1].RepeatFactor = 0.5 },
		"column repeat_factor: 1.25 without objects, want 1":             func(e *ImageTable) { e.Rows[3].RepeatFactor = 1.25 },
		"column repeat_factor: NaN is not":                               func(e *ImageTable) { e.Rows[1].RepeatFactor = math.NaN() },
		"column repeat_factor: +Inf is not":                              func(e *ImageTable) { e.Rows[1].RepeatFactor = math.Inf(1) },
		"row 2: column image_id: 102 comes after 200":                    func(e *ImageTable) { e.Rows[1].ID = 200 },
		`row 1: image 100 "0.jpg" stands there twice`:                    func(e *ImageTable) { e.Rows[1] = e.Rows[0] },
	} {
		bad := imageTable(t)
		spoil(bad)
		path := filepath.Join(t.TempDir(), "images.arrow")
		if err := write(bad, path); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want %q", err, what)
		}
	}
}

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
		counts, err := annotations.Count(t.Context(), []string{path}, annotations.Options{NoHash: true})
		if err != nil {
			t.Fatal(err)
		}
		opt := DefaultOptions()
		opt.RepeatThreshold = c.threshold
		w, err := Build(counts, opt)
		if err != nil {
			t.Fatal(err)
		}
		images, err := MakeImages(counts, w)
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
