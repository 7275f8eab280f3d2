package annotations

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func compressedWith(t *testing.T, text string, open func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

func zstandard(w io.Writer) io.WriteCloser {
	z, err := zstd.NewWriter(w)
	if err != nil {
		panic(err)
	}
	return z
}

func TestCountInputs(t *testing.T) {
	long := strings.Replace(small, "{", `{"filler": "`+strings.Repeat("x", 5*readSize)+`", `, 1)
	want, err := countText(strings.NewReader(small), 0, false)
	if err != nil {
		t.Fatal(err)
	}
	stored := []string{small, long, "\xef\xbb\xbf" + small,
		compressedWith(t, small, gzipped), compressedWith(t, long, gzipped),
		compressedWith(t, small, zstandard), compressedWith(t, long, zstandard),
		// Two gzip members, one text.
		compressedWith(t, small[:50], gzipped) + compressedWith(t, small[50:], gzipped)}
	for i, path := range write(t, stored...) {
		digest := sha256.Sum256([]byte(stored[i]))
		for _, stdin := range []bool{false, true} {
			opt, source := Options{}, path
			if stdin {
				opt.Stdin, source, path = strings.NewReader(stored[i]), "-", "-"
			}
			got, err := Count(bg, []string{path}, opt)
			if err != nil {
				t.Fatalf("input %d: %v", i, err)
			}
			if diff := cmp.Diff(comparable(want), comparable(got)); diff != "" {
				t.Errorf("input %d differs (-want +got):\n%s", i, diff)
			}
			wantSource := []Source{{Path: source, Bytes: int64(len(stored[i])), SHA256: hex.EncodeToString(digest[:])}}
			if diff := cmp.Diff(wantSource, got.Sources); diff != "" {
				t.Errorf("input %d: source differs (-want +got):\n%s", i, diff)
			}
		}
	}
}

func TestCountProgress(t *testing.T) {
	path := write(t, strings.Replace(small, "{", "{"+strings.Repeat(" ", 3*readSize), 1))[0]
	var reads []int64
	_, err := Count(bg, []string{path}, Options{Progress: func(p string, read, size int64) {
		if p != path || size != int64(len(small)+3*readSize) {
			t.Errorf("progress of %s, size %d", p, size)
		}
		reads = append(reads, read)
	}})
	if err != nil || len(reads) < 4 || reads[len(reads)-1] != int64(len(small)+3*readSize) || !slices.IsSorted(reads) {
		t.Errorf("bytes read %v, error %v", reads, err)
	}
}

// A count that ends early says nothing more.
func TestProgressEnds(t *testing.T) {
	path := write(t, "{]"+strings.Repeat(" ", 20*readSize))[0]
	var over atomic.Bool
	for range 20 {
		over.Store(false)
		_, err := Count(bg, []string{path}, Options{Progress: func(string, int64, int64) {
			if over.Load() {
				t.Error("progress after the end")
			}
		}})
		over.Store(true)
		if err == nil {
			t.Fatal("no error")
		}
	}
}

func TestDamagedInputs(t *testing.T) {
	gz, zst := compressedWith(t, small, gzipped), compressedWith(t, small, zstandard)
	flipped := []byte(gz)
	flipped[len(gz)-6] ^= 1 // in the checksum
	for i, path := range write(t, gz[:len(gz)-9], gz[:12], string(flipped), zst[:len(zst)-5], zst[:6], gz+"garbage") {
		if _, err := Count(bg, []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "decompressing") {
			t.Errorf("input %d: error %v", i, err)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none.json")} {
		if _, err := Count(bg, []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

// A scan of an input that never comes ends with its context.
func TestCountCancelled(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithTimeout(bg, 20*time.Millisecond)
	defer cancel()
	if _, err := Count(ctx, []string{"-"}, Options{Stdin: r}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// An error of reading names the file and the place, once.
func TestReadErrorPlace(t *testing.T) {
	stored := compressedWith(t, small, gzipped)
	path := write(t, stored[:len(stored)-12])[0]
	_, err := Count(bg, []string{path}, Options{})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("%v, want an unexpected end", err)
	}
	for _, part := range []string{path, "reading at byte", "damaged or truncated"} {
		if n := strings.Count(err.Error(), part); n != 1 {
			t.Errorf("%q holds %q %d times", err, part, n)
		}
	}
}
