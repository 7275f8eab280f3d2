package recipes_test

import (
	"testing"

	"cocostat/train/recipes"
)

// 5e-4 for 128 images and 1.25e-4 for 32 are CenterNet's own pairs: --lr and
// --batch_size of src/lib/opts.py, and of experiments/ctdet_coco_dla_1x.sh.
func TestForBatch(t *testing.T) {
	ours := open(t, "table1/ours").Settings
	for batch, want := range map[int]string{128: "5e-4", 32: "0.000125", 16: "6.25e-05", 256: "0.001"} {
		got, err := ours.ForBatch(batch)
		if err != nil {
			t.Fatal(err)
		}
		if lr, _ := got.Get("lr"); lr != want {
			t.Errorf("batch %d: learning rate %s, want %s", batch, lr, want)
		}
	}
	if lr, _ := ours.Get("lr"); lr != "5e-4" {
		t.Errorf("the recipe changed: learning rate %s", lr)
	}
	for name, s := range map[string]recipes.Settings{
		"no learning rate": {{Flag: "batch", Value: "8"}},
		"no batch":         {{Flag: "lr", Value: "3e-3"}},
	} {
		got, err := s.ForBatch(16)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := s.Get("lr")
		if lr, _ := got.Get("lr"); lr != before {
			t.Errorf("%s: learning rate %q, want %q as before", name, lr, before)
		}
		if batch, _ := got.Get("batch"); batch != "16" {
			t.Errorf("%s: batch %s, want 16", name, batch)
		}
	}
	for name, s := range map[string]recipes.Settings{
		"learning rate": {{Flag: "lr", Value: "fast"}, {Flag: "batch", Value: "8"}},
		"batch":         {{Flag: "lr", Value: "1e-3"}, {Flag: "batch", Value: "0"}},
	} {
		if _, err := s.ForBatch(16); err == nil {
			t.Errorf("an unreadable %s is accepted", name)
		}
	}
}
