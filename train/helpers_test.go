package train_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/sample"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// smallSet draws a set of three classes, 24 training and 8 validation images
// of 64×64, and returns its folder.
func smallSet(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	_, err := sample.Generate(context.Background(), dir, sample.Options{
		Classes: 3, Images: 24, ValImages: 8, Size: 64, Imbalance: 4, Seed: 5, Quality: 90,
	}, nil)
	ok(t, err)
	return dir
}

func trainJSON(set string) string { return filepath.Join(set, "annotations", "instances_train.json") }

// tiny is a configuration that trains on a small set in a second or two.
func tiny(set string) train.Config {
	c := train.DefaultConfig()
	c.Data.TrainJSON = trainJSON(set)
	c.Model.Width, c.Model.Neck, c.Model.HeadChannels = 0.25, []int{16, 16, 16}, 16
	c.Size, c.Batch, c.Epochs, c.LR, c.EvalEvery = 64, 6, 4, 2e-3, 2
	c.Threads, c.Workers = 1, 2
	return c
}

func open(t *testing.T, c train.Config) *train.Job {
	t.Helper()
	j, err := train.Open(context.Background(), c)
	ok(t, err)
	return j
}

// quiet watches nothing.
var quiet = train.Watcher{Note: func(string) {}, Skipped: func(*data.ImageError) {}, Progress: func(train.Progress) {}, Epoch: func(train.Metric) {}}

// weightsOf writes the weights of an annotation file beside it.
func weightsOf(t *testing.T, path string) string {
	t.Helper()
	counts, err := dataset.Count(context.Background(), []string{path}, annotations.Options{})
	ok(t, err)
	opt := weights.DefaultOptions()
	opt.TailTarget = 0.4 // the rarest of three classes is in it
	table, err := weights.Build(counts, opt)
	ok(t, err)
	out := path + ".arrow"
	ok(t, codec.WriteFile(out, table))
	return out
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	ok(t, err)
	return b
}
