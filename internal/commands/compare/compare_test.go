package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
)

func compareJSON(t *testing.T, args ...string) (c comparison) {
	t.Helper()
	out, errs, code := cocostat(t.Context(), "", append([]string{"compare", "--format", "json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// By hand: cat, dog have shares 3/4, 1/4 in A and 1/2, 1/2 in B. The annotated
// images hold {cat, cat}, {cat, dog} in A and {cat}, {dog} in B; the three ways
// to make two pairs of them are ¼, ⅔ and 0 apart. Jensen–Shannon and Hellinger
// as scipy gives them.
func TestCompareNumbers(t *testing.T) {
	c := compareJSON(t, commandtest.TrainJSON, commandtest.ValJSON)
	near := func(what string, got, want, tolerance float64) {
		if !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("total variation", float64(c.Distances.TotalVariation), 0.25, 0)
	near("Jensen–Shannon", float64(c.Distances.JensenShannon), 0.048794940695398505, 1e-14)
	near("Hellinger", float64(c.Distances.Hellinger), 0.1845919112825145, 1e-14)
	near("mean of random splits", c.RandomSplits.Mean, 11.0/36, 0.03)
	near("95 % of random splits", c.RandomSplits.Highest, 2.0/3, 1e-12)
	near("p", c.RandomSplits.P, 2.0/3, 0.045)
	if len(c.Classes) != 4 || c.A.Totals.Instances != 4 || c.B.Totals.Instances != 2 {
		t.Fatalf("%+v", c)
	}
	for _, r := range c.Classes {
		switch r.Name {
		case "cat":
			near("share of cats", float64(r.ShareA), 0.75, 0)
			near("difference of cats", float64(r.Difference), -0.25, 0)
			near("ratio of cats", float64(r.Ratio), 2.0/3, 1e-15)
			if *r.IDA != 1 || *r.IDB != 2 || r.InstancesA != 3 || r.InstancesB != 1 || r.ImagesA != 2 {
				t.Errorf("cat: %+v", r)
			}
		case "owl":
			if r.IDA == nil || r.IDB != nil {
				t.Errorf("owl: %+v", r)
			}
		case "bee":
			if r.IDA != nil || *r.IDB != 4 {
				t.Errorf("bee: %+v", r)
			}
		}
	}
}

// The same set has no distance from itself, and all its images in common.
func TestCompareSame(t *testing.T) {
	c := compareJSON(t, commandtest.TrainJSON, commandtest.TrainJSON)
	if c.Distances != (distances{}) || c.Shared.Alike != 3 || len(c.Shared.Names) != 3 || c.RandomSplits != nil {
		t.Errorf("%+v, %v, %+v", c.Distances, c.Shared, c.RandomSplits)
	}
}

// Numbered files are called alike without being the same image.
func TestCompareFileNames(t *testing.T) {
	text, err := os.ReadFile(commandtest.ValJSON)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "val.json")
	// In A, 1.jpg holds two objects and 2.jpg too; here each holds one.
	renamed := strings.NewReplacer("11.jpg", "1.jpg", "12.jpg", "2.jpg").Replace(string(text))
	if err := os.WriteFile(path, []byte(renamed), 0o644); err != nil {
		t.Fatal(err)
	}
	c := compareJSON(t, commandtest.TrainJSON, path)
	if len(c.Shared.Names) != 2 || c.Shared.Alike != 0 || c.RandomSplits == nil {
		t.Errorf("%+v, %+v", c.Shared, c.RandomSplits)
	}
}

// Without instances there is no distance: null, and no random splits.
func TestCompareWithNothing(t *testing.T) {
	empty := `{"images":[{"id":1}],"categories":[{"id":1,"name":"cat"}],"annotations":[]}`
	path := filepath.Join(t.TempDir(), "empty.json")
	if err := os.WriteFile(path, []byte(empty), 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := cocostat(t.Context(), "", "compare", "--format", "json", commandtest.TrainJSON, path)
	if code != 0 || !strings.Contains(out, `"total_variation": null`) || !strings.Contains(out, `"random_splits": null`) || !strings.Contains(out, `"share_b": null`) {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
	if out, _, code := cocostat(t.Context(), "", "compare", commandtest.TrainJSON, path); code != 0 || strings.Contains(out, "NaN") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A name that two categories have is matched in the order of the ids.
func TestMatchOfEqualNames(t *testing.T) {
	twice := `{"images":[{"id":1}],"annotations":[],"categories":[{"id":5,"name":"cat"},{"id":3,"name":"cat"}]}`
	path := filepath.Join(t.TempDir(), "twice.json")
	if err := os.WriteFile(path, []byte(twice), 0o644); err != nil {
		t.Fatal(err)
	}
	found := map[int64]*int64{}
	for _, r := range compareJSON(t, path, commandtest.TrainJSON).Classes {
		if r.IDA != nil {
			found[*r.IDA] = r.IDB
		}
	}
	if len(found) != 2 || found[3] == nil || *found[3] != 1 || found[5] != nil {
		t.Errorf("matches %v", found)
	}
}

// A folder is its training against its validation annotations.
func TestCompareFolder(t *testing.T) {
	want, _, _ := cocostat(t.Context(), "", "compare", commandtest.TrainJSON, commandtest.ValJSON)
	got, errs, code := cocostat(t.Context(), "", "compare", "../testdata/compare")
	if code != 0 || got != want || errs != "reading "+commandtest.TrainJSON+" and "+commandtest.ValJSON+"\n" {
		t.Errorf("exit code %d, stderr %q\n%s", code, errs, got)
	}
}

// The ending of the output's name is its format, unless that is given.
func TestCompareOutput(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags []string
		start string
	}{
		{"x.json", nil, "{\n"}, {"x.csv", nil, "name,"}, {"x.md", nil, "A  ../testdata/compare/instances_train.json  \n"},
		{"x.txt", nil, "A  ../testdata/compare/instances_train.json\n"}, {"x.csv", []string{"--format", "json"}, "{\n"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		out, errs, code := cocostat(t.Context(), "", append(c.flags, "compare", "-o", path, commandtest.TrainJSON, commandtest.ValJSON)...)
		text, err := os.ReadFile(path)
		if code != 0 || out != "" || err != nil || !strings.HasPrefix(string(text), c.start) {
			t.Errorf("%s: exit code %d, stderr %q, %v, %.80q", c.name, code, errs, err, text)
		}
	}
}

func TestCompareErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, cli.ExitUsage, "between 1 and 2 arg"},
		{[]string{commandtest.TrainJSON}, cli.ExitUsage, "no folder: name a second file"},
		{[]string{"../testdata/none.json"}, cli.ExitUsage, "no folder"},
		{[]string{"../testdata"}, cli.ExitFailure, "no validation annotations beside ../testdata/tiny.json"},
		{[]string{"-", "-"}, cli.ExitUsage, "standard input"},
		{[]string{"--by", "size", commandtest.TrainJSON, commandtest.ValJSON}, cli.ExitUsage, "name, id"},
		{[]string{"--sort", "instances", commandtest.TrainJSON, commandtest.ValJSON}, cli.ExitUsage, "instances_a, instances_b"},
		{[]string{"-o", "", commandtest.TrainJSON, commandtest.ValJSON}, cli.ExitUsage, "--output is empty"},
		{[]string{"-o", "none/x", commandtest.TrainJSON, commandtest.ValJSON}, cli.ExitFailure, "cannot write none/x"},
		{[]string{"-o", commandtest.ValJSON, commandtest.TrainJSON, commandtest.ValJSON}, cli.ExitUsage, "overwritten"},
		{[]string{commandtest.TrainJSON, "../testdata/none.json"}, cli.ExitFailure, "../testdata/none.json"},
	} {
		out, errs, code := cocostat(t.Context(), "", append([]string{"compare"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q; want %d and %q", c.args, code, out, errs, c.code, c.says)
		}
	}
}

// listOf writes an annotation file of images with one object each.
func listOf(t *testing.T, names ...string) string {
	t.Helper()
	var images, objects []string
	for i, name := range names {
		images = append(images, fmt.Sprintf(`{"id": %d, "file_name": %q, "width": 64, "height": 64}`, i, name))
		objects = append(objects, fmt.Sprintf(`{"id": %d, "image_id": %d, "category_id": 1, "bbox": [1, 1, 9, 9], "area": 81}`, i+1, i))
	}
	path := filepath.Join(t.TempDir(), "list.json")
	text := fmt.Sprintf(`{"images": [%s], "annotations": [%s], "categories": [{"id": 1, "name": "a"}]}`, strings.Join(images, ","), strings.Join(objects, ","))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// The same picture is found under the names of Roboflow's augmentations, those
// in other folders are a hint, and equal names are counted once, as such.
func TestCompareSharedPictures(t *testing.T) {
	const hash = ".rf.0123456789abcdef0123456789abcde"
	a := listOf(t, "x_jpg"+hash+"0.jpg", "x_jpg"+hash+"1.jpg", "y_jpg"+hash+"2.jpg", "train/1.jpg", "same.jpg", "p_png"+hash+"3.jpg")
	b := listOf(t, "x_jpg"+hash+"4.jpg", "z_jpg"+hash+"5.jpg", "val/1.jpg", "same.jpg", "p.png")
	s := compareJSON(t, a, b).Shared
	want := shared{Names: []string{"same.jpg"}, Alike: 1, Sources: []string{"x.jpg", "p.png"}, SourceImagesA: 3, SourceImagesB: 2, BaseNames: []string{"1.jpg"}, BaseAlike: 1}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("shared %+v, want %+v", s, want)
	}
	out, _, _ := cocostat(t.Context(), "", "compare", a, b)
	for _, said := range []string{"Roboflow exported them: 2 (x.jpg, p.png), as 3 images of A and 2 images of B", "but for the folder: 1 (1.jpg)", "no proof"} {
		if !strings.Contains(out, said) {
			t.Errorf("the table does not say %q:\n%s", said, out)
		}
	}
	if s := compareJSON(t, listOf(t, "a.jpg", "b.jpg"), listOf(t, "c.jpg", "d.jpg")).Shared; len(s.Names)+len(s.Sources)+len(s.BaseNames) != 0 {
		t.Errorf("nothing is shared: %+v", s)
	}
}
