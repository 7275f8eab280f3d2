package imagename

import (
	"slices"
	"testing"
)

func TestFind(t *testing.T) {
	table := New([]string{"train/a.jpg", "val/a.jpg", "val/b.png", "IMG_1_jpg.rf.0a1b.jpg", "", "deep/er/c.jpg", "other/er/c.jpg",
		"d.jpg", "d.png", `win\e.jpg`, "frame.17.jpg", "same.jpg", "same.jpg"})
	for text, want := range map[string][]int{
		"a.jpg":                     {0, 1}, // in two folders
		"a":                         {0, 1},
		"val/a.jpg":                 {1},
		"/data/x/val/a.jpg":         {1},
		`C:\data\train\a.jpg`:       {0},
		"b.png":                     {2},
		"b":                         {2},
		"val/b":                     {2},
		"b.jpg":                     {2}, // another extension, one picture
		"elsewhere/b.PNG":           {2},
		"IMG_1_jpg.rf.0a1b":         {3},
		"IMG_1_jpg.rf.0a1b.jpg":     {3},
		"IMG_1_jpg.rf.9999":         nil,
		"deep/er/c.jpg":             {5},
		"er/c.jpg":                  {5, 6},
		"d.jpg":                     {7},
		"d":                         {7, 8},
		"win/e.jpg":                 {9},
		"frame.17":                  {10},
		"frame":                     nil,
		"same.jpg":                  {11, 12},
		"./d.png":                   {8},
		"":                          nil,
		"/somewhere/else/frame.17":  {10},
		"somewhere/train/other.jpg": nil,
	} {
		if got := table.Find(text); !slices.Equal(got, want) {
			t.Errorf("%q: images %v, want %v", text, got, want)
		}
	}
}

// By hand, of names as COCO, cameras and video tools write them.
func TestNumbers(t *testing.T) {
	for name, want := range map[string][4]int64{
		"000000000139.jpg":              {139, 139, 139, 139},
		"COCO_val2014_000000000042.jpg": {-1, 42, 2014, 2014000000000042},
		"val/frame_17_12_45.png":        {-1, 45, 17, 171245},
		"cat.jpg":                       {-1, -1, -1, -1},
		"99999999999999999999.jpg":      {-1, -1, -1, -1},        // more than 64 bits
		"20240131T235959_000123.jpg":    {-1, 123, 20240131, -1}, // 20 digits
		"":                              {-1, -1, -1, -1},
	} {
		table := New([]string{name})
		for _, rule := range Rules {
			got := int64(-1)
			for n := range table.Numbers(rule) {
				got = n
			}
			if got != want[rule] {
				t.Errorf("%s of %q: %d, want %d", rule, name, got, want[rule])
			}
		}
	}
	if n := New([]string{"a/1.jpg", "b/01.jpg"}).Numbers(Whole); len(n[1]) != 2 {
		t.Errorf("two images are number 1: %v", n)
	}
}
