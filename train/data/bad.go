package data

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// BadImagePolicy says what becomes of an epoch with an image that cannot be
// loaded: the file is gone, damaged, of an unknown format, or has other
// dimensions than the annotations say.
type BadImagePolicy string

// The policies; the zero value is FailOnBadImage.
const (
	// FailOnBadImage ends the epoch with the image's error.
	FailOnBadImage BadImagePolicy = "fail"
	// SkipBadImage fills the place of a bad image with the next one in the
	// epoch's order, round to its beginning, that loads. That image comes
	// twice then, varied alike both times.
	SkipBadImage BadImagePolicy = "skip"
)

// Validate says whether p is a policy.
func (p BadImagePolicy) Validate() error {
	switch p {
	case "", FailOnBadImage, SkipBadImage:
		return nil
	}
	return fmt.Errorf("data: bad images cannot be handled by %q, want %s or %s", string(p), FailOnBadImage, SkipBadImage)
}

// ImageError says which image could not be loaded, and why.
type ImageError struct {
	Path string
	ID   int64
	Err  error
}

func (e *ImageError) Error() string {
	return fmt.Sprintf("data: image %s (id %d): %v", e.Path, e.ID, e.Err)
}

// Unwrap returns the cause.
func (e *ImageError) Unwrap() error { return e.Err }

// badImages remembers which images of a set cannot be loaded, so that each is
// reported once and not tried again.
type badImages struct {
	known  []atomic.Bool
	report func(*ImageError) // may be nil
	mu     sync.Mutex
	first  *ImageError // the first that was found
}

func newBadImages(images int, report func(*ImageError)) *badImages {
	return &badImages{known: make([]atomic.Bool, images), report: report}
}

func (b *badImages) has(index int) bool { return b.known[index].Load() }

func (b *badImages) add(index int, err *ImageError) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[index].Swap(true) {
		return // two workers met it at once
	}
	if b.first == nil {
		b.first = err
	}
	if b.report != nil {
		b.report(err)
	}
}

// all is the error when no image is left.
func (b *badImages) all() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Errorf("data: none of the %d images can be loaded; the first that was tried: %w", len(b.known), b.first)
}
