package atomicfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cocostat/internal/atomicfile"
)

// tree lists what is below a folder.
func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if path != dir {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// filling puts a file into a folder.
func filling(name string) func(string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644) }
}

func TestWriteFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	broken := errors.New("broken")
	for _, c := range []struct {
		what    string
		path    string
		replace bool
		fill    error
		err     error
		want    []string
	}{
		{"a folder that fails", "a/b", false, broken, broken, []string{"a"}},
		{"a new folder", "a/b", false, nil, nil, []string{"a", "a/b", "a/b/a new folder"}},
		{"another", "a/b", false, nil, atomicfile.ErrNotEmpty, []string{"a", "a/b", "a/b/a new folder"}},
		{"one that fails", "a/b", true, broken, broken, []string{"a", "a/b", "a/b/a new folder"}},
		{"a better one", "a/b/", true, nil, nil, []string{"a", "a/b", "a/b/a better one"}},
	} {
		err := atomicfile.WriteFolder(c.path, c.replace, func(into string) error {
			if err := filling(c.what)(into); err != nil {
				return err
			}
			return c.fill
		})
		if !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.what, err, c.err)
		}
		if got := tree(t, dir); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// An empty folder becomes the new one; a link stays a link.
func TestWriteFolderThere(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	if err := atomicfile.WriteFolder(filepath.Join(dir, "link"), false, filling("f")); err != nil {
		t.Fatal(err)
	}
	if got, want := tree(t, dir), []string{"link", "real", "real/f"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if err := atomicfile.WriteFolder(filepath.Join(dir, "real", "f"), true, filling("g")); err == nil {
		t.Error("a file was replaced by a folder")
	}
}

// What a process left that was killed is removed.
func TestWriteFolderTidies(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".out.tmp-1.new/old", ".out.tmp-1"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := atomicfile.WriteFolder(filepath.Join(dir, "out"), false, filling("f")); err != nil {
		t.Fatal(err)
	}
	if got, want := tree(t, dir), []string{"out", "out/f"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
