package data

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/train/internal/buffer"
)

// sizedSet writes a picture of each size, JPEG and PNG in turn, and returns a set
// of them, each with a box. Without known, the annotations give no sizes.
func sizedSet(t testing.TB, known bool, sizes ...Size) *Set {
	t.Helper()
	dir := t.TempDir()
	d := &annotations.Dataset{Path: "sized.json", Categories: []annotations.Category{{ID: 1, Name: "thing"}}}
	for i, size := range sizes {
		picture := testImage(size.Width, size.Height, i)
		name, content := fmt.Sprintf("%03d.jpg", i), []byte(nil)
		if i%2 == 0 {
			content = jpegBytes(t, picture)
		} else {
			name, content = fmt.Sprintf("%03d.png", i), pngBytes(t, picture)
		}
		writeFile(t, filepath.Join(dir, name), content)
		img := annotations.Image{ID: int64(100 + i), FileName: name}
		if known {
			img.Width, img.Height = size.Width, size.Height
		}
		d.Images = append(d.Images, img)
		d.Objects = append(d.Objects, []annotations.Annotation{{ImageID: img.ID, CategoryID: 1, BBox: [4]float64{2, 3, float64(size.Width) / 2, float64(size.Height) / 2}}})
	}
	s, err := NewSet(d, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drawSizes returns n sizes, drawn from few, most of them wide.
func drawSizes(n int, seed uint64) (sizes []Size) {
	few := []Size{{60, 40}, {50, 40}, {60, 40}, {64, 48}, {33, 50}, {90, 20}}
	rng := rand.New(rand.NewPCG(seed, 1))
	for range n {
		sizes = append(sizes, few[rng.IntN(len(few))])
	}
	return sizes
}

// withWindow makes the windows of a loader smaller than they are.
func withWindow(l *Loader, images int) *Loader {
	l.plan.(*windows).size = images
	return l
}

// evaluationShapes have inputs of unlike sizes.
var evaluationShapes = map[string]Shape{"keep": Keep{}, "sides": Sides{Short: []int{48}, Long: 80}}

// In an evaluation each image comes once, with the input that it has alone, also
// when its size stands in the file only; only images of equal inputs share a
// batch; a window is done before the next begins. So what a network sees of an
// image depends on neither the batch nor the workers.
func TestEvaluationByInputSize(t *testing.T) {
	sizes := drawSizes(37, 1)
	for name, shape := range evaluationShapes {
		seen := make([][]float32, len(sizes)) // the inputs of the first round
		for _, c := range []struct {
			batch, workers int
			known          bool
		}{{1, 1, true}, {4, 1, true}, {4, 2, true}, {4, 5, false}, {50, 2, false}} {
			s := sizedSet(t, c.known, sizes...)
			opt := EvalOptions(shape, c.batch)
			opt.Workers = c.workers
			l := withWindow(mustLoader(t, s, opt), 10)
			var order []int
			shared := false
			for b, err := range l.Epoch(context.Background(), 0) {
				if err != nil {
					t.Fatal(err)
				}
				if b.N > c.batch || len(b.Images) != b.N*3*b.Input.Width*b.Input.Height {
					t.Fatalf("%s, %+v: %d images, %d numbers", name, c, b.N, len(b.Images))
				}
				shared = shared || b.N > 1
				for k, at := range b.Places {
					if at != b.Indices[k] || b.Replaced[k] || b.Sizes[k] != sizes[at] || b.Input != shape.Input(sizes[at]) {
						t.Fatalf("%s, %+v: place %d has image %d of %v in %v", name, c, at, b.Indices[k], b.Sizes[k], b.Input)
					}
					if at/10 != len(order)/10 {
						t.Fatalf("%s, %+v: place %d comes as number %d", name, c, at, len(order))
					}
					order = append(order, at)
					image := buffer.Part(b.Images, k, b.N)
					if seen[at] == nil {
						seen[at] = slices.Clone(image)
					}
					if !slices.Equal(image, seen[at]) {
						t.Fatalf("%s, %+v: image %d has another input than alone", name, c, at)
					}
				}
			}
			slices.Sort(order)
			if !slices.Equal(order, seq(len(sizes))) || shared != (c.batch > 1) {
				t.Errorf("%s, %+v: images %v, shared batches: %t", name, c, order, shared)
			}
		}
	}
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// By hand: of the sizes A A B A B B A in windows of 5, by two, the batches are
// AA, BB of the first five, A behind them, and B, A of the last two.
func TestWindowsByHand(t *testing.T) {
	a, b := Size{20, 20}, Size{40, 40}
	s := sizedSet(t, true, a, a, b, a, b, b, a)
	var got [][]int
	for batch, err := range withWindow(mustLoader(t, s, EvalOptions(Keep{}, 2)), 5).Epoch(context.Background(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, slices.Clone(batch.Places))
	}
	if want := [][]int{{0, 1}, {2, 4}, {3}, {5}, {6}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("batches %v, want %v", got, want)
	}
}

// By hand: 40×40 has an input of 64×64 = 4,096 pixels, 20×20 one of 1,024, so that
// 8,191 allow one of the first, which always comes, and 7 of the second.
func TestMostPixels(t *testing.T) {
	sizes := slices.Concat(slices.Repeat([]Size{{20, 20}}, 9), slices.Repeat([]Size{{40, 40}}, 2))
	s := sizedSet(t, true, sizes...)
	for most, want := range map[int][]int{0: {8, 1, 2}, 8191: {7, 2, 1, 1}, 1: slices.Repeat([]int{1}, 11)} {
		opt := EvalOptions(Keep{}, 8)
		opt.MostPixels = most
		var got []int
		for _, b := range collect(t, mustLoader(t, s, opt), 0) {
			got = append(got, len(b.indices))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d pixels: batches of %v images, want %v", most, got, want)
		}
	}
}

// Files turned by EXIF have the input of what they show, whether the annotations
// give a size, and which.
func TestTurnedFilesHaveTheirInput(t *testing.T) {
	shown, stored := Size{34, 45}, Size{45, 34} // as Pillow has them; see testdata
	for _, c := range []struct{ annotated, want Size }{{Size{}, shown}, {shown, shown}, {stored, stored}} {
		s := &Set{Categories: []annotations.Category{{ID: 1}}}
		for _, name := range []string{"turned6.jpg", "turned6.png", "turned8.webp"} {
			s.Items = append(s.Items, Item{Path: "testdata/images/" + name, Width: c.annotated.Width, Height: c.annotated.Height})
		}
		for b, err := range mustLoader(t, s, EvalOptions(Keep{Multiple: 2}, 3)).Epoch(context.Background(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if input := (Keep{Multiple: 2}).Input(c.want); b.N != 3 || b.Input != input || b.Sizes[0] != c.want || b.Sizes[2] != c.want {
				t.Errorf("annotated as %v: %d images of %v in %v, want 3 of %v in %v", c.annotated, b.N, b.Sizes, b.Input, c.want, input)
			}
		}
	}
}

// Bad images, with and without a known size, end the epoch with their error or
// are replaced in their place, so that each place comes once; all workers alike.
func TestEvaluationOfBadImages(t *testing.T) {
	for name, shape := range evaluationShapes {
		for _, known := range []bool{true, false} {
			s := sizedSet(t, known, drawSizes(23, 2)...)
			bad := []int{0, 7, 8, 22}
			spoil(t, s, bad...)
			var last error
			for _, err := range mustLoader(t, s, EvalOptions(shape, 3)).Epoch(context.Background(), 0) {
				last = err
			}
			var image *ImageError
			if !errors.As(last, &image) || !slices.Contains(bad, int(image.ID-100)) {
				t.Errorf("%s: error %v", name, last)
			}
			var first []content
			for _, workers := range []int{1, 2, 5} {
				opt := EvalOptions(shape, 3)
				var told []int
				opt.Workers, opt.OnBadImage, opt.Report = workers, SkipBadImage, func(e *ImageError) { told = append(told, int(e.ID-100)) }
				l := withWindow(mustLoader(t, s, opt), 9)
				var places, replaced []int
				for b, err := range l.Epoch(context.Background(), 0) {
					if err != nil {
						t.Fatal(err)
					}
					for k, at := range b.Places {
						places = append(places, at)
						if b.Replaced[k] {
							replaced = append(replaced, at)
						} else if b.Indices[k] != at {
							t.Errorf("%s: image %d in the place of %d", name, b.Indices[k], at)
						}
					}
				}
				slices.Sort(places)
				slices.Sort(replaced)
				slices.Sort(told)
				if !slices.Equal(places, seq(23)) || !slices.Equal(replaced, bad) || !slices.Equal(told, bad) {
					t.Errorf("%s, sizes known: %t, %d workers: places %v, replaced %v, told %v", name, known, workers, places, replaced, told)
				}
				got := collect(t, l, 0)
				if first == nil {
					first = got
				}
				if !slices.EqualFunc(got, first, content.equal) {
					t.Errorf("%s: %d workers load other batches", name, workers)
				}
			}
		}
	}
	s := sizedSet(t, false, drawSizes(5, 3)...)
	spoil(t, s, seq(5)...)
	opt := EvalOptions(Keep{}, 2)
	opt.OnBadImage = SkipBadImage
	var last error
	for _, err := range mustLoader(t, s, opt).Epoch(context.Background(), 0) {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "none of the 5 images can be loaded") {
		t.Errorf("only bad images: error %v", last)
	}
}

// A file that changes its size after it was measured is a bad image: its input
// would be a wrong one.
func TestFileThatChanges(t *testing.T) {
	s := sizedSet(t, false, slices.Repeat([]Size{{40, 30}}, 20)...)
	opt := EvalOptions(Keep{}, 1)
	opt.Ahead = 1
	seen := 0
	var last error
	for _, err := range mustLoader(t, s, opt).Epoch(context.Background(), 0) {
		if last = err; seen == 0 {
			writeFile(t, s.Items[19].Path, pngBytes(t, testImage(80, 30, 0)))
		}
		seen++
	}
	var bad *ImageError
	if seen != 20 || !errors.As(last, &bad) || bad.ID != 119 || !strings.Contains(last.Error(), "80×30 pixels, and a moment ago had others") {
		t.Errorf("%d batches, then %v", seen-1, last)
	}
}

func TestEvaluationBeginsAtItsFirstBatch(t *testing.T) {
	l := mustLoader(t, sizedSet(t, true, drawSizes(4, 1)...), EvalOptions(Keep{}, 1))
	var last error
	for _, err := range l.EpochFrom(context.Background(), 0, 1) {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "begins at its first batch") || l.Batches() != 0 {
		t.Errorf("error %v, %d batches", last, l.Batches())
	}
}

// An evaluation that ends early, or is cancelled, leaves no goroutine.
func TestEvaluationEndsCleanly(t *testing.T) {
	s := sizedSet(t, false, drawSizes(40, 1)...)
	opt := EvalOptions(Keep{}, 2)
	opt.Workers = 3
	l := withWindow(mustLoader(t, s, opt), 4)
	before := runtime.NumGoroutine()
	for range l.Epoch(context.Background(), 0) {
		break
	}
	waitForGoroutines(t, before)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0
	var last error
	for _, err := range l.Epoch(ctx, 0) {
		seen++
		if last = err; err == nil {
			cancel()
		}
	}
	if seen != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d batches, then %v", seen-1, last)
	}
	waitForGoroutines(t, before)
	images := 0
	for _, b := range collect(t, l, 0) {
		images += len(b.indices)
	}
	if images != 40 {
		t.Errorf("%d images after that, want 40", images)
	}
}

// A batch takes the memory of the largest that came through it: one large image
// among small ones makes one batch of the ring large.
func TestRingGrowsAsNeeded(t *testing.T) {
	sizes := slices.Repeat([]Size{{40, 30}}, 24)
	sizes[5] = Size{300, 200}
	l := mustLoader(t, sizedSet(t, true, sizes...), EvalOptions(Keep{}, 4))
	for _, b := range l.ring {
		if cap(b.Images) != 0 {
			t.Errorf("room for %d numbers before any image is known", cap(b.Images))
		}
	}
	collect(t, l, 0)
	var rooms []int
	for _, b := range l.ring {
		rooms = append(rooms, cap(b.Images))
	}
	slices.Sort(rooms)
	// by hand: 300×200 has an input of 320×224, 40×30 one of 64×32
	small, large := 4*3*64*32, 3*320*224
	if want := []int{small, small, large}; !slices.Equal(rooms, want) {
		t.Errorf("the ring has room for %v numbers, want %v", rooms, want)
	}
}

// Once the buffers are there, an epoch from the cache takes no memory for an
// image, however its input comes.
func TestUnlikeInputsHardlyAllocate(t *testing.T) {
	s := sizedSet(t, true, drawSizes(40, 1)...)
	training := sidesOptions(4, 1)
	training.Encoder = nil
	for name, opt := range map[string]Options{"keep": EvalOptions(Keep{}, 4), "sides": EvalOptions(evaluationShapes["sides"], 4), "training": training} {
		opt.CacheBytes, opt.Workers = 1<<22, 2
		l := mustLoader(t, s, opt)
		epoch := func(n int) {
			for _, err := range l.Epoch(context.Background(), n) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		for n := range 12 {
			epoch(n)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for n := range 10 {
			epoch(n)
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / 10; each > 50_000 {
			t.Errorf("%s: %d bytes an epoch of 40 images", name, each)
		}
	}
}

// Values come out in the order of their places, as soon as all before are there.
func TestInOrder(t *testing.T) {
	o := NewInOrder[string](4)
	ready := func() (out []string) {
		for v := range o.Ready() {
			out = append(out, *v)
		}
		return out
	}
	for _, c := range []struct {
		place int
		want  []string
	}{{1, nil}, {3, nil}, {0, []string{"0", "1"}}, {2, []string{"2", "3"}}, {4, []string{"4"}}, {7, nil}, {5, []string{"5"}}, {6, []string{"6", "7"}}} {
		*o.Put(c.place) = fmt.Sprint(c.place)
		if got := ready(); !slices.Equal(got, c.want) {
			t.Errorf("after %d: %v, want %v", c.place, got, c.want)
		}
	}
	for _, place := range []int{7, 12} { // past, and beyond the window
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("place %d is accepted when it is the turn of 8", place)
				}
			}()
			o.Put(place)
		}()
	}
}

// Real photographs come pixel by pixel: the mean colour of an input is that of the
// file and the black around it.
func TestKeepRealImages(t *testing.T) {
	const root = "../../../shared/data/aquarium"
	if !isDir(root) {
		t.Skip("no ../shared/data/aquarium beside the repository")
	}
	layout, err := find(root)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSet(context.Background(), layout.ValJSON, layout.ValImages)
	if err != nil {
		t.Fatal(err)
	}
	s.Items = s.Items[:min(6, len(s.Items))]
	for b, err := range mustLoader(t, s, EvalOptions(Keep{}, 2)).Epoch(context.Background(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range b.Indices {
			picture, err := ReadImage(s.Items[i])
			if err != nil {
				t.Fatal(err)
			}
			want, got := 0.0, 0.0
			for p := 0; p < len(picture.Pix); p += 4 {
				want += float64(picture.Pix[p])
			}
			for i, v := range buffer.Part(b.Images, k, b.N) {
				if i%3 == 0 {
					got += bytesOf(v, 0)
				}
			}
			if d := got - want; d > 1e-5*want || d < -1e-5*want {
				t.Errorf("%s: red adds up to %g, want %g", s.Items[i].Path, got, want)
			}
		}
	}
}
