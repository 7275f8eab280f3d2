package data

import (
	"fmt"
	"hash/fnv"
	"iter"
	"sync"
)

// plan divides epochs into batches, by the sizes that the images' inputs have.
type plan interface {
	// arrange changes the shuffled order of an epoch, before it begins.
	arrange(order []int)
	// batches iterates over the batches of an epoch from the given one on.
	batches(r *run, batch int) iter.Seq[planned]
}

// planned is a batch to be made.
type planned struct {
	number int // of the batch in the epoch, from 0
	input  Size
	places []int // of its images in the epoch's order; valid until the next batch
}

// windowed reports whether batches are made of images of the same input size.
func (o *Options) windowed() bool { return o.Shape.unlike() && !o.Shuffle }

func newPlan(l *Loader) plan {
	if l.opt.windowed() {
		return newWindows(l)
	}
	return newSequence(l)
}

// sequence takes the images in order, B by B. Where inputs are of unlike sizes,
// the images are grouped by orientation first.
type sequence struct {
	loader *Loader
	places []int
	known  []Size // of the images, nil if all inputs are alike; zero where it cannot be read
	order  []int  // room for another order, as long as known
	dice   *dice
}

func newSequence(l *Loader) *sequence {
	s := &sequence{loader: l, dice: newDice(l.opt.Seed)}
	if l.opt.Shape.unlike() {
		s.known, s.order = l.measure(), make([]int, len(l.order))
	}
	return s
}

// measure returns the sizes of all images; zero for one whose file must be asked
// and cannot be read, as its decoding will tell.
func (l *Loader) measure() []Size {
	sizes := make([]Size, len(l.set.Items))
	var wg sync.WaitGroup
	for first, w := range l.workers {
		wg.Go(func() {
			for i := first; i < len(sizes); i += len(l.workers) {
				sizes[i], _ = w.decoder.size(&l.set.Items[i])
			}
		})
	}
	wg.Wait()
	return sizes
}

// Plan is a checksum of what batches depend on beside options and annotations: the
// sizes of images that their files had to be asked for. Processes that share batches
// must have the same.
func (l *Loader) Plan() string {
	s, is := l.plan.(*sequence)
	if !is || s.known == nil {
		return ""
	}
	h := fnv.New64a()
	for _, size := range s.known {
		fmt.Fprintln(h, size.Width, size.Height)
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// arrange groups the images of an epoch by height ≥ width, as the published
// training does (maskrcnn_benchmark/data/samplers/grouped_batch_sampler.py of
// maskrcnn-benchmark): the images of a group fill batches in their order, and
// batches come in the order of their first images. Of each group less than a
// batch is left over. There, these are batches that are not full; here they are
// joined, in their order, behind all others, so that an epoch has as many batches
// as without groups: one full batch at most is mixed. What DropLast leaves out
// is left out before, so that no group is too small to be trained.
func (s *sequence) arrange(order []int) {
	if s.known == nil {
		return
	}
	size := s.loader.opt.Batch
	if s.loader.opt.DropLast {
		order = order[:s.loader.Batches()*size]
	}
	var groups [2]group
	for _, index := range order {
		groups[s.orientation(index)].left++
	}
	opened, rest := 0, 0
	for i := range groups {
		groups[i].left -= groups[i].left % size
		rest += groups[i].left
	}
	for _, index := range order {
		g := &groups[s.orientation(index)]
		at := &g.next
		switch {
		case g.left == 0:
			at = &rest
		case g.left%size == 0:
			g.next = opened
			opened += size
		}
		s.order[*at] = index
		*at++
		g.left = max(g.left-1, 0)
	}
	copy(order, s.order)
}

// group is the images of one orientation, while they are arranged.
type group struct {
	left int // images that full batches still take
	next int // place of the next one
}

// orientation returns the group of an image: 1 if it is as high as wide, or
// higher.
func (s *sequence) orientation(index int) int {
	if s.known[index].Height >= s.known[index].Width {
		return 1
	}
	return 0
}

func (s *sequence) batches(r *run, batch int) iter.Seq[planned] {
	return func(yield func(planned) bool) {
		for size := s.loader.opt.Batch; batch < s.loader.Batches(); batch++ {
			s.places = s.places[:0]
			for at := batch * size; at < min((batch+1)*size, len(r.order)); at++ {
				s.places = append(s.places, at)
			}
			if !yield(planned{batch, s.input(r), s.places}) {
				return
			}
		}
	}
}

// input returns the size of the input that holds the images at s.places.
func (s *sequence) input(r *run) Size {
	shape := s.loader.opt.Shape
	if s.known == nil {
		return shape.Input(Size{})
	}
	var input Size
	for _, at := range s.places {
		if index := r.order[at]; s.known[index] != (Size{}) {
			one := shape.drawn(s.known[index], drawPlace(s.dice.of(r.epoch, index)))
			input = Size{max(input.Width, one.Width), max(input.Height, one.Height)}
		}
	}
	if input == (Size{}) {
		return shape.Input(unreadable)
	}
	return input
}

// unreadable is taken for the size of an image that has none.
var unreadable = Size{1, 1}
