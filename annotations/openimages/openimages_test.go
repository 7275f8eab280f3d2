package openimages_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/openimages"
	"cocostat/annotations/visittest"
)

var bg = context.Background()

const data = "../../../shared/data/formats/"

func read(text string) (*visittest.Visits, error) {
	return visittest.Record(func(v annotations.Visitor) error { return openimages.Scan(bg, strings.NewReader(text), "test.csv", v) })
}

func open(t *testing.T, path, split string) (*visittest.Visits, error) {
	t.Helper()
	f := openimages.Open(path, split, annotations.Options{})
	return visittest.Record(func(v annotations.Visitor) error { return f.Scan(bg, v) })
}

// The same set as COCO JSON, by CVAT; decimal commas, and sizes from the images.
func TestSameAsCOCO(t *testing.T) {
	want := visittest.COCO(t, data+"coco_format_v1/instances_default.json")
	v, err := open(t, data+"openimages_format/all_bounding_boxes.csv", "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := visittest.Same(v.Objects(), want, 0.01); diff != "" || len(v.Annotations) != 273 || len(v.Problems) > 0 {
		t.Errorf("%d annotations, problems %v:\n%s", len(v.Annotations), v.Problems, diff)
	}
}

const header = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"

// A folder as the downloads of Open Images are laid out, an image of 40×20 in it.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"oidv6-train-annotations-bbox.csv": header + "a1,xclick,/m/02,1,0.1,0.5,0.25,0.75,0,0,0,0,0\nb2,xclick,/m/01,1,0,1,0,1,0,0,1,0,0\na1,xclick,/m/09,1,0,1,0,1,0,0,0,0,0\n",
		"class-descriptions-boxable.csv":   "LabelName,DisplayName\n/m/01,Dog\n/m/02,\"Cat, large\"\n/m/03,Bird\n",
		"train/x":                          "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(dir, "train", "a1.jpg")) // a PNG, whatever it is called
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	v, err := open(t, filepath.Join(dir, "oidv6-train-annotations-bbox.csv"), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range v.Annotations {
		got = append(got, fmt.Sprintf("%d of %d: %d %.4v %v %v", a.ID, a.ImageID, a.CategoryID, a.BBox, a.Crowd, a.Has&annotations.FieldBBox != 0))
	}
	unknown := annotations.NumberOfText("/m/09")
	want := []string{"1 of 1: 2 [4 5 16 10] false true", "2 of 2: 1 [0 0 0 0] true false", fmt.Sprintf("3 of 1: %d [0 0 40 20] false true", unknown)}
	if !slices.Equal(got, want) || v.Texts[unknown] != "/m/09" {
		t.Errorf("%q, want %q", got, want)
	}
	if !slices.Equal(v.Problems, []string{"unreadable-image 2 :3"}) {
		t.Errorf("problems %q", v.Problems)
	}
	if c := v.Categories; len(c) != 3 || c[1].Name != "Cat, large" || v.Images[0].FileName != "a1.jpg" || v.Images[0].Width != 40 || v.Images[1].Width != 0 {
		t.Errorf("%+v, %+v", v.Categories, v.Images)
	}
	if _, err := open(t, filepath.Join(dir, "oidv6-train-annotations-bbox.csv"), "val"); err == nil || !strings.Contains(err.Error(), "a file for each split") {
		t.Error(err)
	}
}

// Without images there are counts, and no boxes in pixels.
func TestStream(t *testing.T) {
	v, err := read("imageid;labelname;xmin;xmax;ymin;ymax\n../../x.png;dog;0,1;0,5;0,2;0,3\nx/y;cat;0,1;1,5;0,2;0,3\nshort;cat\nz;cat;a;0;0;0\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Annotations) != 3 || len(v.Images) != 3 || v.Images[1].FileName != "x/y.jpg" || v.Annotations[0].CategoryID != 2 || v.Categories[0].Name != "cat" {
		t.Errorf("%+v", v)
	}
	if want := []string{"coordinate-range 2 :3", "unreadable-line 0 :4", "unreadable-field 3 :5"}; !slices.Equal(v.Problems, want) {
		t.Errorf("problems %q, want %q", v.Problems, want)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                           "the file is empty",
		"ImageID,Source,LabelName,Confidence":        "these are labels of whole images; the tables of boxes are called …-annotations-bbox.csv",
		"ImageID,LabelName,XMin,XMax,YMin\n":         "there is no column YMax",
		header + "a,\"b\nc":                          "line 2, column 1 (byte 0): a quote is not closed",
		header + strings.Repeat("x", 5<<20):          "a line of more than 1 MiB",
		header + "\"" + strings.Repeat("x\n", 5<<20): "line 2, column 1 (byte 0): a quote is not closed",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "test.csv") {
			t.Errorf("%.50q: %v, want %s", text, err, want)
		}
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		header: true, "\xef\xbb\xbf\"ImageID\";\"LabelName\"\n": true, "name,instances\ncar,3\n": false, "": false, "{}": false, "image_id,label": false,
	} {
		if openimages.Is([]byte(text)) != want {
			t.Errorf("%q: not %v", text, want)
		}
	}
}

// Whatever the text, a scan ends; a row is an annotation of an image that was
// visited, or a problem.
func FuzzScan(f *testing.F) {
	f.Add([]byte(header + "a1,xclick,/m/02,1,0.1,0.5,0.25,0.75,0,0,0,0,0\nb2,x,y,1,0,1,0,1,0,0,1,0,0\n"))
	f.Add([]byte("imageid;labelname;xmin;xmax;ymin;ymax;isgroupof\nx;dog;0,1;0,5;0,2;0,3;true\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := read(string(text))
		if err != nil {
			return
		}
		for _, a := range v.Annotations {
			if a.ImageID < 1 || a.ImageID > int64(len(v.Images)) || a.CategoryID < 1 || a.CategoryID > int64(len(v.Categories)) || a.Has&annotations.FieldBBox != 0 || math.Abs(a.Area) > 0 {
				t.Errorf("%+v", a)
			}
		}
	})
}
