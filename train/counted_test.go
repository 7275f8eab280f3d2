package train_test

import (
	"context"
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

// bothFiles writes weights.arrow and eta.arrow of an annotation file to a folder
// and returns the path of the weights.
func bothFiles(t *testing.T, dir, path string) string {
	t.Helper()
	counts, err := dataset.Count(context.Background(), []string{path}, annotations.Options{})
	ok(t, err)
	table, err := weights.Build(counts, weights.DefaultOptions())
	ok(t, err)
	f := codec.Files{Weights: filepath.Join(dir, "weights.arrow"), Eta: filepath.Join(dir, train.EtaFile)}
	ok(t, codec.WriteFiles(f, table, counts))
	return f.Weights
}

// The eta file counts the objects of an image whatever augmentation leaves of
// them: without augmentation a training is the same as with the counts of the
// targets, bit for bit, and with crops it is not.
func TestCountsOfTheEtaFile(t *testing.T) {
	set, dir := smallSet(t), t.TempDir()
	file := bothFiles(t, dir, trainJSON(set))
	crop := data.Augment{MinScale: 0.4, MaxScale: 0.4, Shift: true, Border: 8}
	loss := func(name, counts string, a data.Augment) float64 {
		c := tiny(set)
		c.Weights, c.EtaCounts, c.Augment, c.Epochs = file, counts, a, 1
		c.Loss.LS = false // λ = 1 from the first epoch
		_, err := open(t, c).Run(context.Background(), filepath.Join(dir, name), quiet)
		ok(t, err)
		return metrics(t, filepath.Join(dir, name))[0].Losses.Total
	}
	whole, table := loss("a", train.CountTargets, data.Augment{}), loss("b", train.CountTable, data.Augment{})
	if whole != table {
		t.Errorf("loss %v with the counts of whole images' targets, %v with the file's", whole, table)
	}
	cropped, table := loss("c", train.CountTargets, crop), loss("d", train.CountTable, crop)
	if cropped == table {
		t.Errorf("loss %v with the counts of crops and with those of whole images", cropped)
	}
	// The run goes on with the file where it lies.
	saved, err := train.ReadConfig(filepath.Join(dir, "d"))
	ok(t, err)
	if saved.EtaFile != filepath.Join(dir, train.EtaFile) {
		t.Errorf("the run remembers %q", saved.EtaFile)
	}
}

func TestCountsOfAnotherDataset(t *testing.T) {
	set, dir := smallSet(t), t.TempDir()
	file := bothFiles(t, dir, trainJSON(set))
	text := string(readFile(t, trainJSON(set)))
	other := filepath.Join(t.TempDir(), "instances_other.json")
	ok(t, os.WriteFile(other, []byte(strings.Replace(text, `"category_id":1`, `"category_id":2`, 1)), 0o644))
	if !strings.Contains(text, `"category_id":1`) {
		t.Fatal("the sample spells category_id otherwise")
	}
	mixed := t.TempDir()
	bothFiles(t, mixed, other)
	alone := filepath.Join(t.TempDir(), "weights.arrow")
	ok(t, os.WriteFile(alone, readFile(t, file), 0o644))
	for name, c := range map[string]struct {
		weights string
		change  func(*train.Config)
		want    []string
	}{
		"no eta file":            {alone, func(*train.Config) {}, []string{train.EtaFile, "cocostat weights"}},
		"no weights file":        {"", func(*train.Config) {}, []string{"--weights"}},
		"eta of others' weights": {file, func(c *train.Config) { c.EtaFile = filepath.Join(mixed, train.EtaFile) }, []string{"not of the same annotations"}},
		"both of another set":    {filepath.Join(mixed, "weights.arrow"), func(*train.Config) {}, []string{"other annotations", "image"}},
		"without bb":             {file, func(c *train.Config) { c.Loss.BB = false }, []string{"bb"}},
		"unknown":                {file, func(c *train.Config) { c.EtaCounts = "boxes" }, []string{`"boxes"`, "targets", "table"}},
	} {
		config := tiny(set)
		config.Weights, config.EtaCounts = c.weights, train.CountTable
		config.Data.TrainJSON = trainJSON(set)
		c.change(&config)
		_, err := train.Open(context.Background(), config)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %q does not say %q", name, err, w)
			}
		}
	}
}
