package commands

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

// sharedFile returns the path of a file that the project may not contain.
func sharedFile(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("../../../shared/data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("needs ", path, ", which is not there")
	}
	return path
}

// document is JSON as another reader knows it.
type document = map[string]any

func readDocument(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func writeDocument(t *testing.T, name string, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func elements(d document, list string) (out []document) {
	for _, e := range d[list].([]any) {
		out = append(out, e.(document))
	}
	return out
}

// mapped does by hand what a selection is to do: to names a category's class, ""
// leaves it out. It returns the changed dataset, and the new ids by the old ones, none
// for those left out.
func mapped(t *testing.T, path string, to func(name string) string) (string, map[float64]float64) {
	t.Helper()
	var d document
	readDocument(t, path, &d)
	categories := elements(d, "categories")
	sort.Slice(categories, func(i, j int) bool { return categories[i]["id"].(float64) < categories[j]["id"].(float64) })
	first, ids := map[string]float64{}, map[float64]float64{}
	var kept []any
	for _, k := range categories {
		id, name := k["id"].(float64), to(k["name"].(string))
		if name == "" {
			continue
		}
		if _, known := first[name]; !known {
			first[name] = id
			kept = append(kept, document{"id": id, "name": name})
		}
		ids[id] = first[name]
	}
	var annotations []any
	for _, a := range elements(d, "annotations") {
		if id, has := ids[a["category_id"].(float64)]; has {
			a["category_id"] = id
			annotations = append(annotations, a)
		}
	}
	d["categories"], d["annotations"] = kept, annotations
	return writeDocument(t, "mapped.json", d), ids
}

// classesOf runs analyze and returns what it says of the classes, and the totals.
func classesOf(t *testing.T, args ...string) (counts map[string]string, totals string) {
	t.Helper()
	out, errs, code := cocostat(t.Context(), "", append([]string{"analyze", "--format", "json"}, args...)...)
	if code != 0 {
		t.Fatal(errs)
	}
	var r struct {
		Totals  document   `json:"totals"`
		Classes []document `json:"classes"`
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	counts = map[string]string{}
	for _, c := range r.Classes {
		counts[c["name"].(string)] = fmt.Sprint(c["category_id"], c["instances"], c["images"], c["small"], c["medium"], c["large"], c["boxes"])
	}
	delete(r.Totals, "annotations") // elements of the file, counted or not
	return counts, fmt.Sprint(r.Totals)
}

// What the flags make of a real file is what is counted of the file that somebody
// changed by hand, whether they are flags or a file.
func TestSelectionOfRealFiles(t *testing.T) {
	const pets, rest = "cat,dog", "zebra"
	for name, c := range map[string]struct {
		file string
		args []string
		to   func(name string) string
	}{
		"coco128": {"coco128/annotations/instances_train2017.json", []string{"--merge", "animal=" + pets, "--drop", rest}, func(name string) string {
			switch {
			case slices.Contains(strings.Split(pets, ","), name):
				return "animal"
			case name == rest:
				return ""
			}
			return name
		}},
		"coco128, some": {"coco128/annotations/instances_train2017.json", []string{"--classes", "person,car"}, func(name string) string {
			if name == "person" || name == "car" {
				return name
			}
			return ""
		}},
		"taco by supercategory": {"taco/annotations.json", nil, nil},
	} {
		path := sharedFile(t, c.file)
		if c.args == nil {
			var d document
			readDocument(t, path, &d)
			above, yaml := map[string]string{}, map[string][]string{}
			for _, k := range elements(d, "categories") {
				name, over := k["name"].(string), k["supercategory"].(string)
				above[name], yaml[over] = over, append(yaml[over], name)
			}
			c.to = func(name string) string { return above[name] }
			// JSON is YAML.
			c.args = []string{"--map", writeDocument(t, "map.yaml", document{"merge": yaml})}
		}
		changed, _ := mapped(t, path, c.to)
		got, totals := classesOf(t, append(c.args, path)...)
		want, wantTotals := classesOf(t, changed)
		if len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: classes\n%v\nwant\n%v", name, got, want)
		}
		if totals != wantTotals {
			t.Errorf("%s: totals %s, want %s", name, totals, wantTotals)
		}
	}
}

// AP of merged classes is that of ground truth and detections that were merged by
// hand; a weights file that was made so does it without being told.
func TestEvalOfSelection(t *testing.T) {
	truth, detections := sharedFile(t, "eval/instances_val2014_100.json"), sharedFile(t, "eval/instances_val2014_fakebbox100_results.json")
	to := func(name string) string {
		switch name {
		case "car", "bus", "truck":
			return "vehicle"
		case "person":
			return ""
		}
		return name
	}
	changed, ids := mapped(t, truth, to)
	var list, kept []document
	readDocument(t, detections, &list)
	for _, d := range list {
		if id, has := ids[d["category_id"].(float64)]; has {
			d["category_id"] = id
			kept = append(kept, d)
		}
	}
	want := scores(t, changed, writeDocument(t, "detections.json", kept))
	flags := []string{"--merge", "vehicle=car,bus,truck", "--drop", "person"}
	if got := scores(t, append([]string{truth, detections}, flags...)...); got != want {
		t.Errorf("with flags\n%.400s\nwant\n%.400s", got, want)
	}
	weights := filepath.Join(t.TempDir(), "w.arrow")
	if _, errs, code := cocostat(t.Context(), "", append([]string{"weights", truth, "-o", weights}, flags...)...); code != 0 {
		t.Fatal(errs)
	}
	_, errs, code := cocostat(t.Context(), "", "eval", truth, detections, "--weights", weights)
	if code != 0 || !strings.Contains(errs, "classes as "+weights+" says:") || !strings.Contains(errs, `as 3 "vehicle"`) ||
		!strings.Contains(errs, `left out as asked: 1 "person"`) || !strings.Contains(errs, "detections of these classes") {
		t.Errorf("exit code %d, notes %s", code, errs)
	}
	if got, want := scores(t, truth, detections, "--weights", weights), scores(t, changed, writeDocument(t, "detections.json", kept), "--weights", weights); got != want {
		t.Errorf("by the weights\n%.400s\nwant\n%.400s", got, want)
	}
	if _, errs, code := cocostat(t.Context(), "", "eval", truth, detections, "--weights", weights, "--classes", "person"); code != cli.ExitUsage ||
		!strings.Contains(errs, weights+` was made with other classes: 1 "person" is left out there`) {
		t.Errorf("exit code %d, %s", code, errs)
	}
	if got, want := scores(t, truth, detections, "--weights", weights, "--classes", "vehicle,dog"), scores(t, truth, detections, "--merge", "vehicle=car,bus,truck", "--classes", "vehicle,dog"); got != want {
		t.Errorf("fewer than the weights have\n%.400s\nwant\n%.400s", got, want)
	}
}

// scores returns the summary and the classes of eval.
func scores(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := cocostat(t.Context(), "", append([]string{"eval", "--format", "json"}, args...)...)
	if code != 0 {
		t.Fatal(errs)
	}
	var r document
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	var classes []string
	for _, c := range r["classes"].([]any) {
		k := c.(document)
		classes = append(classes, fmt.Sprint(k["category_id"], k["name"], k["instances"], k["detections"], k["ap"], k["ap50"], k["ar"]))
	}
	return fmt.Sprint(r["summary"], "\n", strings.Join(classes, "\n"))
}

// VisDrone's regions, the empty images of camera traps: what is dropped is said, and
// its images stay, empty.
func TestSelectionOfFieldCases(t *testing.T) {
	visdrone, traps := sharedFile(t, "field/visdrone.json"), sharedFile(t, "field/camera_traps.json")
	out, errs, code := cocostat(t.Context(), "", "analyze", "--format", "csv", "--columns", "name,instances", "--drop", "ignored regions,others", "--merge", "vehicle=car,van,truck,bus", visdrone)
	if want := "name,instances\nvehicle,1\n"; code != 0 || !strings.Contains(out, "vehicle,1\n") || strings.Contains(out, "others") || strings.Contains(out, "van") {
		t.Errorf("exit code %d, %s, %s, want %s", code, out, errs, want)
	}
	for _, say := range []string{`left out as asked: 0 "ignored regions" (1 annotation), 11 "others" (1 annotation)`, `merged as asked: 4 "car", 5 "van", 6 "truck", 9 "bus" as 4 "vehicle"`} {
		if !strings.Contains(errs, say) {
			t.Errorf("notes %s do not say %s", errs, say)
		}
	}
	if out, errs, code := cocostat(t.Context(), "", "analyze", "--drop", "empty", traps); code != 0 || !strings.Contains(out, "images without                1 ") {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
}

// Sets whose ids clash are one by name, with images of their own.
func TestSeveralSetsByName(t *testing.T) {
	set := func(name, first, second string) string {
		return writeDocument(t, name, document{
			"images":      []document{{"id": 1, "file_name": "000001.jpg", "width": 64, "height": 64}, {"id": 2, "file_name": "000002.jpg", "width": 64, "height": 64}},
			"annotations": []document{{"id": 1, "image_id": 1, "category_id": 1, "bbox": []int{1, 1, 9, 9}, "area": 81}, {"id": 2, "image_id": 2, "category_id": 2, "bbox": []int{1, 1, 9, 9}, "area": 81}},
			"categories":  []document{{"id": 1, "name": first}, {"id": 2, "name": second}},
		})
	}
	a, b := set("a.json", "cat", "dog"), set("b.json", "dog", "owl")
	if _, errs, code := cocostat(t.Context(), "", "analyze", a, b); code != cli.ExitFailure || !strings.Contains(errs, "(--by name)") {
		t.Errorf("by id: exit code %d, %s", code, errs)
	}
	images := filepath.Join(t.TempDir(), "images.arrow")
	for _, order := range [][]string{{a, b}, {b, a}} {
		out, errs, code := cocostat(t.Context(), "", append([]string{"weights", "--by", "name", "--format", "csv", "--columns", "category_id,name,instances,images", "--images", images}, order...)...)
		if want := "category_id,name,instances,images\n2,dog,2,2\n1,cat,1,1\n3,owl,1,1\n"; code != 0 || out != want {
			t.Errorf("exit code %d, %s\n%s, want\n%s", code, errs, out, want)
		}
		if !strings.Contains(errs, "images of the same ids") {
			t.Errorf("notes %s", errs)
		}
	}
	if out, errs, code := cocostat(t.Context(), "", "analyze", "--by", "name", "--strict=warning", a, b); code != 0 {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
}

// A long-tailed copy has the classes that were chosen: analyze counts of each what lt
// says that it reached.
func TestLTOfSelection(t *testing.T) {
	path, out := sharedFile(t, "coco128/annotations/instances_train2017.json"), filepath.Join(t.TempDir(), "lt.json")
	said, errs, code := cocostat(t.Context(), "", "lt", path, "--merge", "vehicle=car,bus,truck", "--drop", "person", "--imbalance", "5", "--largest", "20",
		"-o", out, "--format", "csv", "--columns", "id,name,reached", "--sort", "id")
	if code != 0 || !strings.Contains(said, "3,vehicle,20\n") || strings.Contains(said, "truck") || !strings.Contains(errs, `left out as asked: 1 "person"`) {
		t.Fatalf("exit code %d, %s\n%s", code, errs, said)
	}
	counted, errs, code := cocostat(t.Context(), "", "analyze", out, "--format", "csv", "--columns", "id,name,instances", "--sort", "id")
	if want := strings.Replace(said, "reached", "instances", 1); code != 0 || counted != want {
		t.Errorf("exit code %d, %s\n%s\nwant\n%s", code, errs, counted, want)
	}
	if _, errs, code := cocostat(t.Context(), "", "lt", path, "--drop", "persn", "--imbalance", "5"); code != cli.ExitUsage || !strings.Contains(errs, `did you mean "person"`) {
		t.Errorf("exit code %d, %s", code, errs)
	}
}
