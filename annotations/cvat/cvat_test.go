package cvat_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/cvat"
	"cocostat/annotations/visittest"
)

var bg = context.Background()

const data = "../../../shared/data/formats/"

func read(text string) (*visittest.Visits, error) {
	return visittest.Record(func(v annotations.Visitor) error { return cvat.Scan(bg, strings.NewReader(text), "test.xml", v) })
}

// CVAT wrote the same set as COCO JSON, which encoding/json reads.
func TestSameAsCOCO(t *testing.T) {
	want := visittest.COCO(t, data+"coco_format_v1/instances_default.json")
	text, err := os.ReadFile(data + "cvat_format/annotations.xml")
	if err != nil {
		t.Skip(err)
	}
	v, err := read(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := visittest.Same(v.Objects(), want, 0.01); diff != "" || len(v.Annotations) != 273 || len(v.Problems) > 0 {
		t.Errorf("%d annotations, problems %v:\n%s", len(v.Annotations), v.Problems, diff)
	}
	if im := v.Images[0]; im.ID != 99 || im.FileName != "2007_001585.jpg" || im.Width != 500 || im.Height != 434 {
		t.Errorf("first image %+v", im)
	}
	if c := v.Categories[16]; c.ID != 17 || c.Name != "bottle" { // as in CVAT's COCO
		t.Errorf("category %+v", c)
	}
}

const head = `<annotations><meta><task><labels><label><name>cat</name></label><label><name>nose</name><parent>cat</parent></label><label><name>dog</name></label></labels></task></meta>`

// The boxes around shapes, by hand.
func TestShapes(t *testing.T) {
	v, err := read(head + `<image id="7" name="a/b.jpg" subset="train" width="100" height="80">
<box label="dog" xtl="1.5" ytl="2" xbr="11.5" ybr="7" occluded="0"><attribute name="age">3</attribute></box>
<box label="cat" xtl="10" ytl="10" xbr="30" ybr="20" rotation="90.0"/>
<polygon label="cat" points="5,6;15.5,3;9,30"/>
<mask label="cat" rle="0, 12" left="4" top="5" width="3" height="4"/>
<ellipse label="cat" cx="50" cy="40" rx="10" ry="5"/>
<cuboid label="cat" xtl1="1" ytl1="2" xbl1="1" ybl1="9" xtr1="5" ytr1="2" xbr1="5" ybr1="9" xtl2="3" ytl2="0" xbl2="3" ybl2="7" xtr2="8" ytr2="0" xbr2="8" ybr2="7"/>
<skeleton label="cat"><points label="nose" points="3,4" outside="0"/><points label="nose" points="99,99" outside="1"/><points label="nose" points="13,24"/></skeleton>
<points label="dog" points="3,4"/><polyline label="dog" points="3,4;5,6"/><tag label="dog"/>
<box label="cow" xtl="1" ytl="2" xbr="11" ybr="7"/><box label="cat" xtl="x" ytl="2" xbr="11" ybr="7"/><polygon label="cat" points="1,2;3"/>
</image></annotations>`)
	if err != nil {
		t.Fatal(err)
	}
	var boxes [][4]float64
	for _, a := range v.Annotations {
		boxes = append(boxes, a.BBox)
		if has := a.Has&annotations.FieldBBox != 0; has != (a.BBox != [4]float64{}) || math.Abs(a.Area-a.BBox[2]*a.BBox[3]) > 1e-9 || a.ImageID != 7 {
			t.Errorf("%+v", a)
		}
	}
	want := [][4]float64{{1.5, 2, 10, 5}, {15, 5, 10, 20}, {5, 3, 10.5, 27}, {4, 5, 3, 4}, {40, 35, 20, 10}, {1, 0, 7, 9}, {3, 4, 10, 20}, {}, {}, {1, 2, 10, 5}, {}, {}}
	if !reflect.DeepEqual(boxes, want) {
		t.Errorf("boxes\n%v, want\n%v", boxes, want)
	}
	if len(v.Categories) != 2 || v.Categories[1].ID != 2 || v.Annotations[0].CategoryID != 2 {
		t.Errorf("categories %+v", v.Categories)
	}
	kinds := fmt.Sprint(v.Problems)
	for kind, n := range map[annotations.Kind]int{annotations.ShapeWithoutBox: 2, annotations.ImageLabel: 1, annotations.UnreadableField: 2} {
		if strings.Count(kinds, string(kind)) != n {
			t.Errorf("problems %s, want %d of %s", kinds, n, kind)
		}
	}
	if unknown := v.Annotations[9].CategoryID; v.Texts[unknown] != "cow" || unknown != annotations.NumberOfText("cow") {
		t.Errorf("category of a cow: %d", unknown)
	}
}

// In a project tasks count their images from 0 each; without <meta> categories are
// the labels as they come.
func TestNumbering(t *testing.T) {
	v, err := read(`<annotations><meta><project><labels><label><name>cat</name></label></labels></project></meta>
<image id="0" name="a.jpg" task_id="1" width="9" height="9"/><image id="0" name="b.jpg" task_id="2"/></annotations>`)
	if err != nil || len(v.Images) != 2 || v.Images[0].ID != 1 || v.Images[1].ID != 2 || v.Images[1].Width != 0 {
		t.Errorf("%+v, %v", v.Images, err)
	}
	v, err = read(`<annotations><image id="5" name="a"><box label="z" xtl="1" ytl="2" xbr="3" ybr="4"/><box label="a" xtl="1" ytl="2" xbr="3" ybr="4"/></image></annotations>`)
	if err != nil || len(v.Categories) != 2 || v.Categories[0].Name != "z" || v.Annotations[1].CategoryID != 2 || v.Images[0].ID != 5 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestSplits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "annotations.xml")
	text := head + `<image id="0" name="a" subset="Train"><box label="cat" xtl="1" ytl="2" xbr="3" ybr="4"/></image><image id="1" name="b" subset="Test"/></annotations>`
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Mkdir(filepath.Join(dir, "images"), 0o755)); err != nil {
		t.Fatal(err)
	}
	for split, want := range map[string]string{"": "[a b]", "train": "[a]", "Test": "[b]", "val": "no image is of the subset \"val\"; there are Train, Test"} {
		f := cvat.Open(path, split, annotations.Options{})
		v, err := visittest.Record(func(v annotations.Visitor) error { return f.Scan(bg, v) })
		var names []string
		for _, im := range v.Images {
			names = append(names, im.FileName)
		}
		if got := fmt.Sprint(names, err); !strings.Contains(got, want) || f.Images() != filepath.Join(dir, "images") || err == nil && f.Source().Bytes != int64(len(text)) {
			t.Errorf("%q: %s, %s, %+v; want %s", split, got, f.Images(), f.Source(), want)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		head + `<track id="0" label="cat"><box frame="0"/></track></annotations>`:              `test.xml: line 1, column 171 (byte 170): this is CVAT for video, whose tracks are boxes over time: export the task as "CVAT for images 1.1"`,
		`<dataset><images/></dataset>`:                                                         "no export of CVAT",
		head + `<image id="0" name="a">`:                                                       "the text ends within <image>: it is truncated",
		`<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotations>&e;</annotations>`: "entities that a file declares are not read",
		"<annotations>" + strings.Repeat("<image>", 100000):                                    "more than 10000 elements inside each other",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %v, want %s", text, err, want)
		}
	}
}

// Every cut of a file is an error.
func TestTruncated(t *testing.T) {
	text := head + `<image id="0" name="a"><box label="cat" xtl="1" ytl="2" xbr="3" ybr="4"></box></image></annotations>`
	for n := range len(text) {
		if _, err := read(text[:n]); err == nil {
			t.Fatalf("%q is read", text[:n])
		}
	}
}

// Whatever the text, a scan ends, and hands over only what can be: boxes that are
// numbers, annotations of images that were visited.
func FuzzScan(f *testing.F) {
	f.Add([]byte(head + `<image id="7" name="a" width="100" height="80"><box label="cat" xtl="10" ytl="10" xbr="30" ybr="20" rotation="90.0"/><polygon label="x" points="5,6;15.5,3"/><skeleton label="cat"><points points="3,4"/></skeleton><ellipse label="cat" cx="50" cy="40" rx="10" ry="5"/></image></annotations>`))
	f.Add([]byte(`<annotations><meta><project><labels/></project></meta><image name="b"><mask label="" left="1e300" top="-1" width="1" height="2"/><points label="a" points=""/></image></annotations>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, _ := read(string(text))
		images := map[int64]bool{}
		for _, im := range v.Images {
			images[im.ID] = true
			if im.Width < 0 || im.Height < 0 || (im.Width == 0) != (im.Height == 0) {
				t.Errorf("%+v", im)
			}
		}
		for i, a := range v.Annotations {
			told := a.Has&annotations.FieldBoxTold != 0
			if a.ID != int64(i+1) || !images[a.ImageID] || told == (a.Has&annotations.FieldBBox != 0) {
				t.Errorf("%+v", a)
			}
			for _, n := range a.BBox {
				if math.IsNaN(n) {
					t.Errorf("%+v", a)
				}
			}
		}
	})
}
