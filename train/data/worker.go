package data

import (
	"context"
	"math/rand/v2"
	"time"

	"cocostat/train/target"
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
	encoder  *target.Encoder
	source   rand.PCG
	rng      *rand.Rand
	boxes    []target.Box // in input pixels
}

func newWorker(l *Loader) (*worker, error) {
	encoder, err := target.NewEncoder(len(l.set.Categories), l.opt.Size, l.opt.Slots, l.opt.Radius)
	if err != nil {
		return nil, err
	}
	w := &worker{
		set: l.set, opt: l.opt, cache: l.cache, bad: l.bad, spending: &l.spending,
		warper: newWarper(l.opt.Size), encoder: encoder,
	}
	w.rng = rand.New(&w.source)
	return w, nil
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

	w.boxes = w.boxes[:0]
	for _, box := range item.Boxes {
		box.X, box.Y, box.W, box.H = t.Box(box.X, box.Y, box.W, box.H)
		w.boxes = append(w.boxes, box)
	}
	b.Results[pos] = w.encoder.Encode(w.boxes, target.Target{
		Heatmap: part(b.Heatmap, pos, b.N),
		Index:   part(b.Index, pos, b.N),
		Size:    part(b.Size, pos, b.N),
		Offset:  part(b.Offset, pos, b.N),
		Mask:    part(b.Mask, pos, b.N),
		Objects: part(b.Objects, pos, b.N),
	})
	charge(&w.spending.targets, began)
	b.Indices[pos], b.ImageIDs[pos], b.Transforms[pos] = index, item.ID, t
	return nil
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
