package train_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// weightsWith writes weights of an annotation file as the options count it.
func weightsWith(t *testing.T, path string, opt annotations.Options) string {
	t.Helper()
	return weightsOfAll(t, []string{path}, opt)
}

// weightsOfAll is weightsWith of several files.
func weightsOfAll(t *testing.T, paths []string, opt annotations.Options) string {
	t.Helper()
	counts, err := dataset.Count(context.Background(), paths, opt)
	ok(t, err)
	table, err := weights.Build(counts, weights.DefaultOptions())
	ok(t, err)
	out := filepath.Join(t.TempDir(), "w.arrow")
	ok(t, codec.WriteFile(out, table))
	return out
}

// changed writes a copy of a set's training annotations, changed, and returns a
// configuration that trains on it.
func changed(t *testing.T, set string, change func(file map[string][]map[string]any)) train.Config {
	t.Helper()
	var whole map[string]json.RawMessage
	ok(t, json.Unmarshal(readFile(t, trainJSON(set)), &whole))
	file := map[string][]map[string]any{}
	for _, list := range []string{"images", "annotations", "categories"} {
		var elements []map[string]any
		ok(t, json.Unmarshal(whole[list], &elements))
		file[list] = elements
	}
	change(file)
	text, err := json.Marshal(file)
	ok(t, err)
	c := tiny(set)
	c.Data.TrainImages, err = data.FindImages(trainJSON(set))
	ok(t, err)
	c.Data.TrainJSON = filepath.Join(t.TempDir(), "changed.json")
	ok(t, os.WriteFile(c.Data.TrainJSON, text, 0o644))
	return c
}

func said(j *train.Job, part string) bool { return strings.Contains(strings.Join(j.Notes, "\n"), part) }

// What the weights leave out, training and validation leave out, too.
func TestLeavesOutWhatTheWeightsDo(t *testing.T) {
	set := smallSet(t)
	c := tiny(set)
	c.Weights = weightsWith(t, trainJSON(set), annotations.Options{Trainable: true, Selection: annotations.Selection{Drop: []string{"2"}}})
	j := open(t, c)
	if len(j.Table.Rows) != 2 || j.Config.Model.Classes != 2 {
		t.Errorf("%d classes in the weights, %d in the network", len(j.Table.Rows), j.Config.Model.Classes)
	}
	for _, part := range []string{"training set: ", "validation set: "} {
		found := false
		for _, n := range j.Notes {
			found = found || strings.HasPrefix(n, part) && strings.HasSuffix(n, "annotations of classes that the weights file leaves out")
		}
		if !found {
			t.Errorf("notes %q do not tell what the %sleaves out", j.Notes, part)
		}
	}
	if said(j, "count other objects") {
		t.Errorf("notes %q", j.Notes)
	}
}

// A heading is no class, with weights that training makes itself.
func TestHeadingIsNoClass(t *testing.T) {
	c := changed(t, smallSet(t), func(file map[string][]map[string]any) {
		for _, k := range file["categories"] {
			k["supercategory"] = "shapes"
		}
		file["categories"] = append(file["categories"], map[string]any{"id": 0, "name": "shapes", "supercategory": "none"})
	})
	// The validation annotations do not list it: that is no other class.
	if j := open(t, c); j.Config.Model.Classes != 3 || !said(j, `category 0 "shapes" is no class`) {
		t.Errorf("%d classes, notes %q", j.Config.Model.Classes, j.Notes)
	}
}

// Weights that count what is not trained on are told of.
func TestOtherCountsAreNoted(t *testing.T) {
	c := changed(t, smallSet(t), func(file map[string][]map[string]any) { file["annotations"][0]["bbox"] = []float64{1, 1, 0, 5} })
	const note = "the weights count other objects than are trained on, in 1 classes"
	for _, all := range []bool{false, true} {
		c.Weights = weightsWith(t, c.Data.TrainJSON, annotations.Options{Trainable: !all})
		if j := open(t, c); said(j, note) != all || !said(j, "1 boxes without area left out") {
			t.Errorf("all annotations counted: %v, notes %q", all, j.Notes)
		}
	}
}

// A table of counts names no annotations: with those of a dataset its weights
// train.
func TestWeightsOfCountsNameNoAnnotations(t *testing.T) {
	set := smallSet(t)
	counts, err := dataset.Count(context.Background(), []string{trainJSON(set)}, annotations.Options{Trainable: true})
	ok(t, err)
	table, err := weights.BuildFromCounts(weights.ClassCounts{
		Categories: counts.Categories, Instances: counts.Instances, Source: annotations.Source{Path: "counts.csv"},
	}, weights.DefaultOptions())
	ok(t, err)
	c := tiny(set)
	c.Weights = filepath.Join(t.TempDir(), "w.arrow")
	ok(t, codec.WriteFile(c.Weights, table))
	if j := open(t, c); len(j.Table.Rows) != len(counts.Categories) || said(j, "count other objects") {
		t.Errorf("%d classes, notes %q", len(j.Table.Rows), j.Notes)
	}
	c.Data = data.Layout{}
	if _, err := train.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "was made from a table of counts, which names no images: name the dataset as well") {
		t.Errorf("%v", err)
	}
}
