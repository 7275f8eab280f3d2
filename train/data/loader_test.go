package data

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustLoader(t testing.TB, s *Set, opt Options) *Loader {
	t.Helper()
	l, err := NewLoader(s, opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// content is a copy of everything that a batch holds.
type content struct {
	indices    []int
	ids        []int64
	images     []float32
	boxes      [][]Box
	counts     []int32
	transforms []Transform
	encoded    []Encoded
}

func (c content) equal(d content) bool {
	return slices.Equal(c.indices, d.indices) && slices.Equal(c.ids, d.ids) && slices.Equal(c.images, d.images) &&
		slices.EqualFunc(c.boxes, d.boxes, slices.Equal) && slices.Equal(c.counts, d.counts) &&
		slices.Equal(c.transforms, d.transforms) && slices.Equal(c.encoded, d.encoded)
}

func collect(t testing.TB, l *Loader, epoch int) []content {
	t.Helper()
	return collectFrom(t, l, epoch, 0)
}

func collectFrom(t testing.TB, l *Loader, epoch, batch int) []content {
	t.Helper()
	var all []content
	for b, err := range l.EpochFrom(context.Background(), epoch, batch) {
		if err != nil {
			t.Fatal(err)
		}
		c := content{
			indices: slices.Clone(b.Indices), ids: slices.Clone(b.ImageIDs), images: slices.Clone(b.Images),
			counts: slices.Clone(b.Counts), transforms: slices.Clone(b.Transforms), encoded: slices.Clone(b.Encoded),
		}
		if b.Targets != nil {
			for _, boxes := range b.Targets.(*keptBoxes).boxes {
				c.boxes = append(c.boxes, slices.Clone(boxes))
			}
		}
		all = append(all, c)
	}
	return all
}

func TestWorkersAndCacheChangeNothing(t *testing.T) {
	s := testSet(t, 23)
	opt := trainOptions(64, 4, 7)
	one := mustLoader(t, s, opt)
	opt.Workers, opt.Ahead, opt.CacheBytes = 4, 3, 40_000 // room for some of the images
	four := mustLoader(t, s, opt)
	for _, epoch := range []int{0, 1, 0} { // again: by then the cache is in use
		a, b := collect(t, one, epoch), collect(t, four, epoch)
		if len(a) != 5 || !slices.EqualFunc(a, b, content.equal) {
			t.Fatalf("epoch %d: %d and %d batches that differ", epoch, len(a), len(b))
		}
	}
	if slices.EqualFunc(collect(t, one, 0), collect(t, one, 1), content.equal) {
		t.Error("two epochs are the same")
	}
	opt.Seed = 8
	if slices.EqualFunc(collect(t, one, 0), collect(t, mustLoader(t, s, opt), 0), content.equal) {
		t.Error("two seeds give the same epoch")
	}
}

func TestEvaluationKeepsOrderAndLastBatch(t *testing.T) {
	s := testSet(t, 10)
	batches := collect(t, mustLoader(t, s, EvalOptions(Square{64}, 4)), 3)
	if len(batches) != 3 {
		t.Fatalf("%d batches, want 3", len(batches))
	}
	next := 0
	for i, b := range batches {
		n := []int{4, 4, 2}[i]
		if len(b.indices) != n || len(b.images) != n*3*64*64 || b.boxes != nil || b.counts != nil {
			t.Fatalf("batch %d has the wrong lengths for %d images", i, n)
		}
		for k, index := range b.indices {
			if index != next || b.ids[k] != int64(100+next) || b.transforms[k] != evalTransform(48, 40, 64) {
				t.Fatalf("batch %d, place %d: image %d, id %d, %+v", i, k, index, b.ids[k], b.transforms[k])
			}
			next++
		}
	}
}

// What is encoded are the boxes of the images, where these are in the input, and
// what the encoder counts is the batch's.
func TestBoxesGoWithTheirImages(t *testing.T) {
	s := testSet(t, 6)
	opt := trainOptions(64, 3, 1)
	opt.Augment = Augment{Flip: 0.5}
	for b, err := range mustLoader(t, s, opt).Epoch(context.Background(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range b.Indices {
			counts, kept := make([]int32, 3), b.Targets.(*keptBoxes).boxes[k]
			if len(kept) != len(s.Items[i].Boxes) || b.Encoded[k].Objects != len(kept) {
				t.Fatalf("image %d: %d boxes, %+v", i, len(kept), b.Encoded[k])
			}
			for at, box := range s.Items[i].Boxes {
				counts[box.Class]++
				box.X, box.Y, box.W, box.H = b.Transforms[k].Box(box.X, box.Y, box.W, box.H)
				if kept[at] != box {
					t.Fatalf("image %d, object %d is at %+v, want %+v", i, at, kept[at], box)
				}
			}
			if !slices.Equal(counts, b.Counts[3*k:3*k+3]) {
				t.Fatalf("image %d: counts %v, want %v", i, b.Counts[3*k:3*k+3], counts)
			}
		}
	}
}

// waitForGoroutines fails unless the number of goroutines falls to n.
func waitForGoroutines(t *testing.T, n int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left, want %d", runtime.NumGoroutine(), n)
}

func TestEndsCleanly(t *testing.T) {
	s := testSet(t, 30)
	opt := trainOptions(64, 2, 1)
	opt.Workers = 3
	l := mustLoader(t, s, opt)
	before := runtime.NumGoroutine()

	for range l.Epoch(context.Background(), 0) {
		break
	}
	waitForGoroutines(t, before)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0
	var last error
	for b, err := range l.Epoch(ctx, 0) {
		if last = err; err == nil {
			seen += b.N
			cancel()
		}
	}
	if seen != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d images, then %v; want 2, then a cancellation", seen, last)
	}
	waitForGoroutines(t, before)

	for range l.Epoch(context.Background(), 0) {
		for _, err := range l.Epoch(context.Background(), 0) {
			if err == nil {
				t.Error("two epochs at once are accepted")
			}
		}
		break
	}
	if got := len(collect(t, l, 1)); got != 15 {
		t.Errorf("%d batches after all that, want 15", got)
	}
	waitForGoroutines(t, before)
}

// damage is an image file gone wrong, and what the error must say.
var damage = map[string]struct {
	content func(t *testing.T, jpeg []byte) []byte
	want    string
}{
	"cut short":      {func(_ *testing.T, jpeg []byte) []byte { return jpeg[:len(jpeg)-20] }, "damaged or cut short jpeg"},
	"empty":          {func(*testing.T, []byte) []byte { return nil }, "the file is empty"},
	"not an image":   {func(*testing.T, []byte) []byte { return []byte("<html></html>") }, "JPEG, PNG, WebP, GIF and BMP are read"},
	"another size":   {func(t *testing.T, _ []byte) []byte { return jpegBytes(t, testImage(40, 48, 0)) }, "40×48 pixels, the annotations say 48×40"},
	"gone meanwhile": {nil, "no such file"},
}

func TestBadImage(t *testing.T) {
	for name, c := range damage {
		t.Run(name, func(t *testing.T) {
			s := testSet(t, 12)
			path := s.Items[5].Path
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.content == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, c.content(t, good), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			opt := EvalOptions(Square{64}, 2)
			opt.Workers = 2
			before, seen := runtime.NumGoroutine(), 0
			var last error
			for b, err := range mustLoader(t, s, opt).Epoch(context.Background(), 0) {
				if last = err; err == nil {
					seen += b.N
				}
			}
			var bad *ImageError
			if seen != 4 || !errors.As(last, &bad) || bad.ID != 105 || bad.Path != path || !strings.Contains(last.Error(), c.want) {
				t.Errorf("%d images, then %v; want 4, then image 105 with %q", seen, last, c.want)
			}
			waitForGoroutines(t, before)
		})
	}
}

// An epoch from the cache must not feed the garbage collector, which is off
// during training steps: what one takes is for channels and goroutines.
func TestCachedEpochHardlyAllocates(t *testing.T) {
	opt := trainOptions(64, 4, 1)
	opt.CacheBytes, opt.Workers = 1<<20, 2
	l := mustLoader(t, testSet(t, 40), opt)
	epoch := func(n int) {
		for _, err := range l.Epoch(context.Background(), n) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := range 2 { // fills the cache: 10 batches of 4 are all 40 images
		epoch(n)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for n := range 10 {
		epoch(n)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / 10; each > 50_000 {
		t.Errorf("%d bytes an epoch", each)
	}
}

func TestCacheKeepsToItsBudget(t *testing.T) {
	const image = 3 * 48 * 40
	c := newCache(3, 2*image+5)
	p := toPixels(testImage(48, 40, 0))
	for i := range 3 {
		c.put(i, p)
	}
	if c.get(0) == nil || c.get(1) == nil || c.get(2) != nil {
		t.Error("of three images the first two should be kept")
	}
	if kept := c.get(0); &kept.rgb[0] == &p.rgb[0] || !slices.Equal(kept.rgb, p.rgb) {
		t.Error("the cache must keep a copy")
	}
}

func TestNewLoaderRefuses(t *testing.T) {
	s := testSet(t, 3)
	for name, opt := range map[string]Options{
		"size":     {Batch: 2},
		"batch":    {Shape: Square{32}},
		"workers":  {Shape: Square{32}, Batch: 1, Workers: -1},
		"too few":  {Shape: Square{32}, Batch: 4, DropLast: true},
		"augments": {Shape: Square{32}, Batch: 1, Augment: Augment{Flip: 2}},
	} {
		if _, err := NewLoader(s, opt); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := NewLoader(&Set{}, Options{Shape: Square{32}, Batch: 1}); err == nil {
		t.Error("an empty set is accepted")
	}
}

func TestOptionsSwitchesKeepTheOtherDraws(t *testing.T) {
	s := testSet(t, 8)
	opt := trainOptions(64, 8, 3)
	with := collect(t, mustLoader(t, s, opt), 0)[0]
	opt.Augment.Flip = 0
	without := collect(t, mustLoader(t, s, opt), 0)[0]
	mirrored := 0
	for i, tr := range with.transforms {
		other := without.transforms[i]
		if tr.AX < 0 {
			mirrored++
			tr.AX, tr.BX = -tr.AX, 64-tr.BX
		}
		if d := tr.BX - other.BX; tr.AX != other.AX || d > 1e-9 || d < -1e-9 || tr.BY != other.BY {
			t.Errorf("image %d: %+v without flips, %+v with them", i, other, tr)
		}
	}
	if mirrored == 0 {
		t.Error("nothing was mirrored")
	}
}

func TestRealImages(t *testing.T) {
	root := "../../../shared/data/bccd"
	if !isDir(root) {
		t.Skip("no ../shared/data/bccd beside the repository")
	}
	layout, err := find(root)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSet(context.Background(), layout.ValJSON, layout.ValImages)
	if err != nil {
		t.Fatal(err)
	}
	// from the folder's description: 87 images, one box without area
	if s.Report.Images != 87 || s.Report.NoArea != 1 || len(s.Categories) != 3 {
		t.Errorf("report %+v, %d classes", s.Report, len(s.Categories))
	}
	s.Items = s.Items[:12]
	opt := trainOptions(128, 4, 1)
	opt.Workers = 2
	batches := collect(t, mustLoader(t, s, opt), 0)
	if len(batches) != 3 {
		t.Fatalf("%d batches, want 3", len(batches))
	}
	for i, b := range batches {
		for k, r := range b.encoded {
			var n int32
			for _, o := range b.counts[3*k : 3*k+3] {
				n += o
			}
			boxes := len(s.Items[b.indices[k]].Boxes)
			if int(n) != r.Objects || r.Objects+r.Dropped+r.Truncated != boxes {
				t.Errorf("batch %d, place %d: %+v, objects %d, boxes %d", i, k, r, n, boxes)
			}
		}
	}
	if got := filepath.Base(s.Items[0].Path); got != "BloodImage_00000.jpg" {
		t.Errorf("first image %s", got)
	}
}
