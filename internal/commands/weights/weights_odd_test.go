package weights

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// weighed runs weights on files and returns the table that was written, and the
// notes.
func weighed(t *testing.T, args ...string) (*weights.Table, string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "w.arrow")
	code, _, notes := weightsCLI(t.Context(), append([]string{"weights", "-o", out}, args...)...)
	if code != 0 {
		t.Fatalf("%q: exit code %d: %s", args, code, notes)
	}
	table, err := codec.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return table, notes
}

// namedCounts returns the instances by class name.
func namedCounts(t *weights.Table) map[string]int64 {
	counts := map[string]int64{}
	for _, r := range t.Rows {
		counts[r.Name] = r.Instances
	}
	return counts
}

func sayAll(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q does not say %q", what, text, part)
		}
	}
}

// flat has three annotations that training leaves out, two of fish, and all of
// ray: without area, without a box, outside of the image.
const flat = `{"images": [{"id": 1, "file_name": "1.jpg", "width": 64, "height": 48}], "annotations": [
{"id": 1, "image_id": 1, "category_id": 10, "bbox": [1, 2, 30, 20], "area": 600},
{"id": 2, "image_id": 1, "category_id": 10, "bbox": [0, 0, 0, 0], "area": 0},
{"id": 3, "image_id": 1, "category_id": 10},
{"id": 4, "image_id": 1, "category_id": 11, "bbox": [64, 0, 9, 9], "area": 81}],
"categories": [{"id": 10, "name": "fish"}, {"id": 11, "name": "ray"}]}`

func TestWeightsCountWhatIsTrained(t *testing.T) {
	path := commandtest.WriteText(t, "flat.json", flat)
	table, notes := weighed(t, path)
	if c := namedCounts(table); c["fish"] != 1 || c["ray"] != 0 || !math.IsNaN(table.Rows[1].Alpha) || table.Meta.Counted != weights.CountedTrainable || table.Meta.Unusable != 3 {
		t.Errorf("counts %v, metadata %+v", c, table.Meta)
	}
	sayAll(t, "notes", notes, `3 annotations without a box of some area in the image (2 of "fish", 1 of "ray"); --count all`, `without a weight: 11 "ray"`)
	if strings.Contains(notes, "boxes of no area") {
		t.Errorf("boxes without area are told of twice: %s", notes)
	}
	table, notes = weighed(t, path, "--count", "all")
	if c := namedCounts(table); c["fish"] != 3 || c["ray"] != 1 || table.Meta.Counted != weights.CountedAll || strings.Contains(notes, "training leaves them out") {
		t.Errorf("all: counts %v, metadata %+v, notes %s", c, table.Meta, notes)
	}
	code, _, said := weightsCLI(t.Context(), "weights", path, "--count", "some")
	if code != 2 || !strings.Contains(said, `--count "some": must be one of trainable, all`) {
		t.Errorf("exit code %d: %s", code, said)
	}
	none := commandtest.WriteText(t, "none.json", strings.Replace(flat, `[1, 2, 30, 20]`, `[1, 2, 30, 0]`, 1))
	code, _, said = weightsCLI(t.Context(), "weights", none, "-o", filepath.Join(t.TempDir(), "w.arrow"))
	if code != 1 || !strings.Contains(said, "4 annotations have no box") || !strings.Contains(said, "--count all") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// Problems are named with the remedy, and --strict stops before anything is
// written.
func TestWeightsStrict(t *testing.T) {
	unknown := commandtest.WriteText(t, "unknown.json", strings.Replace(commandtest.Toy, `"category_id": 8`, `"category_id": 5`, 1))
	_, notes := weighed(t, unknown)
	sayAll(t, "notes", notes, "errors in the annotations, which the weights inherit: 1 annotations of an unknown category", "repair the file, or let --strict=error stop")
	empty := commandtest.WriteText(t, "empty.json", strings.Replace(commandtest.Toy, `[0, 0, 3, 3]`, `[0, 0, 0, 3]`, 1))
	clean := commandtest.WriteText(t, "clean.json", commandtest.Toy)
	for _, c := range []struct {
		path, strict string
		code         int
	}{
		{unknown, "--strict", 1}, {unknown, "--strict=error", 1}, {empty, "--strict", 1}, {empty, "--strict=error", 0},
		{clean, "--strict", 0}, {clean, "--strict=error", 0}, {clean, "--strict=note", 2},
	} {
		dir := t.TempDir()
		code, _, said := weightsCLI(t.Context(), "weights", c.path, c.strict, "-o", filepath.Join(dir, "w.arrow"))
		written, err := os.ReadDir(dir)
		if err != nil || code != c.code || (len(written) == 1) != (code == 0) || code == 1 && !strings.Contains(said, "--strict: ") {
			t.Errorf("%s %s: exit code %d, %d files, %s", filepath.Base(c.path), c.strict, code, len(written), said)
		}
	}
}

// rooted is an export of Roboflow, with its heading, and a class that is none.
const rooted = `{"images": [{"id": 1, "file_name": "1.jpg", "width": 64, "height": 48}], "annotations": [
{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12}, {"id": 2, "image_id": 1, "category_id": 2, "bbox": [5, 2, 3, 4], "area": 12}],
"categories": [{"id": 0, "name": "signs", "supercategory": "none"}, {"id": 1, "name": "stop", "supercategory": "signs"}, {"id": 2, "name": "others", "supercategory": "signs"}]}`

func TestWeightsLeaveOut(t *testing.T) {
	path := commandtest.WriteText(t, "rooted.json", rooted)
	table, notes := weighed(t, path)
	if len(table.Rows) != 2 || table.Rows[0].Name != "stop" || len(table.Meta.LeftOut) != 1 || table.Meta.LeftOut[0] != (annotations.LeftOut{ID: 0, Name: "signs", Reason: annotations.LeftOutRoot}) {
		t.Errorf("classes %+v, left out %+v", table.Rows, table.Meta.LeftOut)
	}
	if n := strings.Count(notes, "signs"); n != 1 {
		t.Errorf("the heading is named %d times: %s", n, notes)
	}
	table, notes = weighed(t, path, "--leave-out", "others")
	if len(table.Rows) != 1 || table.Meta.Instances != 1 || len(table.Meta.LeftOut) != 2 || table.Meta.LeftOut[1].Instances != 1 {
		t.Errorf("classes %+v, left out %+v", table.Rows, table.Meta.LeftOut)
	}
	sayAll(t, "notes", notes, `left out as asked: 2 "others" (1 annotation)`)
	code, _, said := weightsCLI(t.Context(), "weights", path, "--leave-out", "other")
	if code != 2 || !strings.Contains(said, `--drop: `+path+`: no category has the name or id "other"; did you mean "others"`) {
		t.Errorf("exit code %d: %s", code, said)
	}
	// A heading with an annotation is a class.
	used := commandtest.WriteText(t, "used.json", strings.Replace(rooted, `"category_id": 2`, `"category_id": 0`, 1))
	if table, _ := weighed(t, used); len(table.Rows) != 3 {
		t.Errorf("classes %+v", table.Rows)
	}
	// analyze counts the same classes and says the same.
	out, errs, code := cocostat(t.Context(), "", "analyze", "--format", "json", "--leave-out", "2", path)
	if code != 0 || strings.Count(errs, "signs") != 1 || !strings.Contains(out, `"reason": "asked"`) || !strings.Contains(out, `"classes": 1,`) {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
}

// chessText is a chess set of 13 classes with the numbers of instances of
// package weights' test.
func chessText() string {
	names := []string{"bishop", "black-bishop", "black-king", "black-knight", "black-pawn", "black-queen", "black-rook", "white-bishop", "white-king", "white-knight", "white-pawn", "white-queen", "white-rook"}
	counts := []int{1, 97, 121, 136, 431, 86, 142, 125, 129, 148, 478, 74, 134}
	var categories, objects []string
	for i, name := range names {
		categories = append(categories, fmt.Sprintf(`{"id": %d, "name": %q}`, i+1, name))
		for range counts[i] {
			objects = append(objects, fmt.Sprintf(`{"id": %d, "image_id": 1, "category_id": %d, "bbox": [1, 1, 5, 5], "area": 25}`, len(objects)+1, i+1))
		}
	}
	return fmt.Sprintf(`{"images": [{"id": 1, "width": 64, "height": 64}], "annotations": [%s], "categories": [%s]}`, strings.Join(objects, ","), strings.Join(categories, ","))
}

// 2102 instances of 13 classes: 2102/13 = 161.7, and 74 instances are the next.
func TestWeightsFarOut(t *testing.T) {
	path := commandtest.WriteText(t, "chess.json", chessText())
	_, notes := weighed(t, path)
	sayAll(t, "notes", notes, `74 times the next: "bishop" (1 of 2102 instances, alpha 161.7) named much like "black-bishop", "white-bishop"`, "--drop", "--clip")
	for _, remedy := range [][]string{{"--leave-out", "bishop"}, {"--clip", "0.1,10"}} {
		if _, notes := weighed(t, append(remedy, path)...); strings.Contains(notes, "out of the others' range") {
			t.Errorf("%q: %s", remedy, notes)
		}
	}
}

// By hand, eq. (5): 28096 = 821 + 478 + 1378 + 1113 + 2491 + 21815 instances of 6
// classes, so α = 28096/(6·n).
func TestWeightsOfTableOfCounts(t *testing.T) {
	counts := []int64{821, 478, 1378, 1113, 2491, 21815}
	for name, text := range map[string]string{
		"counts.csv":  "class,instances\nc0,821\nc1,478\nc2,1378\nc3,1113\nc4,2491\nc5,21815\n",
		"counts.json": `{"c0": 821, "c1": 478, "c2": 1378, "c3": 1113, "c4": 2491, "c5": 21815}`,
		"list.json":   `[{"id": 5, "name": "c5", "count": 21815}, {"id": 0, "name": "c0", "count": 821}, {"id": 1, "name": "c1", "count": 478}, {"id": 2, "name": "c2", "count": 1378}, {"id": 3, "name": "c3", "count": 1113}, {"id": 4, "name": "c4", "count": 2491}]`,
	} {
		path := commandtest.WriteText(t, name, text)
		table, notes := weighed(t, path)
		for i, r := range table.Rows {
			if want := 28096 / (6 * float64(counts[i])); r.CategoryID != int64(i) || r.Name != fmt.Sprint("c", i) || r.Instances != counts[i] || math.Abs(r.Alpha-want) > 1e-12*want {
				t.Errorf("%s: class %d %+v, want %d instances, alpha %v", name, i, r, counts[i], want)
			}
		}
		if m := table.Meta; len(table.Rows) != 6 || m.Counted != weights.CountedTable || m.TailRatio.Centric != weights.CentricInstance || m.Images != 0 || m.Sources[0].Path != path || len(m.Sources[0].SHA256) != 64 {
			t.Errorf("%s: metadata %+v", name, m)
		}
		sayAll(t, name, notes, "is a table of counts, without images: no eta file")
	}
	_, notes := weighed(t, commandtest.WriteText(t, "images.csv", "name,instances,images\ncat,100,50\ndog,7,5\n"))
	sayAll(t, "images.csv", notes, "its images of each class count for nothing: --annotated-images does")
}

func TestTablesOfCountsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name, text string
		args       []string
		code       int
		says       string
	}{
		{"a.csv", "class,instances\na,1\nb,x\n", nil, 1, `a.csv: no class counts: line 3: column "instances": "x" is no whole number`},
		{"a.csv", "class,instances\na,1\nb,-1\n", nil, 1, `line 3: column "instances": -1 is negative`},
		{"a.csv", "class,share\na,1\n", nil, 1, `of the columns "class", "share" none is instances`},
		{"a.csv", "class;instances\na;1;2\n", nil, 1, `wrong number of fields`},
		{"a.txt", "class,share\na,1\n", nil, 1, `expected a COCO-format annotation file`},
		{"a.csv", "class,instances\na,5\nb,1\na,7\n", nil, 1, `a.csv: class "a" is there twice, in line 2 and line 4`},
		{"a.json", `{"a": 5, "b": 1, "a": 7}`, nil, 1, `a.json: class "a" is there twice, in class "a" and class "a"`},
		{"a.json", `{"a": 1, "b": 2}`, []string{"--merge-by", "name"}, 2, "--by has no effect"},
		{"a.csv", "id,count\n1,3\n1,4\n", nil, 1, "the class id 1 is there twice"},
		{"a.csv", "class,instances\na,0\n", nil, 1, "no annotations to make weights from"},
		{"a.json", `{"imageWidth": 640, "shapes": []}`, nil, 1, "not a COCO-format annotation file"},
		{"a.json", `{"a": 1, "b": 2}`, []string{"--images", "i.arrow"}, 2, "--images has no effect"},
		{"a.json", `{"a": 1, "b": 2}`, []string{"--base", "images"}, 2, "without images"},
		{"a.json", `{"a": 1, "b": 2}`, []string{"--centric", "image"}, 2, "without images"},
		{"a.json", `{"apple": 1, "b": 2}`, []string{"--leave-out", "aple"}, 2, `did you mean "apple"`},
	} {
		dir := t.TempDir()
		path := commandtest.WriteText(t, c.name, c.text)
		code, _, said := weightsCLI(t.Context(), append([]string{"weights", path, "-o", filepath.Join(dir, "w.arrow")}, c.args...)...)
		if written, _ := os.ReadDir(dir); code != c.code || !strings.Contains(said, c.says) || len(written) != 0 {
			t.Errorf("%s %q: exit code %d, %d files, %q; want %d and %q", c.text, c.args, code, len(written), said, c.code, c.says)
		}
	}
}

// Cases that people reported, with their expected numbers.
func TestWeightsOfFieldCases(t *testing.T) {
	field := "../../../../shared/data/field"
	if _, err := os.Stat(field); err != nil {
		t.Skip("no shared data: ", err)
	}
	for _, c := range []struct {
		file string
		args []string
		want map[string]int64
		says []string
	}{
		{"coco_annotator_empty.json", nil, map[string]int64{"fish": 1, "ray": 0}, []string{"2 annotations without a box"}},
		{"camera_traps.json", nil, map[string]int64{"rabbit": 1, "empty": 0}, []string{`1 of "empty"`, "--drop"}},
		{"camera_traps.json", []string{"--leave-out", "empty"}, map[string]int64{"rabbit": 1}, nil},
		{"visdrone.json", []string{"--leave-out", "ignored regions,11"}, map[string]int64{"pedestrian": 1, "people": 0, "bicycle": 0, "car": 1, "van": 0,
			"truck": 0, "tricycle": 0, "awning-tricycle": 0, "bus": 0, "motor": 0}, []string{`0 "ignored regions" (1 annotation), 11 "others" (1 annotation)`}},
		{"supercategory_same_name.json", nil, map[string]int64{"fish": 1}, []string{"no class, but a heading"}},
		{"annotation_category_off_by_one.json", nil, map[string]int64{"car": 1, "bus": 0}, []string{"errors in the annotations"}},
		{"counts.csv", nil, map[string]int64{"c0": 821, "c1": 478, "c2": 1378, "c3": 1113, "c4": 2491, "c5": 21815}, []string{"no eta file"}},
		{"counts.json", nil, map[string]int64{"c0": 821, "c1": 478, "c2": 1378, "c3": 1113, "c4": 2491, "c5": 21815}, []string{"no eta file"}},
		{"kshot.json", nil, map[string]int64{"car": 10, "truck": 10, "bus": 10}, nil},
		{"bbox_nulls.json", []string{"--count", "all"}, nil, nil},
		{"keypoints_zero.json", nil, map[string]int64{"person": 1}, nil},
	} {
		table, notes := weighed(t, append(slices.Clone(c.args), filepath.Join(field, c.file))...)
		if got := namedCounts(table); c.want != nil && fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s %q: %v, want %v", c.file, c.args, got, c.want)
		}
		sayAll(t, c.file, notes, c.says...)
	}
	for pair, want := range map[[2]string][2]int{{"leak_train.json", "leak_val.json"}: {20, 0}, {"leak2_train.json", "leak2_val.json"}: {0, 20}} {
		out, errs, code := cocostat(t.Context(), "", "compare", "--format", "json", filepath.Join(field, pair[0]), filepath.Join(field, pair[1]))
		var compared struct {
			Shared struct {
				Sources   []string
				Names     []string `json:"file_names"`
				BaseNames []string `json:"base_names"`
			}
		}
		if err := json.Unmarshal([]byte(out), &compared); err != nil || code != 0 {
			t.Fatalf("exit code %d, %s, %v", code, errs, err)
		}
		s := compared.Shared
		if got := [2]int{len(s.Sources), len(s.BaseNames)}; got != want || len(s.Names) != 0 {
			t.Errorf("%q: %d sources and %d base names, want %d", pair, got[0], got[1], want)
		}
	}
}

// Real sets: 13 categories of otonom are 12 classes, one box of BCCD has no area,
// those of Aquarium with next to none are trained on, and none has odd weights.
func TestWeightsOfRealSets(t *testing.T) {
	data := "../../../../shared/data"
	if _, err := os.Stat(data); err != nil {
		t.Skip("no shared data: ", err)
	}
	for path, want := range map[string][3]int64{ // classes, instances, left out
		"otonom": {12, 2881, 0}, "bccd": {3, 2804, 1}, "aquarium": {7, 3324, 0}, "taco/annotations.json": {60, 4784, 0},
	} {
		table, notes := weighed(t, filepath.Join(data, path))
		if got := [3]int64{int64(len(table.Rows)), table.Meta.Instances, table.Meta.Unusable}; got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
		if strings.Contains(notes, "range") || strings.Contains(notes, "same name") {
			t.Errorf("%s: %s", path, notes)
		}
	}
}

// The heading of an export is no class in an evaluation, with or without the
// groups of the weights. In one that knows no classes its detections count.
func TestEvalLeavesHeadingOut(t *testing.T) {
	truth := commandtest.WriteText(t, "rooted.json", rooted)
	detections := commandtest.WriteText(t, "dt.json", `[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.9}, {"image_id": 1, "category_id": 2, "bbox": [5, 2, 3, 4], "score": 0.8}]`)
	file := filepath.Join(t.TempDir(), "w.arrow")
	if code, _, notes := weightsCLI(t.Context(), "weights", truth, "-o", file); code != 0 {
		t.Fatal(notes)
	}
	out, errs, code := cocostat(t.Context(), "", "eval", truth, detections, "--weights", file)
	if code != 0 || strings.Count(errs, "signs") != 1 || strings.Contains(out, "signs") || !strings.Contains(out, "2 objects, 2 classes\n") {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
	if _, errs, code := cocostat(t.Context(), "", "eval", truth, detections, "--class-agnostic"); code != 0 || strings.Contains(errs, "heading") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// A file of weights without the heading says all that is to be asked of an
// export with it.
func TestLTLikeWeightsWithoutHeading(t *testing.T) {
	path := commandtest.WriteText(t, "rooted.json", rooted)
	file := filepath.Join(t.TempDir(), "w.arrow")
	if code, _, notes := weightsCLI(t.Context(), "weights", path, "-o", file); code != 0 {
		t.Fatal(notes)
	}
	if out, errs, code := cocostat(t.Context(), "", "lt", path, "--like", file); code != 0 || !strings.Contains(out, "as many annotations as asked for") {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
}

// Groups by images cannot be made of weights that know of none.
func TestSplitOfTableOfCounts(t *testing.T) {
	path := commandtest.WriteText(t, "counts.json", `{"a": 300, "b": 100, "c": 3}`)
	file := filepath.Join(t.TempDir(), "w.arrow")
	if code, _, notes := weightsCLI(t.Context(), "weights", path, "-o", file); code != 0 {
		t.Fatal(notes)
	}
	for _, c := range []struct {
		args []string
		code int
	}{
		{nil, 2}, {[]string{"--tail-ratio", "0.1"}, 2}, {[]string{"--image-thresholds", "5"}, 2},
		{[]string{"--instance-tail-ratio", "0.1", "--lvis", "--simcal", "--top", "1"}, 0},
	} {
		out, errs, code := cocostat(t.Context(), "", append([]string{"groups", file}, c.args...)...)
		if code != c.code || (code != 0) != strings.Contains(errs, "from a table of counts, without images") {
			t.Errorf("%q: exit code %d, %s\n%s", c.args, code, errs, out)
		}
	}
}
