package coco

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
)

// shared is where real annotation files may lie.
const shared = "../../../shared/data"

// What each unusual file gives: instances counted, or words of the error. The
// numbers and the damage were looked up with Python's json module.
var oddFiles = map[string]struct {
	instances int64
	problems  map[annotations.Kind]int64
	err       string
}{
	"all_crowd_rle.json":                                  {instances: 75},
	"annotations_first_is_crowd_key.json":                 {instances: 545},
	"annotations_of_missing_images.json":                  {instances: 7568, problems: map[annotations.Kind]int64{annotations.UnknownImage: 852}},
	"backslash_paths.json":                                {instances: 42, problems: map[annotations.Kind]int64{annotations.AnnotationIDZero: 1}},
	"bbox_numbers_as_strings.json":                        {instances: 49, problems: map[annotations.Kind]int64{annotations.StringNumber: 98}},
	"boxes_past_the_image_edge.json":                      {instances: 39, problems: map[annotations.Kind]int64{annotations.OutsideImage: 10}},
	"captions_no_categories.json":                         {err: "captions"},
	"compressed_rle_category_zero.json":                   {instances: 477},
	"crlf.json":                                           {instances: 6},
	"dangling_categories.json":                            {instances: 5, problems: map[annotations.Kind]int64{annotations.UnknownCategory: 3}},
	"empty_bboxes.json":                                   {instances: 18, problems: map[annotations.Kind]int64{annotations.NoBox: 9}},
	"escaped_unicode_names.json":                          {instances: 27},
	"images_only.json":                                    {err: "holds no categories (347 images"},
	"json_lines_not_coco.json":                            {err: "JSON lines"},
	"literal_nan.json":                                    {err: "which is not JSON"},
	"mixed_id_types_ignore.json":                          {instances: 14, problems: map[annotations.Kind]int64{annotations.StringID: 2}},
	"one_image.json":                                      {instances: 16},
	"string_image_ids_unknown_images_and_categories.json": {err: "none of the 2969 annotations refers to"},
	"truncated.json":                                      {err: "line 37183, column 1 (byte 934604)"},
	"via_duplicate_category_ids.json":                     {instances: 18, problems: map[annotations.Kind]int64{annotations.DuplicateCategory: 15, annotations.StringID: 18}},
	"voc_xml_named.xml":                                   {err: "Pascal VOC XML"},
}

func TestOddFiles(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(shared, "odd"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no shared data: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		want, ok := oddFiles[e.Name()]
		if !ok {
			t.Errorf("%s: no expectation", e.Name())
			continue
		}
		path := filepath.Join(shared, "odd", e.Name())
		c, err := countFiles([]string{path}, annotations.Options{})
		switch {
		case want.err != "":
			if err == nil || !strings.Contains(err.Error(), want.err) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: error %v, want %q", e.Name(), err, want.err)
			}
		case err != nil:
			t.Errorf("%s: %v", e.Name(), err)
		case c.TotalInstances != want.instances:
			t.Errorf("%s: %d instances, want %d", e.Name(), c.TotalInstances, want.instances)
		default:
			for kind, n := range want.problems {
				if got := cocotest.ProblemCount(c.Problems, kind); got != n {
					t.Errorf("%s: %s found %d times, want %d", e.Name(), kind, got, n)
				}
			}
		}
	}
}

// The largest annotation file of the shared data repeats one plain shape
// 36,781 times; its description gives the totals, and the reference is slow.
const largestFile = "instances_val2017_boxes.json"

func TestLargestFile(t *testing.T) {
	path := filepath.Join(shared, "coco_val2017_boxes", largestFile)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no shared data: ", err)
	}
	c, err := countFiles([]string{path}, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.TotalInstances != 36781 || len(c.ImageRows) != 5000 || len(c.Categories) != 80 {
		t.Errorf("%d instances, %d images, %d categories; want 36781, 5000, 80", c.TotalInstances, len(c.ImageRows), len(c.Categories))
	}
	checkLoad(t, path, c)
}

// Every other annotation file of the shared data gives the reference's counts,
// and Load the same objects.
func TestRealFiles(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip("no shared data: ", err)
	}
	counted := 0
	err := filepath.WalkDir(shared, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || d.Name() == largestFile {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if checkAgainstReference(t, text, 0) > 0 {
			counted++
		}
		if c, err := countText(strings.NewReader(string(text)), 0, false); err == nil {
			checkLoad(t, path, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if counted < 15 {
		t.Errorf("only %d files were compared", counted)
	}
}

// checkLoad compares what Load reads with the counts of the same file.
func checkLoad(t *testing.T, path string, c *annotations.Counts) {
	t.Helper()
	d, err := loadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if len(d.Images) != len(c.ImageRows) || len(d.Objects) != len(d.Images) || len(d.Categories) != len(c.Categories) {
		t.Errorf("%s: %d images, %d object lists, %d categories; counted %d and %d",
			path, len(d.Images), len(d.Objects), len(d.Categories), len(c.ImageRows), len(c.Categories))
		return
	}
	instances := make([]int64, len(c.Categories))
	for i, objects := range d.Objects {
		for _, a := range objects {
			if a.ImageID != d.Images[i].ID {
				t.Errorf("%s: annotation %d of image %d stands with image %d", path, a.ID, a.ImageID, d.Images[i].ID)
			}
			instances[slices.IndexFunc(c.Categories, func(k annotations.Category) bool { return k.ID == a.CategoryID })]++
		}
		if !slices.IsSortedFunc(objects, func(a, b annotations.Annotation) int { return int(a.Offset - b.Offset) }) {
			t.Errorf("%s: the objects of image %d are not in the order of the file", path, d.Images[i].ID)
		}
	}
	if !slices.Equal(instances, c.Instances) {
		t.Errorf("%s: loaded %v, counted %v", path, instances, c.Instances)
	}
}
