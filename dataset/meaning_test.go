package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/coco/cocotest"
)

// What the inputs that were made after public reports give: instances by class,
// problems, or words of the error. The numbers are those of EXPECTED.md beside
// them. Paths are relative to that folder, joined by spaces.
var fieldFiles = map[string]struct {
	classes  string // name and instances
	problems map[annotations.Kind]int64
	err      string
	byName   bool
}{
	"annotations_dict.json":               {err: `"annotations" is no list but an object`},
	"categories_dict.json":                {err: `"categories" is no list but an object`},
	"categories_map.json":                 {err: `ids with names are written [{"id": 1, "name": "person"}`},
	"categories_strings.json":             {err: "a list of 2 names alone"},
	"coco_annotator_empty.json":           {classes: "fish 2 ray 1", problems: map[annotations.Kind]int64{annotations.EmptyBox: 2}},
	"bbox_object.json":                    {classes: "dog 1", problems: map[annotations.Kind]int64{annotations.NoBox: 1}},
	"area_list.json":                      {classes: "cube 1", problems: map[annotations.Kind]int64{annotations.UnreadableArea: 1, annotations.NoArea: 0}},
	"xyxy_boxes.json":                     {problems: map[annotations.Kind]int64{annotations.CornerBox: 133, annotations.OutsideImage: 0}},
	"normalised_boxes.json":               {problems: map[annotations.Kind]int64{annotations.NormalisedBox: 200, annotations.AreaContradiction: 0}},
	"same_id_two_images.json":             {problems: map[annotations.Kind]int64{annotations.DuplicateImage: 1}},
	"declared_counts_disagree.json":       {classes: "a 2 b 1", problems: map[annotations.Kind]int64{annotations.DeclaredCounts: 2}},
	"merge/a.json merge/b.json":           {err: "--by name"},
	"merge/b.json merge/a.json":           {classes: "cat 4 dog 1 bird 1", byName: true},
	"merge/a.json merge/c.json":           {classes: "dog 2 cat 3", problems: map[annotations.Kind]int64{annotations.ImageNames: 2, annotations.SharedAnnotation: 2, annotations.SharedImage: 0}},
	"merge/d.json merge/e.json":           {classes: "dog 2 cat 2", problems: map[annotations.Kind]int64{annotations.SharedImage: 2, annotations.SharedAnnotation: 2}},
	"merge/a.json merge/f.json":           {classes: "dog 1 cat 3", byName: true},
	"mixed_captions.json":                 {classes: "a 1 b 0", problems: map[annotations.Kind]int64{annotations.NoCategory: 1, annotations.UnreadableID: 0, annotations.UnknownCategory: 0, annotations.NoBox: 0}},
	"bbox_nulls.json":                     {classes: "a 1 b 1", problems: map[annotations.Kind]int64{annotations.NoBox: 1}},
	"rotated5.json":                       {classes: "ship 1", problems: map[annotations.Kind]int64{annotations.RotatedBox: 1, annotations.NoBox: 0}},
	"rotated8.json":                       {classes: "ship 1", problems: map[annotations.Kind]int64{annotations.RotatedBox: 1, annotations.NoBox: 0}},
	"label_studio_no_images.json":         {err: "holds no images (2 categories, 0 annotations)"},
	"supercategory_same_name.json":        {problems: map[annotations.Kind]int64{annotations.SameCategoryName: 1}},
	"area_image.json":                     {problems: map[annotations.Kind]int64{annotations.AreaContradiction: 10}},
	"nested_annotations.json":             {err: "the annotations stand within the images (1 of 1)"},
	"panoptic.json":                       {err: "panoptic"},
	"uuid_int_ids.json":                   {classes: "a 1 b 1", problems: map[annotations.Kind]int64{annotations.UnreadableID: 0, annotations.TextID: 6}},
	"uint64_ids.json":                     {classes: "a 1 b 1", problems: map[annotations.Kind]int64{annotations.UnreadableID: 0, annotations.TextID: 4}},
	"camera_traps.json":                   {problems: map[annotations.Kind]int64{annotations.NoBox: 1}},
	"utf16.json":                          {err: "UTF-16"},
	"utf16_nobom.json":                    {err: "UTF-16"},
	"fiftyone_nulls.json":                 {classes: "bird 1", problems: map[annotations.Kind]int64{annotations.NoArea: 1}},
	"keypoints_zero.json":                 {classes: "person 1"},
	"category_names_as_ids.json":          {err: "category_id holds the names of categories"},
	"file_names_as_image_ids.json":        {err: "image_id holds the file names of images"},
	"yolo":                                {classes: "car 2 bus 1"},
	"yolo/data.yaml":                      {classes: "car 2 bus 1"},
	"voc":                                 {classes: "car 1"},
	"voc/1.xml":                           {classes: "car 1"},
	"../odd/voc_xml_named.xml":            {classes: "redlight 1"},
	"counts.csv":                          {err: "a table (CSV) with the columns class, instances"},
	"counts.json":                         {err: "holds no images, annotations and categories"},
	"annotation_category_off_by_one.json": {problems: map[annotations.Kind]int64{annotations.CategoryShift: 2, annotations.UnknownCategory: 1}},
}

func TestFieldFiles(t *testing.T) {
	folder := filepath.Join("../../shared/data", "field")
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no shared data: ", err)
	}
	for names, want := range fieldFiles {
		var paths []string
		for _, name := range strings.Fields(names) {
			paths = append(paths, filepath.Join(folder, name))
		}
		c, err := Count(bg, paths, annotations.Options{ByName: want.byName})
		if want.err != "" || err != nil {
			if err == nil || want.err == "" || !strings.Contains(err.Error(), want.err) {
				t.Errorf("%s: error %v, want %q", names, err, want.err)
			}
			continue
		}
		checkClasses(t, names, c, want.classes)
		checkProblems(t, names, c, want.problems)
	}
}

// checkClasses compares instances with a list of names and numbers; "" is not
// compared.
func checkClasses(t *testing.T, name string, c *annotations.Counts, want string) {
	t.Helper()
	fields := strings.Fields(want)
	for i := 0; i < len(fields); i += 2 {
		at := slices.IndexFunc(c.Categories, func(k annotations.Category) bool { return k.Name == fields[i] })
		if at < 0 || fmt.Sprint(c.Instances[at]) != fields[i+1] {
			t.Errorf("%s: instances %v of %+v, want %s", name, c.Instances, c.Categories, want)
			return
		}
	}
	if len(fields) > 0 && len(c.Categories) != len(fields)/2 {
		t.Errorf("%s: %d classes, want %s", name, len(c.Categories), want)
	}
}

func checkProblems(t *testing.T, name string, c *annotations.Counts, want map[annotations.Kind]int64) {
	t.Helper()
	for kind, n := range want {
		if got := cocotest.ProblemCount(c.Problems, kind); got != n {
			t.Errorf("%s: %s found %d times, want %d", name, string(kind), got, n)
		}
	}
}

// boxFile writes a file with an image of 640 × 480 and an annotation for each
// line of members, such as `"bbox": [1, 2, 3, 4]`; class 1 unless it says so.
func boxFile(annotations ...string) string {
	var list []string
	for i, members := range annotations {
		if !strings.Contains(members, "category_id") {
			members += `, "category_id": 1`
		}
		if !strings.Contains(members, "image_id") {
			members += `, "image_id": 1`
		}
		list = append(list, fmt.Sprintf(`{"id": %d, "iscrowd": 0, %s}`, i+1, members))
	}
	return `{"images": [{"id": 1, "file_name": "1.jpg", "width": 640, "height": 480}, {"id": 2, "file_name": "2.jpg", "width": 640, "height": 480}],
"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}], "annotations": [` + strings.Join(list, ",\n") + "]}"
}

// What boxes and areas mean is told from all of a file's. Areas of a polygon
// lie between a line from end to end of the box and the box.
func TestDoubtsAboutBoxes(t *testing.T) {
	square := func(area string) []string {
		var out []string
		for i := range 6 {
			size := 20 + 10*i
			out = append(out, fmt.Sprintf(`"bbox": [%d, 10, %d, %d], "area": %s`, 50*i, size, size, area))
		}
		return out
	}
	for name, test := range map[string]struct {
		annotations []string
		want        map[annotations.Kind]int64
	}{
		"corners": {[]string{`"bbox": [400, 300, 600, 400]`, `"bbox": [10, 10, 100, 100]`, `"bbox": [350, 20, 640, 470]`, `"bbox": [20, 300, 90, 450]`},
			map[annotations.Kind]int64{annotations.CornerBox: 3, annotations.OutsideImage: 0}},
		"beyond the edge by little": {[]string{`"bbox": [4, 4, 640, 480]`, `"bbox": [5, 5, 638, 478]`, `"bbox": [10, 10, 100, 100]`},
			map[annotations.Kind]int64{annotations.CornerBox: 0, annotations.OutsideImage: 2}},
		"sizes swapped": {[]string{`"bbox": [300, 400, 100, 200]`, `"bbox": [100, 450, 50, 150]`, `"bbox": [400, 500, 60, 60]`},
			map[annotations.Kind]int64{annotations.CornerBox: 0, annotations.OutsideImage: 3}},
		"fractions, corner and size":   {[]string{`"bbox": [0.1, 0.2, 0.5, 0.25], "area": 0.125`, `"bbox": [0, 0, 1, 1], "area": 1`}, map[annotations.Kind]int64{annotations.NormalisedBox: 2, annotations.AreaContradiction: 0}},
		"fractions, centre and size":   {[]string{`"bbox": [0.9, 0.8, 0.2, 0.25]`}, map[annotations.Kind]int64{annotations.NormalisedBox: 1}},
		"one small box among others":   {[]string{`"bbox": [0, 0, 1, 1]`, `"bbox": [0, 0, 9, 9]`, `"bbox": [0, 0, 8, 9]`}, map[annotations.Kind]int64{annotations.NormalisedBox: 0}},
		"area 1.0 everywhere":          {square("1.0"), map[annotations.Kind]int64{annotations.AreaContradiction: 6}},
		"area 300 everywhere":          {square("300"), map[annotations.Kind]int64{annotations.AreaContradiction: 6}},
		"area 0 everywhere":            {square("0"), map[annotations.Kind]int64{annotations.AreaContradiction: 6}},
		"area of the image":            {square("307200"), map[annotations.Kind]int64{annotations.AreaContradiction: 6}},
		"area a list":                  {square("[400]"), map[annotations.Kind]int64{annotations.UnreadableArea: 6, annotations.NoArea: 0, annotations.UnreadableField: 0}},
		"area 1.0, two of one size":    {[]string{`"bbox": [9, 9, 30, 40], "area": 1.0`, `"bbox": [90, 9, 30, 40], "area": 1.0`}, map[annotations.Kind]int64{annotations.AreaContradiction: 2}},
		"equal boxes, equal areas":     {[]string{`"bbox": [9, 9, 30, 40], "area": 900`, `"bbox": [90, 9, 30, 40], "area": 900`, `"bbox": [99, 9, 30, 40], "area": 900`}, map[annotations.Kind]int64{annotations.AreaContradiction: 0}},
		"a thin diagonal":              {[]string{`"bbox": [9, 9, 300, 300], "area": 290`}, map[annotations.Kind]int64{annotations.AreaContradiction: 0}},
		"pixels of both ends":          {[]string{`"bbox": [9, 9, 1, 1], "area": 4`, `"bbox": [9, 9, 30, 40], "area": 1271`}, map[annotations.Kind]int64{annotations.AreaContradiction: 0}},
		"one area too large":           {[]string{`"bbox": [9, 9, 30, 40], "area": 12000`, `"bbox": [9, 50, 30, 40], "area": 600`}, map[annotations.Kind]int64{annotations.AreaContradiction: 1}},
		"a copy":                       {[]string{`"bbox": [9, 9, 30, 40]`, `"bbox": [9, 9.0, 30, 4e1]`, `"bbox": [9, 9, 30, 40]`}, map[annotations.Kind]int64{annotations.DuplicateBox: 2}},
		"a copy at −0":                 {[]string{`"bbox": [0, -0, 30, 40]`, `"bbox": [-0.0, 0, 30, 40]`}, map[annotations.Kind]int64{annotations.DuplicateBox: 1}},
		"other class, image, or empty": {[]string{`"bbox": [9, 9, 30, 40]`, `"bbox": [9, 9, 30, 40], "category_id": 2`, `"bbox": [9, 9, 30, 40], "image_id": 2`, `"bbox": [0, 0, 0, 0]`, `"bbox": [0, 0, 0, 0]`}, map[annotations.Kind]int64{annotations.DuplicateBox: 0}},
		"turned":                       {[]string{`"bbox": [9, 9, 30, 40, 0.5]`, `"bbox": [1, 1, 9, 1, 9, 9, 1, 9]`, `"bbox": [1, 2, 3]`}, map[annotations.Kind]int64{annotations.RotatedBox: 2, annotations.NoBox: 1, annotations.UnreadableField: 1}},
	} {
		for _, size := range []int64{0, 1} { // the smallest are read in small chunks
			text := boxFile(test.annotations...) + strings.Repeat(" ", 5000)
			c, err := countText(sized{strings.NewReader(text), size}, false)
			if err != nil {
				t.Fatal(err)
			}
			checkProblems(t, name, c, test.want)
		}
	}
}

// Copies are found wherever they are: the number is that of a map's.
func TestCopiesOfBoxes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	type object struct{ image, class, x, y, w, h int }
	seen := map[object]bool{}
	want := int64(0)
	var b strings.Builder
	b.WriteString(`{"images": [`)
	for i := range 3000 {
		fmt.Fprintf(&b, `{"id": %d, "width": 99, "height": 99},`, i)
	}
	// Half of the annotations are of image 5000.
	b.WriteString(`{"id": 5000, "width": 99, "height": 99}], "categories": [{"id": 0}, {"id": 1}], "annotations": [`)
	for i := range 60000 {
		o := object{r.IntN(3000), r.IntN(2), r.IntN(40), r.IntN(40), 1 + r.IntN(20), 1 + r.IntN(20)}
		if i%2 == 0 {
			o.image = 5000
		}
		if seen[o] {
			want++
		}
		seen[o] = true
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id": %d, "image_id": %d, "category_id": %d, "bbox": [%d, %d, %d, %d], "area": %d}`, i+1, o.image, o.class, o.x, o.y, o.w, o.h, o.w*o.h)
	}
	b.WriteString("]}")
	c, err := countText(strings.NewReader(b.String()), false)
	if err != nil {
		t.Fatal(err)
	}
	if got := cocotest.ProblemCount(c.Problems, annotations.DuplicateBox); got != want || want < 100 {
		t.Errorf("%d copies, want %d", got, want)
	}
}

// Category ids that count from 0 where the categories count from 1, or the
// reverse, are told apart from categories that are missing.
func TestShiftedCategories(t *testing.T) {
	file := func(categories, used []int) string {
		var list, objects []string
		for _, id := range categories {
			list = append(list, fmt.Sprintf(`{"id": %d, "name": "class %d"}`, id, id))
		}
		for i, id := range used {
			objects = append(objects, fmt.Sprintf(`{"id": %d, "image_id": 1, "category_id": %d, "bbox": [%d, 1, 9, 9], "area": 81}`, i+1, id, i))
		}
		return fmt.Sprintf(`{"images": [{"id": 1, "width": 99, "height": 99}], "categories": [%s], "annotations": [%s]}`, strings.Join(list, ","), strings.Join(objects, ","))
	}
	for _, test := range []struct {
		categories, used []int
		want             int64
	}{
		{[]int{1, 2, 3}, []int{0, 1, 2}, 3},
		{[]int{0, 1, 2}, []int{1, 2, 3, 3}, 4},
		{[]int{1, 2, 3}, []int{0, 1, 3}, 0},
		{[]int{1, 2, 3}, []int{2, 3, 4}, 3},
		{[]int{5, 8, 9}, []int{4, 7, 8}, 3},
		{[]int{1, 2, 3}, []int{3, 4}, 0}, // a deleted category and one without objects are as likely
		{[]int{1, 2, 3}, []int{1, 2, 4}, 0},
		{[]int{0, 1, 2}, []int{0, 2, 3}, 0},
		{[]int{1, 2, 3}, []int{1, 2, 3}, 0},
	} {
		c, err := countText(strings.NewReader(file(test.categories, test.used)), false)
		if err != nil {
			t.Fatal(err)
		}
		checkProblems(t, fmt.Sprint(test.categories, test.used), c, map[annotations.Kind]int64{annotations.CategoryShift: test.want})
	}
	_, err := countText(strings.NewReader(file([]int{1}, []int{0})), false)
	if err == nil || !strings.Contains(err.Error(), "shifted by one") {
		t.Errorf("error %v, want one about the shift", err)
	}
}

// Names in the place of ids, also in a part of the annotations.
func TestNamesAsIDs(t *testing.T) {
	text := boxFile(`"bbox": [9, 9, 9, 9]`, `"bbox": [19, 9, 9, 9], "category_id": "dog"`, `"bbox": [29, 9, 9, 9], "image_id": "2.jpg"`,
		`"bbox": [39, 9, 9, 9], "image_id": "2"`, `"bbox": [49, 9, 9, 9], "category_id": "bird"`)
	c, err := countText(strings.NewReader(text), false)
	if err != nil {
		t.Fatal(err)
	}
	checkProblems(t, "names", c, map[annotations.Kind]int64{annotations.CategoryNameAsID: 1, annotations.FileNameAsID: 1, annotations.UnknownCategory: 1, annotations.UnknownImage: 0})
	for _, p := range c.Problems {
		if p.Kind == annotations.TextID && (len(p.Examples) != 3 || p.Examples[0].Text != "dog") {
			t.Errorf("examples %+v, want the texts", p.Examples)
		}
	}
}

// One picture under two ids, annotations within images beside others, and
// categories that are names.
func TestListsThatMeanOtherThings(t *testing.T) {
	for text, want := range map[string]map[annotations.Kind]int64{
		strings.ReplaceAll(boxFile(`"bbox": [9, 9, 9, 9]`), "2.jpg", "1.jpg"):                                      {annotations.SameFileName: 1},
		boxFile(`"bbox": [9, 9, 9, 9]`):                                                                            {annotations.SameFileName: 0},
		strings.Replace(boxFile(`"bbox": [9, 9, 9, 9]`), `"width"`, `"annotations": [{"bbox": [1]}], "width"`, 1):  {annotations.NestedAnnotations: 1},
		strings.Replace(boxFile(`"bbox": [9, 9, 9, 9]`), `"width"`, `"annotations": [], "objects": 3, "width"`, 1): {annotations.NestedAnnotations: 0},
		strings.Replace(boxFile(`"bbox": [9, 9, 9, 9]`), `{"id": 2, "name": "dog"}`, `"dog", 5`, 1):                {annotations.BareName: 1, annotations.NotAnObject: 1},
		strings.Replace(boxFile(`"bbox": [9, 9, 9, 9]`), `"name": "cat"`, `"name": "cat", "instance_count": 0`, 1): {annotations.DeclaredCounts: 1},
		// LVIS declares what its whole training set holds.
		strings.Replace(boxFile(`"bbox": [9, 9, 9, 9]`), `"name": "cat"`, `"name": "cat", "instance_count": 7, "frequency": "f"`, 1): {annotations.DeclaredCounts: 0},
	} {
		c, err := countText(strings.NewReader(text), false)
		if err != nil {
			t.Fatal(err)
		}
		checkProblems(t, text, c, want)
	}
}

// Integers beyond 64 bits are one identifier in all lists, as texts are, and
// messages show them.
func TestLongIdentifiers(t *testing.T) {
	const id = "147690568606955379547859761463129671448"
	text := strings.NewReplacer(`"id": 1, "file_name"`, `"id": `+id+`, "file_name"`, `"id": 2, "name"`, `"id": "`+id+`", "name"`).Replace(
		boxFile(`"bbox": [9, 9, 9, 9], "image_id": `+id+`, "category_id": `+id, `"bbox": [9, 9, 9, 9], "image_id": `+id+`.0, "category_id": 1`, `"bbox": [9, 9, 9, 9], "image_id": 2`))
	c, err := countText(strings.NewReader(text), false)
	if err != nil {
		t.Fatal(err)
	}
	checkClasses(t, "long", c, "cat 2 dog 1")
	if row := slices.IndexFunc(c.ImageRows, func(r annotations.ImageCount) bool { return r.ID == annotations.NumberOfText(id) }); row < 0 || c.ImageRows[row].Objects != 2 {
		t.Errorf("images %+v", c.ImageRows)
	}
	var results []annotations.Result
	visit := func(list []annotations.Result) error { results = append(results, list...); return nil }
	detections := `[{"image_id": ` + id + `, "category_id": "` + id + `", "bbox": [1, 2, 3, 4], "score": 1}]`
	if err := coco.ScanResults(bg, strings.NewReader(detections), "test", visit, nil, nil); err != nil {
		t.Fatal(err)
	}
	if want := annotations.NumberOfText(id); len(results) != 1 || results[0].ImageID != want || results[0].CategoryID != want {
		t.Errorf("results %+v, want ids %d", results, want)
	}
}

// Files united by name give the same in any order; an id that one file refers
// to without listing it is the one category that has it elsewhere.
func TestUniteByName(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	paths := []string{
		write("a.json", `{"images": [{"id": 1}], "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [0, 0, 5, 5], "area": 25}]}`),
		write("b.json", `{"images": [{"id": 2}], "categories": [{"id": 1, "name": "cat"}, {"id": 9, "name": "bird"}], "annotations": [{"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 5, 5], "area": 25}]}`),
		write("c.json", `{"images": [{"id": 3}], "categories": [], "annotations": [{"id": 3, "image_id": 3, "category_id": 9, "bbox": [0, 0, 5, 5], "area": 25}, {"id": 4, "image_id": 3, "category_id": 1, "bbox": [0, 0, 6, 5], "area": 30}]}`),
	}
	var first *annotations.Counts
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		c, err := Count(bg, []string{paths[order[0]], paths[order[1]], paths[order[2]]}, annotations.Options{ByName: true, NoHash: true})
		if err != nil {
			t.Fatal(err)
		}
		c.Sources = nil
		if first == nil {
			first = c
		} else if diff := cmp.Diff(first, c); diff != "" {
			t.Errorf("order %v: counts differ:\n%s", order, diff)
		}
	}
	checkClasses(t, "united", first, "cat 2 dog 0 bird 1")
	checkProblems(t, "united", first, map[annotations.Kind]int64{annotations.UnknownCategory: 1})
	if ids := []int64{first.Categories[0].ID, first.Categories[1].ID, first.Categories[2].ID}; !slices.Equal(ids, []int64{1, 2, 3}) || !first.Renumbered {
		t.Errorf("ids %v, want 1, 2, 3, since 1 is a cat here and a dog there", ids)
	}
}

// Names are compared in whatever order they stand.
func TestSameNames(t *testing.T) {
	for _, test := range []struct {
		names string // of images 1, 2, …
		want  int64
	}{
		{"a b c", 0}, {"c b a", 0}, {"a a b", 1}, {"a b b", 1}, {"a b c a", 1}, {"b a b a b", 3},
	} {
		var images []string
		for i, name := range strings.Fields(test.names) {
			images = append(images, fmt.Sprintf(`{"id": %d, "file_name": %q, "width": 9, "height": 9}`, i+1, name))
		}
		text := fmt.Sprintf(`{"images": [%s], "categories": [{"id": 1, "name": "cat"}], "annotations": []}`, strings.Join(images, ","))
		c, err := countText(strings.NewReader(text), false)
		if err != nil {
			t.Fatal(err)
		}
		checkProblems(t, test.names, c, map[annotations.Kind]int64{annotations.SameFileName: test.want})
	}
}
