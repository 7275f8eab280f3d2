package recipes_test

import (
	"strings"
	"testing"

	"cocostat/train/recipes"
)

// Only weights of another program can be those of ImageNet.
func TestStartNote(t *testing.T) {
	for start, want := range map[recipes.Start]string{
		recipes.StartRandom:   "this training with random weights",
		recipes.StartOwnModel: "this training with a network of this program",
	} {
		if note := start.Note(); !strings.HasPrefix(note, "another experiment than the published one") || !strings.Contains(note, want) || !strings.Contains(note, "ImageNet") {
			t.Errorf("%d: %q lacks %q", start, note, want)
		}
	}
	if note := recipes.StartForeign.Note(); note != "" {
		t.Errorf("weights of another program: %q", note)
	}
}

// Rows of tables and copies of them are published; parts, and recipes that only
// take settings from a row, are not.
func TestIsPublished(t *testing.T) {
	for _, table := range recipes.Tables() {
		for _, r := range table.Recipes() {
			if !r.IsPublished() {
				t.Errorf("%s is not published", r.Name)
			}
		}
	}
	if open(t, "parts/bofl").IsPublished() {
		t.Error("parts/bofl is published")
	}
}
