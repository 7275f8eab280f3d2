package data

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// Loader makes the batches of a set, epoch after epoch. It keeps its memory from
// one to the next: decoding an image that is not in the cache takes some, and a
// batch larger than those before it.
type Loader struct {
	set      *Set
	opt      Options
	cache    *cache
	bad      *badImages
	workers  []*worker
	ring     []*Batch
	order    []int // of the epoch that runs
	plan     plan
	running  atomic.Bool
	spending spending
}

// job is one place to be filled: the one at pos of a batch, which is the one
// at at of the epoch's order.
type job struct {
	batch   *Batch
	pos, at int
}

// NewLoader returns a loader of set. It fails if an option is out of range, or
// if DropLast would leave no batch at all. For training with inputs of unlike
// sizes it reads the headers of images whose size the annotations do not give.
func NewLoader(set *Set, opt Options) (*Loader, error) {
	if err := opt.Validate(); err != nil {
		return nil, err
	}
	if len(set.Items) == 0 {
		return nil, errors.New("data: a set without images cannot be loaded")
	}
	if most := len(set.Items) / max(opt.Share.Batches, 1); opt.DropLast && opt.Batch > most {
		return nil, fmt.Errorf("data: a batch of %d images cannot be filled from %d: use a batch of at most %d",
			opt.Batch, len(set.Items), most)
	}
	opt = opt.filled()
	l := &Loader{set: set, opt: opt, order: make([]int, len(set.Items))}
	l.cache = newCache(len(set.Items), opt.CacheBytes)
	l.bad = newBadImages(len(set.Items), opt.Report)
	for range opt.Workers {
		l.workers = append(l.workers, newWorker(l))
	}
	l.plan = newPlan(l)
	images, most := min(opt.Batch, len(set.Items)), l.Batches()
	if opt.windowed() {
		most = len(set.Items)
	}
	for range min(opt.Ahead+1, most) {
		b := newBatch(images, len(set.Categories), opt.Encoder)
		if !opt.Shape.unlike() {
			b.resize(images, opt.Shape.Input(Size{}))
		}
		l.ring = append(l.ring, b)
	}
	return l, nil
}

// Set returns what the loader loads.
func (l *Loader) Set() *Set { return l.set }

// Batches returns the number of batches of an epoch, also those of other
// processes; 0 for an evaluation with inputs of unlike sizes, where only the
// images tell.
func (l *Loader) Batches() int {
	if l.opt.windowed() {
		return 0
	}
	if l.opt.DropLast {
		return l.Steps() * max(l.opt.Share.Batches, 1)
	}
	return (len(l.set.Items) + l.opt.Batch - 1) / l.opt.Batch
}

// Steps returns the number of steps of an epoch that all have their batches.
func (l *Loader) Steps() int { return len(l.set.Items) / (l.opt.Batch * max(l.opt.Share.Batches, 1)) }

// Epoch iterates over the batches of an epoch that are this process's, in an order and with a content
// that depend on the seed and epoch alone. A batch is valid until the next one
// is asked for; workers prepare later ones meanwhile. An error (of ctx, an
// [ImageError], or that bad images are skipped and no image loads) comes with a
// nil batch and ends the epoch. When the loop ends, in whatever way, no
// goroutine is left. A loader runs one epoch at a time.
func (l *Loader) Epoch(ctx context.Context, epoch int) iter.Seq2[*Batch, error] {
	return l.EpochFrom(ctx, epoch, 0)
}

// EpochFrom iterates over the batches of an epoch from the given one on, 0
// being the first. Each is what Epoch gives in its place; those before it are
// not loaded. Beginning at Batches() there is nothing to iterate over; it is an
// error to begin later, or below 0. An evaluation with inputs of unlike sizes
// begins at its first batch.
func (l *Loader) EpochFrom(ctx context.Context, epoch, batch int) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		if l.opt.windowed() && batch != 0 {
			yield(nil, fmt.Errorf("data: an evaluation with inputs of unlike sizes begins at its first batch, not at batch %d", batch))
			return
		}
		if batch < 0 || batch > l.Batches() {
			yield(nil, fmt.Errorf("data: an epoch of %d batches cannot begin at batch %d", l.Batches(), batch))
			return
		}
		if !l.running.CompareAndSwap(false, true) {
			yield(nil, errors.New("data: the loader already runs an epoch"))
			return
		}
		defer l.running.Store(false)
		l.arrange(epoch)
		r := l.start(ctx, epoch, batch)
		defer r.stop()
		for {
			b, err := r.next()
			if b == nil && err == nil || !yield(b, err) || err != nil {
				return
			}
			r.free <- b
		}
	}
}

// arrange sets the order of an epoch.
func (l *Loader) arrange(epoch int) {
	for i := range l.order {
		l.order[i] = i
	}
	if !l.opt.Shuffle {
		return
	}
	rng := rand.New(rand.NewPCG(seeds(l.opt.Seed, uint64(epoch), 1<<63))) // no image has this index
	rng.Shuffle(len(l.order), func(i, j int) { l.order[i], l.order[j] = l.order[j], l.order[i] })
	l.plan.arrange(l.order)
}

// run is an epoch in progress. Batches go round: free → handed out by feed →
// filled by the workers → ready, in order → the consumer → free.
type run struct {
	ctx    context.Context
	cancel context.CancelFunc
	epoch  int
	order  []int // of the set's images
	free   chan *Batch
	ready  chan *Batch // in order, perhaps still being filled
	jobs   chan job
	wg     sync.WaitGroup
}

func (l *Loader) start(parent context.Context, epoch, batch int) *run {
	r := &run{
		epoch: epoch, order: l.order,
		free:  make(chan *Batch, len(l.ring)),
		ready: make(chan *Batch, len(l.ring)),
		jobs:  make(chan job, 2*len(l.workers)),
	}
	r.ctx, r.cancel = context.WithCancel(parent)
	for _, b := range l.ring {
		b.done = make(chan struct{}, 1)
		r.free <- b
	}
	r.wg.Go(func() { l.feed(r, batch) })
	for _, w := range l.workers {
		r.wg.Go(func() { w.run(r) })
	}
	return r
}

// stop ends the epoch's goroutines and waits for them.
func (r *run) stop() {
	r.cancel()
	r.wg.Wait()
}

// next waits for the next batch in order; nil after the last.
func (r *run) next() (*Batch, error) {
	if r.ctx.Err() != nil {
		return nil, context.Cause(r.ctx)
	}
	var b *Batch
	select {
	case b = <-r.ready:
		if b == nil {
			return nil, context.Cause(r.ctx) // nil unless that is why there is none
		}
	case <-r.ctx.Done():
		return nil, context.Cause(r.ctx)
	}
	select {
	case <-b.done:
	case <-r.ctx.Done():
		return nil, context.Cause(r.ctx)
	}
	if b.err != nil {
		return nil, b.err
	}
	return b, nil
}

// feed hands out the places of the epoch, batch by batch.
func (l *Loader) feed(r *run, batch int) {
	defer close(r.jobs)
	defer close(r.ready)
	for p := range l.plan.batches(r, batch) {
		if !l.opt.Share.has(p.number) {
			continue
		}
		var b *Batch
		select {
		case b = <-r.free:
		case <-r.ctx.Done():
			return
		}
		b.resize(len(p.places), p.input)
		b.err = nil
		b.pending.Store(int32(b.N))
		r.ready <- b // never blocks: it has room for the whole ring
		for pos, at := range p.places {
			select {
			case r.jobs <- job{b, pos, at}:
			case <-r.ctx.Done():
				return
			}
		}
	}
}

// run fills places until there are no more jobs.
func (w *worker) run(r *run) {
	for j := range r.jobs {
		if r.ctx.Err() != nil {
			return
		}
		j.batch.finish(j.pos, w.load(r, j.batch, j.pos, j.at))
	}
}

// finish records that a place is filled, or why not.
func (b *Batch) finish(pos int, err error) {
	if err != nil {
		b.mu.Lock()
		if b.err == nil || pos < b.errAt {
			b.err, b.errAt = err, pos
		}
		b.mu.Unlock()
	}
	if b.pending.Add(-1) == 0 {
		b.done <- struct{}{}
	}
}
