//go:build unix

package folder_test

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cocostat/internal/folder"
)

// A pipe that nobody writes into is told of, and not waited for.
func TestPipe(t *testing.T) {
	dir := tree(t, "a.txt")
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := folder.List(context.Background(), dir, isText)
	if err != nil || len(got.Files) != 1 || len(got.Odd) != 1 || got.Odd[0] != "pipe.txt" {
		t.Errorf("%+v, %v", got, err)
	}
	r := texts(dir, []string{"pipe.txt"})
	if _, err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := r.got.String(); !strings.Contains(got, "is no file, but a pipe") {
		t.Errorf("got %q", got)
	}
}
