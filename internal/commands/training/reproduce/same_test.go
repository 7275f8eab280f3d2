package reproduce

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"cocostat/internal/sample"
	"cocostat/train"
	"cocostat/train/data"
)

// Weights of before it was noted what they count are the same if their rows are.
func TestSameTables(t *testing.T) {
	set := filepath.Join(t.TempDir(), "set")
	if _, err := sample.Generate(context.Background(), set, sample.Options{
		Classes: 4, Images: 4, ValImages: 4, Size: 64, Imbalance: 20, Seed: 1, Quality: 90,
	}, nil); err != nil {
		t.Fatal(err)
	}
	_, table, err := train.OpenWeights(context.Background(), train.Config{Data: data.Layout{TrainJSON: filepath.Join(set, "annotations", "instances_train.json")}})
	if err != nil {
		t.Fatal(err)
	}
	early, fewer := *table, *table
	early.Meta.Counted, early.Meta.Unusable, early.Meta.Version = "", 0, "before"
	if table.Meta.Counted == "" || !sameTables(&early, table) {
		t.Errorf("early weights (now counted: %q) are told from the same", table.Meta.Counted)
	}
	fewer.Rows = slices.Clone(table.Rows)
	fewer.Rows[0].Instances--
	if sameTables(&fewer, table) {
		t.Error("another count passes for the same")
	}
}
