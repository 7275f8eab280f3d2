package data

import (
	"context"
	"slices"
	"testing"
)

// sidesOptions are training options with several lengths of the shorter side.
func sidesOptions(batch int, seed uint64) Options {
	opt := trainOptions(64, batch, seed)
	opt.Shape, opt.Augment = Sides{Short: []int{32, 40, 48}, Long: 80}, Augment{Flip: 0.5, Jitter: 0.2}
	return opt
}

// tall is the published group: height/width ≥ 1.
func tall(size Size) bool { return float64(size.Height)/float64(size.Width) >= 1 }

// In training, batches are full and of one orientation, but one at most; less
// than a batch of images is left out, others in each epoch; the input is the
// largest that an image of the batch needs, and each image lies at its left top.
func TestTrainingByOrientation(t *testing.T) {
	sizes := drawSizes(50, 4)
	sizes[9], sizes[10] = Size{44, 44}, Size{40, 41} // square counts as tall
	s := sizedSet(t, true, sizes...)
	opt := sidesOptions(8, 5)
	shape := opt.Shape.(Sides)
	times := make([]int, len(sizes))
	shorts := map[int]bool{}
	for epoch := range 12 {
		seen := map[int]bool{}
		mixed, batches := 0, 0
		for b, err := range mustLoader(t, s, opt).Epoch(context.Background(), epoch) {
			if err != nil {
				t.Fatal(err)
			}
			batches++
			talls := 0
			var largest Size
			for k, i := range b.Indices {
				if seen[i] {
					t.Fatalf("epoch %d: image %d comes twice", epoch, i)
				}
				seen[i] = true
				times[i]++
				if tall(sizes[i]) {
					talls++
				}
				x, y, w, h := b.Transforms[k].Box(0, 0, float64(sizes[i].Width), float64(sizes[i].Height))
				if x != 0 || y != 0 {
					t.Fatalf("epoch %d: image %d begins at (%g, %g)", epoch, i, x, y)
				}
				size := Size{int(w + 0.5), int(h + 0.5)}
				largest = Size{max(largest.Width, size.Width), max(largest.Height, size.Height)}
				at := slices.IndexFunc(shape.Short, func(short int) bool { return size == shape.scaled(sizes[i], short) })
				if at < 0 {
					t.Fatalf("epoch %d: image %d of %v becomes %v", epoch, i, sizes[i], size)
				}
				shorts[shape.Short[at]] = true
			}
			if talls > 0 && talls < b.N {
				mixed++
			}
			if want := (Size{(largest.Width + 31) / 32 * 32, (largest.Height + 31) / 32 * 32}); b.N != 8 || b.Input != want {
				t.Fatalf("epoch %d: %d images in %v, the largest needs %v", epoch, b.N, b.Input, want)
			}
		}
		if batches != 6 || mixed > 1 {
			t.Errorf("epoch %d: %d batches, want 50/8 = 6; %d are mixed, want 1 at most", epoch, batches, mixed)
		}
	}
	if slices.Contains(times, 0) {
		t.Errorf("times that each image is trained in 12 epochs: %v", times)
	}
	if !shorts[32] || !shorts[40] || !shorts[48] {
		t.Errorf("shorter sides %v, want all that can be drawn", shorts)
	}
}

// By hand: of the order 0…10 with the tall images 1, 2, 5, 8 and 9, by 3: the
// first batch of the wide ones is 0 3 4, that of the tall ones 1 2 5, the next of
// the wide 6 7 10, and 8 9 is left. If 9 and 10 are left out, for three full
// batches, the wide 6 7 and the tall 8 make the last.
func TestArrangeByHand(t *testing.T) {
	sizes := slices.Repeat([]Size{{20, 10}}, 11)
	for _, i := range []int{1, 2, 5, 8, 9} {
		sizes[i] = Size{10, 20}
	}
	s := sizedSet(t, true, sizes...)
	for dropLast, want := range map[bool][]int{
		false: {0, 3, 4, 1, 2, 5, 6, 7, 10, 8, 9},
		true:  {0, 3, 4, 1, 2, 5, 6, 7, 8, 9, 10},
	} {
		opt := sidesOptions(3, 1)
		opt.DropLast = dropLast
		order := seq(11)
		mustLoader(t, s, opt).plan.arrange(order)
		if !slices.Equal(order, want) {
			t.Errorf("leaving out the last: %t: order %v, want %v", dropLast, order, want)
		}
	}
}

// A group that fills no batch is trained, too, and nothing is left out unless
// that is asked for.
func TestSmallGroupIsTrained(t *testing.T) {
	sizes := slices.Repeat([]Size{{40, 30}}, 14)
	sizes[3], sizes[11] = Size{30, 40}, Size{30, 41}
	s := sizedSet(t, true, sizes...)
	l := mustLoader(t, s, sidesOptions(8, 2))
	trained := map[int]bool{}
	for epoch := range 10 {
		for _, b := range collect(t, l, epoch) {
			for _, i := range b.indices {
				trained[i] = true
			}
		}
	}
	if !trained[3] || !trained[11] {
		t.Error("a tall image is in no batch of ten epochs")
	}
	opt := sidesOptions(8, 2)
	opt.DropLast = false
	var all []int
	whole := collect(t, mustLoader(t, s, opt), 0)
	for _, b := range whole {
		all = append(all, b.indices...)
	}
	slices.Sort(all)
	if len(whole) != 2 || !slices.Equal(all, seq(14)) {
		t.Errorf("%d batches of the images %v, want 2 of all 14", len(whole), all)
	}
}

// Seed and epoch decide, not workers, cache, unknown sizes nor where an epoch
// begins; bad images included.
func TestTrainingBySidesIsRepeatable(t *testing.T) {
	sizes := drawSizes(29, 6)
	known, unknown := sizedSet(t, true, sizes...), sizedSet(t, false, sizes...)
	opt := sidesOptions(4, 9)
	whole := collect(t, mustLoader(t, known, opt), 3)
	if slices.EqualFunc(whole, collect(t, mustLoader(t, known, opt), 2), content.equal) {
		t.Error("two epochs are the same")
	}
	for _, workers := range []int{2, 5} {
		opt.Workers, opt.CacheBytes = workers, 30_000
		l := mustLoader(t, unknown, opt)
		for range 2 {
			if !slices.EqualFunc(whole, collect(t, l, 3), content.equal) {
				t.Errorf("%d workers give another epoch", workers)
			}
		}
	}
	spoil(t, known, 2, 3, 17)
	spoil(t, unknown, 2, 3, 17)
	for _, s := range []*Set{known, unknown} {
		opt := sidesOptions(4, 9)
		opt.OnBadImage = SkipBadImage
		whole := collect(t, mustLoader(t, s, opt), 3)
		opt.Workers = 3
		for from := range len(whole) + 1 {
			if got := collectFrom(t, mustLoader(t, s, opt), 3, from); !slices.EqualFunc(got, whole[from:], content.equal) {
				t.Errorf("from batch %d: %d batches that differ from the %d of the whole epoch", from, len(got), len(whole)-from)
			}
		}
		for _, b := range whole {
			for _, i := range b.indices {
				if i == 2 || i == 3 || i == 17 {
					t.Errorf("the bad image %d is in a batch", i)
				}
			}
		}
	}
}
