package data

import (
	"context"
	"math/rand/v2"
	"time"
)

// worker fills places in batches, with buffers of its own.
type worker struct {
	set      *Set
	opt      Options
	cache    *cache
	bad      *badImages
	spending *spending
	decoder  decoder
	warper   *warper
	encoder  Encoder // nil: no targets
	source   rand.PCG
	rng      *rand.Rand
	boxes    []Box // in input pixels
}

func newWorker(l *Loader) *worker {
	w := &worker{set: l.set, opt: l.opt, cache: l.cache, bad: l.bad, spending: &l.spending, warper: newWarper(l.opt.Size)}
	if l.opt.Encoder != nil {
		w.encoder = l.opt.Encoder.Clone()
	}
	w.rng = rand.New(&w.source)
	return w
}

// load makes place pos of b: the image at place at of the epoch's order or, if
// bad images are skipped, the next one that loads.
func (w *worker) load(r *run, b *Batch, pos, at int) error {
	for i := range r.order {
		index := r.order[(at+i)%len(r.order)]
		if w.bad.has(index) {
			continue
		}
		bad := w.fill(b, pos, index, r.epoch)
		if bad == nil {
			b.Replaced[pos] = i > 0
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
	w.source.Seed(seeds(w.opt.Seed, uint64(epoch), uint64(index)))
	t := w.opt.Augment.draw(w.rng, p.fileWidth, p.fileHeight, w.opt.Size)
	colours := w.opt.Augment.drawJitter(w.rng)

	image := part(b.Images, pos, b.N)
	means := w.warper.warp(image, p, t)
	brightness := 0.0
	for c, l := range luminance {
		brightness += l * means[c] / 255
	}
	matrix := colours.matrix(brightness).normalised()
	recolour(image, &matrix)
	began = charge(&w.spending.augmenting, began)

	b.Indices[pos], b.ImageIDs[pos], b.Transforms[pos] = index, item.ID, t
	if w.encoder != nil {
		w.encode(b, pos, item.Boxes, t)
		charge(&w.spending.targets, began)
	}
	return nil
}

// encode makes the targets of place pos, of boxes in source pixels.
func (w *worker) encode(b *Batch, pos int, boxes []Box, t Transform) {
	w.boxes = w.boxes[:0]
	for _, box := range boxes {
		box.X, box.Y, box.W, box.H = t.Box(box.X, box.Y, box.W, box.H)
		w.boxes = append(w.boxes, box)
	}
	b.Encoded[pos] = w.encoder.Encode(b.Targets, pos, w.boxes, part(b.Counts, pos, b.N))
}

// pixels returns the decoded image index, from the cache if it is there.
func (w *worker) pixels(index int) (*pixels, error) {
	if p := w.cache.get(index); p != nil {
		return p, nil
	}
	p, err := w.decoder.decode(&w.set.Items[index], w.opt.Size, w.opt.Augment.smallest())
	if err != nil {
		return nil, err
	}
	w.cache.put(index, p)
	return p, nil
}

// part returns the i-th of n equal parts of s.
func part[T any](s []T, i, n int) []T {
	each := len(s) / n
	return s[i*each:][:each:each]
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
