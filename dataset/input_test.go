package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
	"cocostat/internal/source/sourcetest"
)

func TestCountInputs(t *testing.T) {
	long := strings.Replace(cocotest.Small, "{", `{"filler": "`+strings.Repeat("x", 5*(256<<10))+`", `, 1)
	want, err := countText(strings.NewReader(cocotest.Small), false)
	if err != nil {
		t.Fatal(err)
	}
	stored := []string{cocotest.Small, long, "\xef\xbb\xbf" + cocotest.Small,
		sourcetest.Gzip(t, cocotest.Small), sourcetest.Gzip(t, long),
		sourcetest.Zstandard(t, cocotest.Small), sourcetest.Zstandard(t, long),
		// Two gzip members, one text.
		sourcetest.Gzip(t, cocotest.Small[:50]) + sourcetest.Gzip(t, cocotest.Small[50:])}
	for i, path := range cocotest.Write(t, stored...) {
		digest := sha256.Sum256([]byte(stored[i]))
		for _, stdin := range []bool{false, true} {
			opt, source := annotations.Options{}, path
			if stdin {
				opt.Stdin, source, path = strings.NewReader(stored[i]), "-", "-"
			}
			got, err := Count(bg, []string{path}, opt)
			if err != nil {
				t.Fatalf("input %d: %v", i, err)
			}
			if diff := cmp.Diff(cocotest.Comparable(want), cocotest.Comparable(got)); diff != "" {
				t.Errorf("input %d differs (-want +got):\n%s", i, diff)
			}
			wantSource := []annotations.Source{{Path: source, Bytes: int64(len(stored[i])), SHA256: hex.EncodeToString(digest[:])}}
			if diff := cmp.Diff(wantSource, got.Sources); diff != "" {
				t.Errorf("input %d: source differs (-want +got):\n%s", i, diff)
			}
		}
	}
}

// A count that ends early says nothing more.
func TestProgressEnds(t *testing.T) {
	path := cocotest.Write(t, "{]"+strings.Repeat(" ", 20*(256<<10)))[0]
	var over atomic.Bool
	for range 20 {
		over.Store(false)
		_, err := Count(bg, []string{path}, annotations.Options{Progress: func(string, int64, int64) {
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

// A scan of an input that never comes ends with its context.
func TestCountCancelled(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithTimeout(bg, 20*time.Millisecond)
	defer cancel()
	if _, err := Count(ctx, []string{"-"}, annotations.Options{Stdin: r}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// An error of reading names the file and the place, once.
func TestReadErrorPlace(t *testing.T) {
	stored := sourcetest.Gzip(t, cocotest.Small)
	path := cocotest.Write(t, stored[:len(stored)-12])[0]
	_, err := Count(bg, []string{path}, annotations.Options{})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("%v, want an unexpected end", err)
	}
	for _, part := range []string{path, "reading at byte", "damaged or truncated"} {
		if n := strings.Count(err.Error(), part); n != 1 {
			t.Errorf("%q holds %q %d times", err, part, n)
		}
	}
}
