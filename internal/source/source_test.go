package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cocostat/internal/source/sourcetest"

	"github.com/google/go-cmp/cmp"
)

var small = "a text of several lines\n" + strings.Repeat("that goes on\n", 20)

// readAll opens a path, reads its text and closes it.
func readAll(path string, opt Options) (text string, stored Stored, err error) {
	in, err := Open(context.Background(), path, opt)
	if err != nil {
		return "", Stored{}, err
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		return "", Stored{}, fmt.Errorf("%s: %w", in.Name(), err)
	}
	stored, err = in.Stored()
	return string(data), stored, err
}

// files writes texts to files.
func files(t *testing.T, texts ...string) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i, text := range texts {
		paths = append(paths, filepath.Join(dir, string(rune('a'+i))+".txt"))
		if err := os.WriteFile(paths[i], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// The text and the hash of what is stored, from files and from standard input.
func TestOpen(t *testing.T) {
	long := strings.Repeat("x", 5*readSize) + small
	texts := []string{small, long, "", "abc"}
	type input struct{ text, stored string }
	var inputs []input
	for _, text := range texts {
		inputs = append(inputs, input{text, text}, input{text, sourcetest.Gzip(t, text)}, input{text, sourcetest.Zstandard(t, text)})
	}
	// Two gzip members, one text.
	inputs = append(inputs, input{small, sourcetest.Gzip(t, small[:50]) + sourcetest.Gzip(t, small[50:])})
	for i, in := range inputs {
		path := files(t, in.stored)[0]
		digest := sha256.Sum256([]byte(in.stored))
		for _, noHash := range []bool{false, true} {
			for _, stdin := range []bool{false, true} {
				opt, source := Options{NoHash: noHash}, path
				if stdin {
					opt.Stdin, source = strings.NewReader(in.stored), "-"
				}
				want := Stored{Path: source, Bytes: int64(len(in.stored)), SHA256: hex.EncodeToString(digest[:])}
				if noHash {
					want.SHA256 = ""
				}
				text, stored, err := readAll(source, opt)
				if err != nil || text != in.text {
					t.Errorf("input %d: %d bytes, want %d, error %v", i, len(text), len(in.text), err)
				}
				if diff := cmp.Diff(want, stored); diff != "" {
					t.Errorf("input %d (-want +got):\n%s", i, diff)
				}
			}
		}
	}
}

// The size of a text is known of files that are stored as they are.
func TestSize(t *testing.T) {
	for i, path := range files(t, small, sourcetest.Gzip(t, small)) {
		in, err := Open(context.Background(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := in.Size(), int64(len(small))*int64(1-i); got != want {
			t.Errorf("input %d: size %d, want %d", i, got, want)
		}
		in.Close()
	}
	for size, want := range map[int64]int{0: 1000 << 10, 1: 4 << 10, 100 << 10: 100<<10 + 1, 2000 << 10: 1000 << 10} {
		if got := Piece(size, 1000<<10); got != want {
			t.Errorf("pieces of %d bytes for %d, want %d", got, size, want)
		}
	}
}

func TestProgress(t *testing.T) {
	long := small + strings.Repeat(" ", 3*readSize)
	path := files(t, long)[0]
	var reads []int64
	_, _, err := readAll(path, Options{Progress: func(p string, read, size int64) {
		if p != path || size != int64(len(long)) {
			t.Errorf("progress of %s, size %d", p, size)
		}
		reads = append(reads, read)
	}})
	if err != nil || len(reads) < 4 || reads[len(reads)-1] != int64(len(long)) || !slices.IsSorted(reads) {
		t.Errorf("bytes read %v, error %v", reads, err)
	}
}

// A text that is closed early says nothing more.
func TestProgressEnds(t *testing.T) {
	path := files(t, strings.Repeat(" ", 20*readSize))[0]
	var over atomic.Bool
	for i := range 20 {
		over.Store(false)
		in, err := Open(context.Background(), path, Options{NoHash: i%2 == 0, Progress: func(string, int64, int64) {
			if over.Load() {
				t.Error("progress after the end")
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		in.Read(make([]byte, 10))
		in.Close()
		over.Store(true)
	}
}

func TestDamagedInputs(t *testing.T) {
	gz, zst := sourcetest.Gzip(t, small), sourcetest.Zstandard(t, small)
	flipped := []byte(gz)
	flipped[len(gz)-6] ^= 1 // in the checksum
	for i, path := range files(t, gz[:len(gz)-9], gz[:12], string(flipped), zst[:len(zst)-5], zst[:6], gz+"garbage") {
		if _, _, err := readAll(path, Options{}); err == nil || !strings.Contains(err.Error(), "decompressing") {
			t.Errorf("input %d: error %v", i, err)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none.json")} {
		if _, _, err := readAll(path, Options{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

// Waiting for an input that never comes ends with its context.
func TestCancelled(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	in, err := Open(ctx, "-", Options{Stdin: r})
	if err == nil {
		defer in.Close()
		_, err = io.ReadAll(in)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestSplitMember(t *testing.T) {
	for path, want := range map[string][2]string{
		"a.json": {"a.json", ""}, "a.zip": {"a.zip", ""}, "a.zip:b/c.json": {"a.zip", "b/c.json"},
		"x.ZIP:c.json": {"x.ZIP", "c.json"}, "x.zip:": {"x.zip", ""}, "x.zip:y.zip:z": {"x.zip", "y.zip:z"}, "-": {"-", ""},
	} {
		if archive, member := SplitMember(path); archive != want[0] || member != want[1] {
			t.Errorf("%s: %q, %q, want %q", path, archive, member, want)
		}
	}
}
