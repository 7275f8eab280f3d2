package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/atomicfile"
)

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, want := range []string{"first", "second"} {
		if err := atomicfile.WriteBytes(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Fatalf("read %q, %v; want %q", got, err, want)
		}
	}
}

func TestFailedWriteKeepsOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := atomicfile.WriteBytes(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	err := atomicfile.Write(path, func(w io.Writer) error {
		io.WriteString(w, "half of the n")
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("error %v does not wrap the cause", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("content %q, want the old one", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files left in the folder, want 1", len(entries))
	}
}

func TestWriteIntoMissingFolder(t *testing.T) {
	err := atomicfile.WriteBytes(filepath.Join(t.TempDir(), "none", "a"), nil)
	if !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("error %v, want one that wraps ErrNotExist", err)
	}
}

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

// put returns a File with this content.
func put(path, content string) atomicfile.File {
	return atomicfile.File{Path: path, Fill: func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}}
}

func TestWriteAllIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := atomicfile.WriteAll(put(a, "1"), put(b, "2")); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	fails := atomicfile.File{Path: b, Fill: func(io.Writer) error { return stop }}
	if err := atomicfile.WriteAll(put(a, "3"), fails); !errors.Is(err, stop) || !strings.Contains(err.Error(), b) {
		t.Errorf("error %v does not name %s and the cause", err, b)
	}
	missing := filepath.Join(dir, "none", "c")
	if err := atomicfile.WriteAll(put(a, "3"), put(missing, "4")); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), ".tmp-") {
		t.Errorf("error %v, want one that wraps ErrNotExist and names no temporary file", err)
	}
	if got, _ := os.ReadFile(a); string(got) != "1" || names(t, dir) != "a b" {
		t.Errorf("content %q, files %q; want the old ones", got, names(t, dir))
	}
}

func TestWriteKeepsModeAndLink(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Skip(err)
	}
	if err := atomicfile.WriteBytes(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the file has mode %v, %v; want -rw-------", info.Mode(), err)
	}
	if to, err := os.Readlink(link); to != "file" {
		t.Errorf("the link points to %q, %v", to, err)
	}
	if got, _ := os.ReadFile(file); string(got) != "new" {
		t.Errorf("content %q", got)
	}
}

func TestReadOnlyFileStays(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("old"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.WriteBytes(file, []byte("new")); !errors.Is(err, os.ErrPermission) {
		t.Errorf("error %v, want one that wraps ErrPermission", err)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := atomicfile.WriteBytes(file, []byte("old")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		check func(string) error
		path  string
		want  string // in the error; "" for none
	}{
		{atomicfile.Check, "file", ""},
		{atomicfile.Check, "new", ""},
		{atomicfile.Check, ".", "is a directory"},
		{atomicfile.Check, "none/new", "no such file"},
		{atomicfile.Check, "file/new", "not a directory"},
		{atomicfile.CheckFolder, ".", ""},
		{atomicfile.CheckFolder, "new/and/deeper", ""},
		{atomicfile.CheckFolder, "file", "file is not a folder"},
		{atomicfile.CheckFolder, "file/new", "not a directory"},
	} {
		path := filepath.Join(dir, c.path)
		err := c.check(path)
		if (err == nil) != (c.want == "") || err != nil && !(strings.Contains(err.Error(), c.want) && strings.Contains(err.Error(), path)) {
			t.Errorf("%s: error %v, want %q", c.path, err, c.want)
		}
		if names(t, dir) != "file" {
			t.Fatalf("%s: the folder holds %q, want the file alone", c.path, names(t, dir))
		}
	}
}
