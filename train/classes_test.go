package train_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/train"
	"cocostat/train/data"
)

// objects counts the annotations of each category of a file, as another reader.
func objects(t *testing.T, path string) map[float64]int64 {
	t.Helper()
	var d struct {
		Annotations []struct {
			Category float64 `json:"category_id"`
		} `json:"annotations"`
	}
	ok(t, json.Unmarshal(readFile(t, path), &d))
	n := map[float64]int64{}
	for _, a := range d.Annotations {
		n[a.Category]++
	}
	return n
}

// Classes that the weights merge are merged in training and validation, whether a
// weights file says so or the configuration.
func TestMergesWhatTheWeightsDo(t *testing.T) {
	set := smallSet(t)
	n := objects(t, trainJSON(set))
	selection := annotations.Selection{Merge: []annotations.Union{{Name: "both", Of: []string{"1", "3"}}}}
	for _, fromFile := range []bool{true, false} {
		c := tiny(set)
		if fromFile {
			c.Weights = weightsWith(t, trainJSON(set), annotations.Options{Trainable: true, Selection: selection})
		} else {
			c.Selection = selection
		}
		j := open(t, c)
		rows := j.Table.Rows
		if len(rows) != 2 || rows[0].CategoryID != 1 || rows[0].Name != "both" || rows[0].Instances != n[1]+n[3] || rows[1].Instances != n[2] || j.Config.Model.Classes != 2 {
			t.Errorf("from a file %v: rows %+v, want 1 both with %d and 2 with %d", fromFile, rows, n[1]+n[3], n[2])
		}
		// The same boxes are trained on as are counted.
		if said(j, "count other objects") || !said(j, `training set: 2 categories are the class "both"`) {
			t.Errorf("from a file %v: notes %q", fromFile, j.Notes)
		}
	}
}

// A choice of classes beside a weights file that was made with another is refused.
func TestSelectionContradictsWeights(t *testing.T) {
	set := smallSet(t)
	c := tiny(set)
	c.Weights = weightsWith(t, trainJSON(set), annotations.Options{Trainable: true, Selection: annotations.Selection{Drop: []string{"2"}}})
	for says, s := range map[string]annotations.Selection{
		"":                               {Drop: []string{"2"}},
		"it has weights for 3":           {Drop: []string{"3"}},
		"is left out there":              {Classes: []string{"2"}},
		"a class of its own there":       {Merge: []annotations.Union{{Name: "both", Of: []string{"1", "3"}}}},
		`no category has the name or id`: {Drop: []string{"unheard of"}},
	} {
		c.Selection = s
		_, err := train.Open(context.Background(), c)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "was made with other classes")) {
			t.Errorf("%+v: %v, want %q", s, err, says)
		}
	}
}

// Sets whose ids clash are one by name: every object of both is trained on, under
// the class of its name, in the images of its own folder.
func TestTrainsOnSeveralSetsByName(t *testing.T) {
	set := smallSet(t)
	exchanged := map[float64]float64{1: 3, 2: 1, 3: 2}
	other := changed(t, set, func(file map[string][]map[string]any) {
		for _, k := range file["categories"] {
			k["id"] = exchanged[k["id"].(float64)]
		}
		for _, a := range file["annotations"] {
			a["category_id"] = exchanged[a["category_id"].(float64)]
		}
	}).Data.TrainJSON
	images, err := data.FindImages(trainJSON(set))
	ok(t, err)
	c := tiny(set)
	c.More = []data.Part{{Annotations: other, Images: images}}
	if _, err := train.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "--by name") {
		t.Errorf("by id: %v", err)
	}
	c.ByName = true
	j := open(t, c)
	n := objects(t, trainJSON(set))
	for _, r := range j.Table.Rows {
		if r.Instances != 2*n[float64(r.CategoryID)] {
			t.Errorf("class %d %q: %d instances, want twice %d", r.CategoryID, r.Name, r.Instances, n[float64(r.CategoryID)])
		}
	}
	if said(j, "count other objects") || !said(j, "classes are told by their names") {
		t.Errorf("notes %q", j.Notes)
	}
	var d struct{ Images []any }
	ok(t, json.Unmarshal(readFile(t, trainJSON(set)), &d))
	if want := fmt.Sprint(2 * len(d.Images)); fmt.Sprint(j.Table.Meta.Images) != want {
		t.Errorf("%d images, want %s", j.Table.Meta.Images, want)
	}

	// The weights file that says so finds both sets again.
	c.Weights, c.ByName = weightsOfAll(t, []string{trainJSON(set), other}, annotations.Options{Trainable: true, ByName: true}), false
	c.Data.TrainJSON, c.Data.TrainImages, c.More = "", "", nil
	ok(t, os.Symlink(images, filepath.Join(filepath.Dir(other), "images")))
	c.Data.ValJSON = trainJSON(set)
	if j := open(t, c); len(j.Config.More) != 1 || j.Config.More[0].Annotations != other || said(j, "count other objects") {
		t.Errorf("more %+v, notes %q", j.Config.More, j.Notes)
	}
}
