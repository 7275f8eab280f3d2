package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

// A file is known under any of its names, and a whole archive holds each of its
// members; other members are other files.
func TestSameInput(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.json", "b.json", "x.zip"} {
		if err := os.WriteFile(name, []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.json", "link.json"); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	for _, c := range []struct {
		paths string
		same  bool
	}{
		{"a.json b.json", false},
		{"b.json a.json link.json", true},
		{"a.json ./a.json", true},
		{"x.zip:a.json x.zip:b.json", false},
		{"x.zip:a.json a.json ./x.zip:a.json", true},
		{"x.zip:a.json x.zip", true},
		{"x.zip x.zip:a.json", true},
		{"none.json ./none.json", true},
	} {
		in := input{paths: strings.Fields(c.paths)}
		if err := in.find(); (err != nil) != c.same {
			t.Errorf("%s: error %v", c.paths, err)
		}
	}
}

// Categories are united by name where that is asked for; ids that are new are
// told of, and so are annotations that CSV leaves out.
func TestMergeByName(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, categories := range map[string]string{"a": `{"id": 1, "name": "dog"}`, "b": `{"id": 1, "name": "cat"}`} {
		text := fmt.Sprintf(`{"images": [{"id": "%s", "file_name": "%s.jpg"}], "categories": [%s],
"annotations": [{"id": "%s1", "image_id": "%s", "category_id": 1}, {"id": "%s2", "image_id": "%s", "caption": "x"}]}`, name, name, categories, name, name, name, name)
		if err := os.WriteFile(name+".json", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, errs, code := run(t.Context(), "", "analyze", "a.json", "b.json"); code != cli.ExitFailure || !strings.Contains(errs, "--merge-by name") {
		t.Errorf("by id: exit code %d, %q", code, errs)
	}
	out, errs, code := run(t.Context(), "", "analyze", "--merge-by", "name", "--format", "csv", "--columns", "name,id,instances", "a.json", "b.json")
	if code != 0 || !strings.Contains(out, "dog,2,1") || !strings.Contains(out, "cat,1,1") ||
		!strings.Contains(errs, "numbered from 1") || !strings.Contains(errs, "2 of 4 annotations are not counted") {
		t.Errorf("by name: exit code %d, %q, output\n%s", code, errs, out)
	}
	if out, _, _ := run(t.Context(), "", "validate", "--merge-by", "name", "a.json", "b.json"); !strings.Contains(out, `id "a2" at byte`) {
		t.Errorf("no text of an identifier in\n%s", out)
	}
	if _, _, code := run(t.Context(), "", "validate", "--merge-by", "colour", "a.json"); code != cli.ExitUsage {
		t.Errorf("--merge-by colour: exit code %d", code)
	}
}
