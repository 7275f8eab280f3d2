package counttable

import (
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
	"cocostat/internal/classcounts"
	"cocostat/internal/mutate"
)

func TestMutatedCounts(t *testing.T) {
	for name, text := range map[string]string{
		"counts.csv":  "category_id,name,instances,images\n1,person,262465,64115\n3,\"car, van\",43867,12251\n",
		"counts.json": `{"classes": [{"id": 1, "name": "person", "instances": 262465, "images": 64115}, {"name": "car", "count": 43867}]}`,
		"plain.json":  `{"dataset": "COCO", "person": 262465, "car": 43867}`,
	} {
		path := filepath.Join(t.TempDir(), name)
		read := func(file []byte) ([]classcounts.Class, error) {
			if err := os.WriteFile(path, file, 0o644); err != nil {
				t.Fatal(err)
			}
			return Classes(t.Context(), path, annotations.Options{})
		}
		want, err := read([]byte(text))
		if err != nil || len(want) != 2 {
			t.Fatalf("%s: %+v, %v", name, want, err)
		}
		mutate.Files(t, []byte(text), mutate.Against(want, read))
	}
}
