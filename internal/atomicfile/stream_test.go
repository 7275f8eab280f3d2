//go:build linux

package atomicfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"cocostat/internal/atomicfile"
)

// A descriptor is written to where it stands: what it leads to is neither
// replaced nor written over.
func TestDescriptor(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, "before ")
	name := fmt.Sprintf("/dev/fd/%d", f.Fd())
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{name, fmt.Sprintf("/proc/self/fd/%d", f.Fd()), fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd()), link} {
		if !atomicfile.IsStream(name) || !atomicfile.IsDescriptor(name, int(f.Fd())) {
			t.Errorf("%s is no descriptor", name)
		}
		if err := atomicfile.Check(name); err != nil {
			t.Error(err)
		}
		if err := atomicfile.WriteBytes(name, []byte("x ")); err != nil {
			t.Error(err)
		}
	}
	fmt.Fprint(f, "after")
	if got, _ := os.ReadFile(path); string(got) != "before x x x x after" || names(t, dir) != "file link" {
		t.Errorf("the file has %q, the folder %q", got, names(t, dir))
	}
}

func TestIsStream(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"/dev/stdout": true, "/dev/stderr": true, "/dev/null": true, "/dev/full": true, "/proc/self/fd/1": true, "/dev/fd/1": true,
		file: false, dir: false, filepath.Join(dir, "new"): false, filepath.Join(dir, "none", "new"): false, "/dev/fd": false,
	} {
		if got := atomicfile.IsStream(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if !atomicfile.IsDescriptor("/dev/stdout", 1) || atomicfile.IsDescriptor("/dev/stderr", 1) || atomicfile.IsDescriptor(file, 1) {
		t.Error("standard output is not told from others")
	}
	if err := atomicfile.WriteBytes("/dev/full", []byte("x")); err == nil {
		t.Error("a full device takes everything")
	}
	if err := atomicfile.WriteBytes("/dev/fd/999", nil); err == nil {
		t.Error("a descriptor that is not open takes everything")
	}
}
