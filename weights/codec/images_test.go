package codec

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/weights"
	"cocostat/weights/weightstest"
)

func imageTable(t *testing.T) *weights.ImageTable {
	t.Helper()
	c := weightstest.Pairs(3)
	c.ImageRows = append(c.ImageRows, annotations.ImageCount{ID: 1 << 40, FileName: "ü.jpg"})
	c.Instances, c.Images, c.TotalInstances, c.AnnotatedImages = []int64{4, 2}, []int64{2, 1}, 6, 3
	opt := weights.DefaultOptions()
	opt.RepeatThreshold, opt.Version = 0.75, "v1"
	w, err := weights.Build(c, opt)
	if err != nil {
		t.Fatal(err)
	}
	images, err := weights.MakeImages(c, w)
	if err != nil {
		t.Fatal(err)
	}
	return images
}

func encodedImages(t *testing.T, table *weights.ImageTable) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encodeImages(&b, table, checked(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImagesFile(t *testing.T) {
	columns, metadata, _ := printed(t, encodedImages(t, imageTable(t)))
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
	for what, spoil := range map[string]func(*weights.ImageTable){
		"repeat threshold 2 is not in [0, 1]": func(e *weights.ImageTable) { e.Meta.RepeatThreshold = 2 },
		"no images":                           func(e *weights.ImageTable) { e.Rows = nil },
		`row 1 (image 101 "1.jpg"): column objects: -2 is negative`:      func(e *weights.ImageTable) { e.Rows[1].Objects = -2 },
		"column classes: 4 classes in 2 objects":                         func(e *weights.ImageTable) { e.Rows[1].Classes = 4 },
		"column classes: 0 classes in 2 objects":                         func(e *weights.ImageTable) { e.Rows[1].Classes = 0 },
		"column repeat_factor: 0.5 is not a finite number of at least 1": func(e *weights.ImageTable) { e.Rows[1].RepeatFactor = 0.5 },
		"column repeat_factor: 1.25 without objects, want 1":             func(e *weights.ImageTable) { e.Rows[3].RepeatFactor = 1.25 },
		"column repeat_factor: NaN is not":                               func(e *weights.ImageTable) { e.Rows[1].RepeatFactor = math.NaN() },
		"column repeat_factor: +Inf is not":                              func(e *weights.ImageTable) { e.Rows[1].RepeatFactor = math.Inf(1) },
		"row 2: column image_id: 102 comes after 200":                    func(e *weights.ImageTable) { e.Rows[1].ID = 200 },
		`row 1: image 100 "0.jpg" stands there twice`:                    func(e *weights.ImageTable) { e.Rows[1] = e.Rows[0] },
	} {
		bad := imageTable(t)
		spoil(bad)
		path := filepath.Join(t.TempDir(), "images.arrow")
		if err := write(bad, path); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want %q", err, what)
		}
	}
}
