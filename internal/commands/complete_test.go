package commands

import (
	"path/filepath"
	"strings"
	"testing"
)

// Classes and groupings are offered of the file that the call names.
func TestCompletionOfClassesAndGroupings(t *testing.T) {
	w := filepath.Join(t.TempDir(), "w.arrow")
	for _, args := range [][]string{{"weights", trainJSON, "-o", w}, {"groups", w, "--top", "1", "--simcal", "-o", w}} {
		if _, errs, code := cocostat(t.Context(), "", args...); code != 0 {
			t.Fatal(errs)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"schedule", w, "--classes", ""}, "cat dog owl all"},
		{[]string{"schedule", w, "--classes", "dog,"}, "dog,cat dog,owl dog,all"},
		{[]string{"schedule", w, "--classes", "dog,c"}, "dog,cat"},
		{[]string{"schedule", "--classes", ""}, ""},
		{[]string{"schedule", "none.arrow", "--classes", ""}, "all"},
		{[]string{"analyze", trainJSON, "--leave-out", ""}, "cat dog owl"},
		{[]string{"analyze", "testdata/compare", "--leave-out", "o"}, "owl"}, // a folder: its training annotations
		{[]string{"weights", "none.json", "--leave-out", ""}, ""},
		{[]string{"eval", valJSON, "dets.json", "--classes", ""}, "dog cat bee"},
		{[]string{"eval", "testdata/compare", "dets.json", "--classes", "b"}, "bee"}, // a folder: its validation annotations
		{[]string{"eval", valJSON, "dets.json", "--groupings", ""}, "group lvis_group"},
		{[]string{"eval", valJSON, "dets.json", "--weights", w, "--groupings", ""}, "group lvis_group top-1 simcal"},
	} {
		out, errs, code := cocostat(t.Context(), "", append([]string{"__complete"}, c.args...)...)
		words, directive, _ := strings.Cut(out, ":")
		if got := strings.Join(strings.Fields(words), " "); code != 0 || got != c.want || !strings.HasPrefix(directive, "6") {
			t.Errorf("%q: %q, directive %q, %s; want %q and no files", c.args, got, directive, errs, c.want)
		}
	}
}
