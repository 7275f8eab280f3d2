package predict

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "instances.json")
	if err := os.WriteFile(path, []byte(`{"images":[{"id":7,"file_name":"val\\a.jpg"},{"id":8,"file_name":"a.jpg"},{"id":9,"file_name":"x/b.jpg"},{"id":10,"file_name":"y/b.jpg"}],
		"categories":[{"id":1,"name":"disc"}],"annotations":[]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	index, err := readNames(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"/data/val/a.jpg": 7, "/data/train/a.jpg": 8, "a.jpg": 8, "data/y/b.jpg": 10} {
		if img, err := index.find(name); err != nil || img.ID != want {
			t.Errorf("%s: image %+v, %v; want id %d", name, img, err, want)
		}
	}
	for name, want := range map[string]string{"b.jpg": "any of 2", "/c.jpg": "not among"} {
		if _, err := index.find(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}
