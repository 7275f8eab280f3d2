package folder_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/internal/folder"
)

// tree makes files, and links where "name -> target" is said, below a new folder.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		name, target, link := strings.Cut(name, " -> ")
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if link {
			err = os.Symlink(strings.ReplaceAll(target, "DIR", dir), path)
		} else {
			err = os.WriteFile(path, []byte("text of "+name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func isText(name string) bool { return strings.HasSuffix(name, ".txt") }

func TestList(t *testing.T) {
	elsewhere := tree(t, "x.txt", "deep/y.txt")
	dir := tree(t, "set/b.txt", "set/a/2.txt", "set/a/10.txt", "set/a.txt", "set/a/picture.png", "set/.hidden.txt", "set/.git/z.txt", "beside.txt",
		"set/0 -> a", "set/a/loop -> ..", "set/a/itself -> itself", "set/to.txt -> b.txt", "set/none.txt -> nothing", "set/folder.txt/c.txt",
		"set/out.txt -> ../beside.txt", "set/far -> "+elsewhere, "set/again -> DIR/set/folder.txt", "set/up -> ../set", "set/above -> DIR", "set/disk -> /")
	got, err := folder.List(context.Background(), filepath.Join(dir, "set"), isText)
	if err != nil {
		t.Fatal(err)
	}
	want := &folder.Tree{
		Files:   []string{"a.txt", "a/10.txt", "a/2.txt", "b.txt", "far/deep/y.txt", "far/x.txt", "folder.txt/c.txt", "out.txt", "to.txt"},
		Outside: []string{"far", "out.txt"},
		Again:   []string{"0", "a/loop", "above", "again", "disk", "up"},
		Odd:     []string{"none.txt"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the tree differs (-want +got):\n%s", diff)
	}
}

// The folder itself may be a link; its files are below what it leads to.
func TestListOfLink(t *testing.T) {
	dir := tree(t, "real/a.txt", "real/b.txt -> a.txt", "link -> real")
	got, err := folder.List(context.Background(), filepath.Join(dir, "link"), isText)
	if diff := cmp.Diff(&folder.Tree{Files: []string{"a.txt", "b.txt"}}, got); err != nil || diff != "" {
		t.Errorf("%v; the tree differs:\n%s", err, diff)
	}
}

func TestListErrors(t *testing.T) {
	dir := tree(t, "a.txt")
	for _, name := range []string{"a.txt", "none"} {
		path := filepath.Join(dir, name)
		if _, err := folder.List(context.Background(), path, isText); err == nil || !strings.HasPrefix(err.Error(), path+": ") || strings.Count(err.Error(), path) > 1 {
			t.Errorf("%s: error %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := folder.List(ctx, dir, isText); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
