package train_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cocostat/balance"
	"cocostat/train"
)

func TestBadInput(t *testing.T) {
	set := smallSet(t)
	other := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(other, name)
		ok(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	otherClasses := write("other.json", `{"images":[{"id":1,"file_name":"a.jpg","width":8,"height":8}],
		"annotations":[{"id":1,"image_id":1,"category_id":9,"bbox":[1,1,4,4],"area":16,"iscrowd":0}],
		"categories":[{"id":9,"name":"walrus"}]}`)
	noBoxes := write("empty.json", `{"images":[{"id":1,"file_name":"a.jpg","width":8,"height":8}],"annotations":[],"categories":[{"id":1,"name":"disc"}]}`)
	noImages := write("noimages.json", `{"images":[],"annotations":[],"categories":[{"id":1,"name":"disc"},{"id":2,"name":"star"},{"id":3,"name":"square"}]}`)

	for name, c := range map[string]struct {
		change func(*train.Config)
		want   []string
	}{
		"weights of other classes":    {func(c *train.Config) { c.Weights = weightsOf(t, otherClasses) }, []string{"instances_train.json", "walrus"}},
		"validation of other classes": {func(c *train.Config) { c.Data.ValJSON, c.Data.ValImages = otherClasses, other }, []string{"other.json", "3 classes"}},
		"validation without images":   {func(c *train.Config) { c.Data.ValJSON, c.Data.ValImages = noImages, other }, []string{"noimages.json", "no images", "--val"}},
		"no annotations":              {func(c *train.Config) { c.Data.TrainJSON, c.Data.TrainImages = noBoxes, other }, []string{"no annotations"}},
		"missing file":                {func(c *train.Config) { c.Data.TrainJSON = filepath.Join(other, "none.json") }, []string{"none.json"}},
		"missing weights":             {func(c *train.Config) { c.Weights = filepath.Join(other, "none.arrow") }, []string{"none.arrow"}},
		"nothing":                     {func(c *train.Config) { c.Data.TrainJSON = "" }, []string{"nothing to train on"}},
		"batch beyond the set":        {func(c *train.Config) { c.Batch = 25 }, []string{"--batch 24"}},
		"cuda without cuda":           {func(c *train.Config) { c.Device = "cuda" }, []string{"CUDA"}},
		"size":                        {func(c *train.Config) { c.Size = 100 }, []string{"multiple of 32"}},
		"infinite learning rate":      {func(c *train.Config) { c.LR = math.Inf(1) }, []string{"learning rate +Inf"}},
		"bias that is no number":      {func(c *train.Config) { c.Model.HeatmapBias = math.NaN() }, []string{"heatmap bias NaN"}},
		"schedule of nothing":         {func(c *train.Config) { c.Loss.WF, c.Loss.BB = false, false }, []string{"nothing to schedule"}},
		"loss of two":                 {func(c *train.Config) { c.Loss.Approx = true }, []string{"parts of another loss"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "cuda without cuda" && cudaHere() {
				t.Skip("this machine has a CUDA device")
			}
			config := tiny(set)
			c.change(&config)
			_, err := train.Open(context.Background(), config)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not mention %q", err, want)
				}
			}
		})
	}
}

func TestMissingImageStopsBeforeTraining(t *testing.T) {
	set := smallSet(t)
	images, err := filepath.Glob(filepath.Join(set, "train", "*.jpg"))
	ok(t, err)
	ok(t, os.Remove(images[3]))
	_, err = train.Open(context.Background(), tiny(set))
	if err == nil || !strings.Contains(err.Error(), filepath.Base(images[3])) {
		t.Errorf("error %v, want one that names %s", err, images[3])
	}
}

// A truncated image stops the run with its name; the folder holds no results.
func TestTruncatedImage(t *testing.T) {
	set := smallSet(t)
	images, err := filepath.Glob(filepath.Join(set, "train", "*.jpg"))
	ok(t, err)
	ok(t, os.Truncate(images[5], 400))
	run := filepath.Join(t.TempDir(), "run")
	_, err = open(t, tiny(set)).Run(context.Background(), run, quiet)
	if err == nil || !strings.Contains(err.Error(), images[5]) {
		t.Errorf("error %v, want one that names %s", err, images[5])
	}
	for _, name := range []string{train.LastFile, train.MetricsFile, train.ResultsFile} {
		if _, err := os.Stat(filepath.Join(run, name)); err == nil {
			t.Errorf("the failed run left %s", name)
		}
	}
}

func TestRunFolderIsNotOverwritten(t *testing.T) {
	set := smallSet(t)
	run := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(run, "thesis.txt"), []byte("mine"), 0o644))
	if _, err := open(t, tiny(set)).Run(context.Background(), run, quiet); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("error %v, want one that says the folder is not empty", err)
	}
	blocked := filepath.Join(run, "thesis.txt", "run")
	if _, err := open(t, tiny(set)).Run(context.Background(), blocked, quiet); err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("error %v, want one that names the folder", err)
	}
}

// The loss of a run whose learning rate is absurd overflows; the run says where
// and with which images, and saves nothing of it.
func TestNonFiniteLossStops(t *testing.T) {
	c := tiny(smallSet(t))
	c.LR, c.Warmup, c.Epochs, c.SaveEvery = 1e30, 0, 20, time.Nanosecond
	run := filepath.Join(t.TempDir(), "run")
	_, err := open(t, c).Run(context.Background(), run, quiet)
	if !errors.Is(err, train.ErrDiverged) {
		t.Fatalf("error %v, want that the training has diverged", err)
	}
	for _, words := range []string{"epoch 1, step 2", "loss NaN (heatmap ", "size ", "(0000", ".jpg)", "lower learning rate"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("error %q does not have %q", err, words)
		}
	}
	if last, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile)); err == nil && last.Step > 1 || err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Errorf("saved: %+v, %v", last, err)
	}
}

func TestForeignCheckpoints(t *testing.T) {
	set := smallSet(t)
	run := filepath.Join(t.TempDir(), "run")
	c := tiny(set)
	c.Epochs = 1
	_, err := open(t, c).Run(context.Background(), run, quiet)
	ok(t, err)
	for want, change := range map[string]func(*train.Config){
		"another model": func(c *train.Config) { c.Model.Width = 0.5 },
		"another schedule": func(c *train.Config) {
			c.Balance = &balance.Config{Schedule: balance.Linear, Update: "epoch", Reading: balance.EtaBase}
		},
		"another augmentation": func(c *train.Config) { c.Augment.Flip = 0 },
	} {
		changed := c
		change(&changed)
		if _, err := open(t, changed).Resume(context.Background(), run, quiet); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one about %s", err, want)
		}
	}
	ok(t, os.Rename(filepath.Join(run, train.BestFile), filepath.Join(run, train.LastFile)))
	if _, err := open(t, c).Resume(context.Background(), run, quiet); err == nil || !strings.Contains(err.Error(), "optimiser") {
		t.Errorf("error %v, want one about the missing optimiser", err)
	}
}

// A training that is too short for its deferred epochs, d: λ of the
// last epoch T−1 is (T−1−d) / max(1, T−1−d) where λ rises, and 1 after d epochs
// where it jumps.
func TestScheduleThatDoesNotEnd(t *testing.T) {
	set := smallSet(t)
	for _, s := range []struct {
		epochs, deferred int
		schedule         balance.Schedule
		loss             string
		told             bool
	}{
		{6, 5, balance.DeferredLinear, "bofl", true},
		{7, 5, balance.DeferredLinear, "bofl", false},
		{5, 5, balance.Deferred, "focal+bb+ls", true},
		{6, 5, balance.Deferred, "bofl", false},
		{5, 5, balance.DeferredLinear, "focal+wf", false}, // always in full strength
		{1, 0, balance.Linear, "cbl+linear", true},
		{1, 0, balance.Constant, "bofl", false},
	} {
		c := tiny(set)
		var err error
		c.Loss, err = balance.ParseLoss(s.loss)
		ok(t, err)
		c.Epochs, c.Balance = s.epochs, &balance.Config{Schedule: s.schedule, DeferredEpochs: s.deferred, Update: "epoch", Eta: 0.8, Reading: balance.EtaBase, Intensity: 1}
		notes := strings.Join(open(t, c).Notes, "\n")
		if told := strings.Contains(notes, "λ never reaches 1"); told != s.told {
			t.Errorf("%+v: notes %q", s, notes)
		}
	}
}

// A box beside its image is left out of training, and counts in AP: COCO's
// evaluation looks at no image size.
func TestBoxesOutside(t *testing.T) {
	set := smallSet(t)
	c := tiny(set)
	c.Epochs, c.Balance = 1, nil
	objects := func(e *train.Evaluation) (n int) {
		for _, k := range e.Classes {
			n += k.Truths
		}
		return n
	}
	e, err := open(t, c).Run(context.Background(), filepath.Join(t.TempDir(), "run"), quiet)
	ok(t, err)
	before := objects(e)
	for _, split := range []string{"train", "val"} {
		path := filepath.Join(set, "annotations", "instances_"+split+".json")
		text := strings.Replace(string(readFile(t, path)), `"bbox":[`, `"bbox":[1000`, 1)
		ok(t, os.WriteFile(path, []byte(text), 0o644))
	}
	j := open(t, c)
	notes := strings.Join(j.Notes, "\n")
	for _, want := range []string{"training set: 1 boxes outside their image left out", "validation set: 1 boxes outside their image count in AP"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
	e, err = j.Run(context.Background(), filepath.Join(t.TempDir(), "run"), quiet)
	ok(t, err)
	if after := objects(e); after != before {
		t.Errorf("%d objects count, %d before one of them was moved", after, before)
	}
}
