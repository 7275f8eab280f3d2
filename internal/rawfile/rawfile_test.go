package rawfile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"cocostat/internal/rawfile"
)

// Files come out as they are, whether their folder is kept open or not, of more
// folders than are.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	var folders rawfile.Folders
	defer folders.Close()
	for i := range 40 {
		path := filepath.Join(dir, fmt.Sprint(i), "a.txt")
		if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("text "+path), 0o644); err != nil {
			t.Fatal(err)
		}
		for name, open := range map[string]func(string) (rawfile.File, error){"alone": rawfile.Open, "in a folder": folders.Open, "again": folders.Open} {
			f, err := open(path)
			if err != nil {
				t.Fatal(err)
			}
			text := make([]byte, 1000)
			n, err := f.ReadAt(text, 5)
			f.Close()
			if err != io.EOF || string(text[:n]) != path {
				t.Errorf("%s: %q, %v", name, text[:n], err)
			}
		}
		if _, err := folders.Open(path + "x"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a missing file: %v", err)
		}
	}
	if _, err := folders.Open(filepath.Join(dir, "none", "a.txt")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
}
