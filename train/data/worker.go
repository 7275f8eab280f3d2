package data

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"cocostat/train/internal/buffer"
)

// worker fills places in batches, with buffers of its own.
type worker struct {
	set      *Set
	opt      Options
	cache    *cache
	bad      *badImages
	spending *spending
	decoder  decoder
	painter  *painter
	encoder  Encoder // nil: no targets
	dice     *dice
	boxes    []Box // in input pixels
}

func newWorker(l *Loader) *worker {
	w := &worker{
		set: l.set, opt: l.opt, cache: l.cache, bad: l.bad, spending: &l.spending,
		painter: newPainter(l.opt.Augment), dice: newDice(l.opt.Seed),
	}
	if l.opt.Encoder != nil {
		w.encoder = l.opt.Encoder.Clone()
	}
	return w
}

// load makes place pos of b: the image at place at of the epoch's order or, if
// bad images are skipped, the next one that loads.
func (w *worker) load(r *run, b *Batch, pos, at int) error {
	b.Places[pos] = at
	for i := range r.order {
		index := r.order[(at+i)%len(r.order)]
		if w.bad.has(index) {
			continue
		}
		b.Replaced[pos] = i > 0
		bad := w.fill(b, pos, index, r.epoch)
		if bad == nil {
			return nil
		}
		if w.opt.OnBadImage != SkipBadImage {
			return bad
		}
		w.bad.add(index, bad)
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
	}
	return w.bad.all()
}

// fill makes place pos of b: image index of the set, as of the given epoch.
func (w *worker) fill(b *Batch, pos, index, epoch int) *ImageError {
	item := &w.set.Items[index]
	began := time.Now()
	p, err := w.pixels(index)
	began = charge(&w.spending.decoding, began)
	if err != nil {
		return &ImageError{Path: item.Path, ID: item.ID, Err: err}
	}
	size := Size{p.fileWidth, p.fileHeight}
	if err := w.expected(b, pos, size); err != nil {
		return &ImageError{Path: item.Path, ID: item.ID, Err: err}
	}
	rng := w.dice.of(epoch, index)
	at := w.opt.Shape.place(size, b.Input, w.opt.Augment, drawPlace(rng))
	w.painter.paint(buffer.Part(b.Images, pos, b.N), b.Input, p, &at, w.opt.Augment.drawJitter(rng))
	began = charge(&w.spending.augmenting, began)

	b.Indices[pos], b.ImageIDs[pos], b.Sizes[pos], b.Transforms[pos] = index, item.ID, size, at.Transform
	if w.encoder != nil {
		w.encode(b, pos, item.Boxes, at.Transform)
		charge(&w.spending.targets, began)
	}
	return nil
}

// expected compares the size of the image at pos with the input that was planned
// for it in an evaluation by the images' own sizes.
func (w *worker) expected(b *Batch, pos int, size Size) error {
	if !w.opt.windowed() || b.Replaced[pos] || w.opt.Shape.Input(size) == b.Input {
		return nil
	}
	return fmt.Errorf("the file has %d×%d pixels, and a moment ago had others or could not be read: it must not change while it is in use", size.Width, size.Height)
}

// encode makes the targets of place pos, of boxes in source pixels.
func (w *worker) encode(b *Batch, pos int, boxes []Box, t Transform) {
	w.boxes = w.boxes[:0]
	for _, box := range boxes {
		box.X, box.Y, box.W, box.H = t.Box(box.X, box.Y, box.W, box.H)
		w.boxes = append(w.boxes, box)
	}
	b.Encoded[pos] = w.encoder.Encode(b.Targets, pos, w.boxes, buffer.Part(b.Counts, pos, b.N))
}

// pixels returns the decoded image index, from the cache if it is there.
func (w *worker) pixels(index int) (*pixels, error) {
	if p := w.cache.get(index); p != nil {
		return p, nil
	}
	p, err := w.decoder.decode(&w.set.Items[index], w.opt.Shape, w.opt.Augment.smallest())
	if err != nil {
		return nil, err
	}
	w.cache.put(index, p)
	return p, nil
}

// dice give the random numbers of an image in an epoch. One goroutine uses them
// at a time.
type dice struct {
	seed   uint64
	source rand.PCG
	rng    *rand.Rand
}

func newDice(seed uint64) *dice {
	d := &dice{seed: seed}
	d.rng = rand.New(&d.source)
	return d
}

// of returns the numbers of an image of the set, from their first.
func (d *dice) of(epoch, index int) *rand.Rand {
	d.source.Seed(seeds(d.seed, uint64(epoch), uint64(index)))
	return d.rng
}

// seeds scrambles its arguments into two words for a generator, so that
// neighbouring images and epochs get unrelated numbers (SplitMix64).
func seeds(seed, epoch, index uint64) (uint64, uint64) {
	x := seed
	for _, v := range [...]uint64{epoch, index} {
		x = splitMix(x) ^ v
	}
	first := splitMix(x)
	return first, splitMix(first)
}

func splitMix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
