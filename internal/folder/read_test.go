package folder_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"cocostat/internal/folder"
)

// lines reads files into lines: their number, and their text or error.
type lines struct {
	folder.Reading[[]string]
	got     strings.Builder
	entered atomic.Int64
}

func texts(root string, names []string) *lines {
	r := &lines{Reading: folder.Reading[[]string]{Root: root, Names: names, Most: 1000}}
	r.Parse = func(b *[]string, i int, text []byte, err error) error {
		line := fmt.Sprintf("%d %s", i, text)
		if err != nil {
			line = fmt.Sprintf("%d: %v", i, err)
		}
		*b = append(*b, line)
		return nil
	}
	r.Take = func(b *[]string) error {
		for _, line := range *b {
			fmt.Fprintln(&r.got, line)
		}
		return nil
	}
	r.Enter = func(b *[]string, worker int) { r.entered.Add(int64(len(*b))) }
	r.Reset = func(b *[]string) { *b = (*b)[:0] }
	return r
}

func names(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%d/%d.txt", i%7, i))
	}
	return list
}

// Files come in order, all of them once, however many there are.
func TestReadInOrder(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 129, 1000} {
		list := names(n)
		dir := tree(t, list...)
		r := texts(dir, list)
		var want strings.Builder
		var bytes, told int64
		for i, name := range list {
			fmt.Fprintf(&want, "%d text of %s\n", i, name)
			bytes += int64(len("text of " + name))
		}
		r.Progress = func(read, size int64) {
			if told = read; size < read {
				t.Errorf("%d of %d bytes read", read, size)
			}
		}
		sum, err := r.Run(context.Background())
		if err != nil || r.got.String() != want.String() {
			t.Errorf("%d files: %v, or other texts, or another order", n, err)
		}
		if sum.Bytes != bytes || told != bytes || r.entered.Load() != int64(n) {
			t.Errorf("%d files: %d bytes, %d told, of %d; %d entered", n, sum.Bytes, told, bytes, r.entered.Load())
		}
	}
}

// The hash is what a pipe of coreutils prints.
func TestHash(t *testing.T) {
	list := names(300)
	dir := tree(t, list...)
	sum, err := texts(dir, append(list, "none.txt", "")).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-c", "sha256sum "+strings.Join(list, " ")+" | sha256sum")
	c.Dir = dir
	out, err := c.Output()
	if err != nil {
		t.Skip("needs sha256sum:", err)
	}
	if want := strings.Fields(string(out))[0]; sum.SHA256 != want {
		t.Errorf("%s, want %s", sum.SHA256, want)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := tree(t, "a.txt", "large.txt", "folder/b.txt")
	var errs []error
	r := texts(dir, []string{"a.txt", "none.txt", "", "folder", "large.txt", "a.txt\x00", dir + "/a.txt"})
	r.Most = int64(len("text of a.txt"))
	r.Parse = func(_ *[]string, _ int, _ []byte, err error) error { errs = append(errs, err); return nil }
	if _, err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, fs.ErrNotExist, fs.ErrNotExist, nil, folder.ErrSize, syscall.EINVAL, nil} {
		if i == 3 {
			if errs[i] == nil || errs[i].Error() != "is no file, but a folder" {
				t.Errorf("a folder: %v", errs[i])
			}
		} else if !errors.Is(errs[i], want) {
			t.Errorf("file %d: %v, want %v", i, errs[i], want)
		}
	}
}

// Errors of the caller, and the end of its context, end the reading.
func TestReadEnds(t *testing.T) {
	list := names(1000)
	dir := tree(t, list...)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancel(context.Background())
	for name, change := range map[string]func(r *lines) (want error){
		"parse": func(r *lines) error {
			r.Parse = func(_ *[]string, i int, _ []byte, _ error) error {
				if i == 700 {
					return stop
				}
				return nil
			}
			return stop
		},
		"take": func(r *lines) error {
			r.Take = func(*[]string) error { return stop }
			return stop
		},
		"cancel": func(r *lines) error {
			r.Take = func(*[]string) error { cancel(); return nil }
			return context.Canceled
		},
	} {
		r := texts(dir, list)
		in := context.Background()
		if name == "cancel" {
			in = ctx
		}
		want := change(r)
		if _, err := r.Run(in); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
