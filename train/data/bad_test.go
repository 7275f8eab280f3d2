package data

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// spoil makes images of a set unreadable.
func spoil(t *testing.T, s *Set, indices ...int) {
	t.Helper()
	for _, i := range indices {
		writeFile(t, s.Items[i].Path, []byte("not an image"))
	}
}

// A bad image's place takes the next good one of the epoch's order: by hand
// from the order that the loader without bad images has.
func TestSkipFillsPlacesInOrder(t *testing.T) {
	s := testSet(t, 20)
	opt := trainOptions(64, 4, 5)
	var order []int
	for _, b := range collect(t, mustLoader(t, s, opt), 2) {
		order = append(order, b.indices...)
	}
	// a single one, two in a row, and the last, which goes round to the first
	places := []int{3, 8, 9, 19}
	var bad []int
	want := slices.Clone(order)
	for _, p := range places {
		bad = append(bad, order[p])
	}
	want[3], want[8], want[9], want[19] = order[4], order[10], order[10], order[0]
	spoil(t, s, bad...)

	opt.OnBadImage = SkipBadImage
	for _, workers := range []int{1, 4} {
		var reported []int64
		opt.Workers, opt.CacheBytes = workers, int64(workers-1)*30_000
		opt.Report = func(e *ImageError) { reported = append(reported, e.ID) }
		l := mustLoader(t, s, opt)
		for range 2 {
			var got, replaced []int
			for b, err := range l.Epoch(context.Background(), 2) {
				if err != nil {
					t.Fatal(err)
				}
				for pos, is := range b.Replaced {
					if is {
						replaced = append(replaced, len(got)+pos)
					}
				}
				got = append(got, b.Indices...)
			}
			if !slices.Equal(got, want) || !slices.Equal(replaced, places) {
				t.Errorf("%d workers: images %v, places %v replaced; want %v, %v", workers, got, replaced, want, places)
			}
		}
		slices.Sort(reported)
		wantIDs := []int64{}
		for _, i := range bad {
			wantIDs = append(wantIDs, int64(100+i))
		}
		slices.Sort(wantIDs)
		if !slices.Equal(reported, wantIDs) {
			t.Errorf("%d workers: reported %v, want each of %v once", workers, reported, wantIDs)
		}
	}
}

// Workers, cache and the bad images of earlier epochs change nothing.
func TestSkipIsRepeatable(t *testing.T) {
	s := testSet(t, 17)
	spoil(t, s, 0, 4, 5, 6, 11)
	opt := trainOptions(64, 3, 9)
	opt.OnBadImage = SkipBadImage
	one := mustLoader(t, s, opt)
	opt.Workers, opt.CacheBytes = 4, 20_000
	four := mustLoader(t, s, opt)
	for _, epoch := range []int{0, 1, 1, 0} {
		if a, b := collect(t, one, epoch), collect(t, four, epoch); !slices.EqualFunc(a, b, content.equal) {
			t.Errorf("epoch %d differs", epoch)
		}
	}
	if got := collect(t, mustLoader(t, s, opt), 1); !slices.EqualFunc(got, collect(t, one, 1), content.equal) {
		t.Error("a loader that begins with epoch 1 gives another one")
	}
}

func TestSkipWithoutAnyImage(t *testing.T) {
	s := testSet(t, 9)
	spoil(t, s, 0, 1, 2, 3, 4, 5, 6, 7, 8)
	opt := trainOptions(64, 2, 1)
	opt.OnBadImage, opt.Workers = SkipBadImage, 3
	reported := 0
	opt.Report = func(*ImageError) { reported++ }
	l := mustLoader(t, s, opt)
	before := runtime.NumGoroutine()
	for range 2 {
		var last error
		for _, err := range l.Epoch(context.Background(), 0) {
			last = err
		}
		var bad *ImageError
		if last == nil || !strings.Contains(last.Error(), "none of the 9 images can be loaded") || !errors.As(last, &bad) {
			t.Errorf("error %v", last)
		}
	}
	if reported != 9 {
		t.Errorf("%d images reported, want 9", reported)
	}
	waitForGoroutines(t, before)
}

// One good image fills every place; a whole batch of bad ones does not hang.
func TestSkipWithOneImage(t *testing.T) {
	s := testSet(t, 8)
	spoil(t, s, 0, 1, 2, 3, 4, 5, 7)
	if err := os.Remove(s.Items[2].Path); err != nil {
		t.Fatal(err)
	}
	opt := EvalOptions(Square{64}, 4)
	opt.OnBadImage, opt.Workers = SkipBadImage, 2
	for _, b := range collect(t, mustLoader(t, s, opt), 0) {
		if !slices.Equal(b.indices, []int{6, 6, 6, 6}) {
			t.Errorf("images %v, want 6 everywhere", b.indices)
		}
	}
}

func TestSkipStopsWithContext(t *testing.T) {
	s := testSet(t, 12)
	spoil(t, s, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	ctx, cancel := context.WithCancel(context.Background())
	opt := EvalOptions(Square{64}, 2)
	opt.OnBadImage = SkipBadImage
	opt.Report = func(*ImageError) { cancel() }
	var last error
	for _, err := range mustLoader(t, s, opt).Epoch(ctx, 0) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("error %v, want a cancellation", last)
	}
}

func TestBadImagePolicyValidate(t *testing.T) {
	for _, p := range []BadImagePolicy{"", FailOnBadImage, SkipBadImage} {
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
	}
	opt := EvalOptions(Square{64}, 2)
	opt.OnBadImage = "ignore"
	if err := opt.Validate(); err == nil || !strings.Contains(err.Error(), `"ignore", want fail or skip`) {
		t.Errorf("error %v", err)
	}
}

// An epoch that begins later has the same batches.
func TestEpochFrom(t *testing.T) {
	s := testSet(t, 23)
	spoil(t, s, 3, 8)
	for _, opt := range []Options{trainOptions(64, 4, 7), EvalOptions(Square{64}, 4)} {
		opt.OnBadImage, opt.Workers = SkipBadImage, 2
		whole := collect(t, mustLoader(t, s, opt), 3)
		for from := range len(whole) + 1 {
			if got := collectFrom(t, mustLoader(t, s, opt), 3, from); !slices.EqualFunc(got, whole[from:], content.equal) {
				t.Errorf("%d batches from batch %d on, which differ from the %d of the whole epoch", len(got), from, len(whole)-from)
			}
		}
		l := mustLoader(t, s, opt)
		for _, from := range []int{-1, len(whole) + 1} {
			var last error
			for _, err := range l.EpochFrom(context.Background(), 3, from) {
				last = err
			}
			if last == nil || !strings.Contains(last.Error(), "cannot begin at batch") {
				t.Errorf("from %d: error %v", from, last)
			}
		}
	}
}
