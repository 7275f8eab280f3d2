package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
)

// Categories without a name are classes of their own, told of, and not united as
// if no name were one.
func TestNamelessCategories(t *testing.T) {
	text := strings.NewReplacer(`{"id": 1, "name": "cat"}`, `{"id": 1}, {"id": 3, "name": null}, {"id": 4, "name": ""}`, `"name": "dog"`, `"name": " "`).
		Replace(boxFile(`"bbox": [9, 9, 9, 9], "area": 81`, `"bbox": [9, 9, 9, 9], "area": 81, "category_id": 3`))
	c, err := countText(strings.NewReader(text), false)
	if err != nil {
		t.Fatal(err)
	}
	checkProblems(t, "no names", c, map[annotations.Kind]int64{annotations.NamelessCategory: 4, annotations.SameCategoryName: 0})
	if len(c.Categories) != 4 || c.Instances[0] != 1 || c.Instances[2] != 1 {
		t.Errorf("categories %+v, instances %v", c.Categories, c.Instances)
	}
	path := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Count(bg, []string{path}, annotations.Options{ByName: true})
	if err == nil || !strings.Contains(err.Error(), path+": byte ") || !strings.Contains(err.Error(), "category id 1 has no name") {
		t.Errorf("united by name: %v", err)
	}
}
