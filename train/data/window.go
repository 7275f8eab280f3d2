package data

import "iter"

// windowImages is how many images of an evaluation are looked at together, at
// least, to find those of the same input size.
const windowImages = 512

// windows makes batches of images of the same input size: it sorts a window of
// the order after the other. While one is loaded, the next is measured.
type windows struct {
	loader  *Loader
	size    int     // images of a window
	decoder decoder // of headers
	both    [2]window
	places  []int
}

// window is a part of an epoch's order.
type window struct {
	first  int    // its first place
	inputs []Size // of its images; zero for one that is in a batch
	done   int    // images from the first on that are in batches
}

func newWindows(l *Loader) *windows {
	return &windows{loader: l, size: max(windowImages, l.opt.Batch)}
}

// Window returns how many places an [InOrder] must hold that is emptied after
// each batch of an evaluation.
func (l *Loader) Window() int {
	if w, ok := l.plan.(*windows); ok {
		return w.size
	}
	return l.opt.Batch
}

func (w *windows) arrange([]int) {}

// batches always begins with the first.
func (w *windows) batches(r *run, _ int) iter.Seq[planned] {
	return func(yield func(planned) bool) {
		number := 0
		for next := range w.measured(r) {
			for !next.empty() {
				p := w.take(next)
				p.number = number
				number++
				if !yield(p) {
					return
				}
			}
		}
	}
}

// measured gives the windows of an epoch. Each is valid until the next one is
// received: until then the other is made, and waits.
func (w *windows) measured(r *run) <-chan *window {
	out := make(chan *window)
	r.wg.Go(func() {
		defer close(out)
		for first := 0; first < len(r.order); first += w.size {
			next := &w.both[first/w.size%2]
			next.first, next.inputs, next.done = first, next.inputs[:0], 0
			for _, index := range r.order[first:min(first+w.size, len(r.order))] {
				if r.ctx.Err() != nil {
					return
				}
				next.inputs = append(next.inputs, w.input(index))
			}
			select {
			case out <- next:
			case <-r.ctx.Done():
				return
			}
		}
	})
	return out
}

// input returns the size of an image's input. An image whose size is unknown
// gets the smallest; that it is bad, its decoding will tell.
func (w *windows) input(index int) Size {
	size, err := w.decoder.size(&w.loader.set.Items[index])
	if err != nil {
		size = unreadable
	}
	return w.loader.opt.Shape.Input(size)
}

// empty reports whether all images are in batches.
func (n *window) empty() bool {
	for n.done < len(n.inputs) && n.inputs[n.done] == (Size{}) {
		n.done++
	}
	return n.done == len(n.inputs)
}

// take returns a batch of the first image that is in none and the next ones of
// its input size.
func (w *windows) take(from *window) planned {
	p := planned{input: from.inputs[from.done], places: w.places[:0]}
	most := w.loader.opt.Batch
	if pixels := w.loader.opt.MostPixels; pixels > 0 {
		most = min(most, max(pixels/(p.input.Width*p.input.Height), 1))
	}
	for i := from.done; i < len(from.inputs) && len(p.places) < most; i++ {
		if from.inputs[i] == p.input {
			p.places = append(p.places, from.first+i)
			from.inputs[i] = Size{}
		}
	}
	w.places = p.places
	return p
}
