package coco

import (
	"context"
	"io"
	"runtime"
	"sync"

	"cocostat/annotations"
	"cocostat/internal/jsontext"
)

// pool reads a text's lists with several workers.
type pool struct {
	source  *chunkReader
	text    *jsontext.Lexer // the text, whose parts the workers read
	batches *annotations.Batches
	workers int
	jobs    chan *chunk
	working sync.WaitGroup
	pause   int // cuts to let pass before the next try
	patient int // how long the last pause was
}

// newPool starts reading r in chunks of the given size, in which tokens of up to
// limit bytes can be looked at as a whole.
func newPool(ctx context.Context, r io.Reader, name string, batches *annotations.Batches, size, limit int) *pool {
	workers := runtime.GOMAXPROCS(0)
	source := newChunkReader(ctx, r, name, size, 3*workers+2)
	return &pool{source: source, text: jsontext.New(ctx, source, name, size+limit, limit), batches: batches, workers: workers}
}

// stop ends the workers once all jobs are done, and the reading.
func (p *pool) stop() {
	if p.jobs != nil {
		close(p.jobs)
		p.working.Wait()
	}
	p.source.stop()
}

// maxPause is the longest pause after chunks that did not end where they
// seemed to.
const maxPause = 64

// spread is called where an element of a list may begin, at the end of the
// window. If that is where a chunk begins, it hands that and the following ones
// to the workers, and what they read, in order, to take, as long as they are what
// they seem to be: nothing but elements of this list. It reports whether the
// list's end was met; the text then stands at its closing bracket.
func (p *pool) spread(of part, take func(*batch) error) (end, ok bool) {
	if p.pause > 0 {
		p.pause--
		return false, true
	}
	defer p.settle()
	for {
		c := p.source.front()
		if c == nil {
			return false, p.text.Stop(p.source.ctx.Err())
		}
		if !c.cut || p.source.off > 0 {
			return false, true
		}
		p.start(of)
		job := &c.work
		<-job.done
		job.begun = false
		if job.outcome == failed {
			p.patient = min(2*p.patient+1, maxPause)
			p.pause = p.patient
			return false, true
		}
		p.patient = 0
		if err := take(&job.batch); err != nil {
			return false, p.text.Stop(err)
		}
		p.text.MoveTo(job.end, job.newlines)
		byBatch := of.list == annotationList && p.batches != nil
		if job.outcome == closed {
			if byBatch {
				p.batches.Enter(job.batch.annotations, p.workers)
			}
			p.source.off = job.end
			p.settle() // before the chunks behind this one are read otherwise
			return true, p.text.Next() == ']'
		}
		p.source.leave()
		if byBatch {
			job.confirmed = true
			p.jobs <- c
		} else {
			p.source.recycle(c)
		}
	}
}

// start hands the chunks that are ready to the workers.
func (p *pool) start(of part) {
	if p.jobs == nil {
		p.jobs = make(chan *chunk, cap(p.source.ready))
		for n := range p.workers {
			w := &worker{reader: reader{text: p.text.NewPart()}, number: n, batches: p.batches, source: p.source}
			p.working.Go(func() { w.run(p.jobs) })
		}
	}
	for i := 0; i < len(p.source.queue) || p.source.more(); i++ {
		if c := p.source.queue[i]; c.cut && !c.work.begun {
			c.work.part, c.work.begun, c.work.confirmed = of, true, false
			p.jobs <- c
		}
	}
}

// settle waits for the workers; what they still read is not used.
func (p *pool) settle() {
	for _, c := range p.source.queue {
		if c.work.begun {
			<-c.work.done
			c.work.begun = false
		}
	}
}
