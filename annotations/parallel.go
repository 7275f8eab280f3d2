package annotations

import "sync"

// batch is what a worker has read in a chunk, taken for a part of a list
// that begins with an element.
type batch struct {
	list        list
	images      []Image
	annotations []Annotation
	ids         []int64 // of the annotations that have one
	categories  []Category
	results     []Result
	read        int // how many were handed over
	notes       []note
	end         int      // position behind the last element and its comma
	newlines    newlines // before end
	outcome     outcome
}

// note is a problem that was met when so many elements had been handed over.
type note struct {
	before int
	kind   Kind // "": text is what id stands for
	id, at int64
	text   string
}

// outcome says how the reading of a chunk ended.
type outcome uint8

const (
	failed outcome = iota // not as supposed: nothing of it counts
	filled                // the chunk ends behind an element's comma
	closed                // at end stands the list's closing bracket
)

func (b *batch) reset(n list) {
	*b = batch{list: n, images: b.images[:0], annotations: b.annotations[:0], ids: b.ids[:0], categories: b.categories[:0], results: b.results[:0], notes: b.notes[:0]}
}

// addAnnotation makes room for another annotation.
func (b *batch) addAnnotation() *Annotation {
	n := len(b.annotations)
	b.annotations = doubled(b.annotations)[:n+1]
	return &b.annotations[n]
}

// worker reads the elements of chunks.
type worker struct {
	scanner
	number  int
	batches batchVisitor
	source  *chunkReader
}

func newWorker(of *scanner, number int) *worker {
	w := &worker{number: number, batches: of.visit.batches, source: of.pool.source, scanner: scanner{wrapped: of.wrapped, lexer: &lexer{limit: of.limit, ctx: of.ctx, file: of.lexer.file, eof: true}}}
	if of.visit.Image != nil {
		w.visit.Image = func(im *Image) error {
			w.batch.images = append(w.batch.images, *im)
			w.batch.read++
			return nil
		}
	}
	w.visit.Annotation = of.visit.Annotation // element puts them into the batch
	if of.visit.Category != nil {
		w.visit.Category = func(c *Category) error {
			w.batch.categories = append(w.batch.categories, *c)
			w.batch.read++
			return nil
		}
	}
	if of.visit.results != nil {
		w.visit.results = func(r []Result) error {
			w.batch.results = append(w.batch.results, r...)
			w.batch.read++
			return nil
		}
	}
	w.visit.Problem = func(kind Kind, id, at int64) {
		w.batch.notes = append(w.batch.notes, note{before: w.batch.read, kind: kind, id: id, at: at})
	}
	if of.visit.text != nil {
		w.visit.text = func(id int64, text string) {
			w.batch.notes = append(w.batch.notes, note{before: w.batch.read, id: id, text: text})
		}
	}
	return w
}

// work reads the elements of each chunk of jobs, or enters them if they are
// confirmed.
func (w *worker) work(jobs <-chan *chunk) {
	for c := range jobs {
		if c.confirmed {
			w.batches.enter(c.batch.annotations, w.number)
			w.source.recycle(c)
		} else {
			w.read(c)
			c.done <- struct{}{}
		}
	}
}

func (w *worker) read(c *chunk) {
	w.batch = &c.batch
	w.buf, w.pos, w.end, w.base = c.buf, 0, c.size, c.base
	w.err, w.slow = nil, 0
	w.list, w.take = c.batch.list, w.wanted(c.batch.list)
	w.depth, w.objects[0] = w.elementDepth(), 1 // the file's object, unless the list is all
	if w.depth == 1 {
		w.objects[0] = 0
	}
	c.batch.outcome = w.chunk()
	c.batch.end = w.pos
	c.batch.newlines = countNewlines(c.buf[:w.pos])
}

// chunk reads elements to the end of the chunk or list.
func (w *worker) chunk() outcome {
	for {
		w.next()
		if !w.element() {
			return failed
		}
		switch w.next() {
		case ',':
			if w.pos++; w.pos == w.end {
				return filled
			}
		case ']':
			return closed
		default:
			return failed
		}
	}
}

// pool is what reads a text's lists with several workers.
type pool struct {
	source  *chunkReader
	workers int
	jobs    chan *chunk
	working sync.WaitGroup
	pause   int // cuts to let pass before the next try
	patient int // how long the last pause was
}

// stop ends the workers once all jobs are done.
func (p *pool) stop() {
	if p.jobs != nil {
		close(p.jobs)
		p.working.Wait()
	}
}

// maxPause is the longest pause after chunks that did not end where they
// seemed to.
const maxPause = 64

// spread is called where an element of the current list may begin. If that is
// where a chunk begins, it hands that and the following ones to the workers
// and takes over what they read, in order, as long as they are what they seem
// to be: nothing but elements of this list. It reports whether the list's end
// was met; s then stands at its closing bracket.
func (s *scanner) spread() (end, ok bool) {
	p := s.pool
	if p == nil || s.pos < s.end || s.eof || s.depth != s.elementDepth() {
		return false, true
	}
	if p.pause > 0 {
		p.pause--
		return false, true
	}
	defer p.settle()
	for {
		c := p.source.front()
		if c == nil {
			s.err = p.source.ctx.Err()
			return false, false
		}
		if !c.cut || p.source.off > 0 {
			return false, true
		}
		p.start(s)
		<-c.done
		c.begun = false
		if c.batch.outcome == failed {
			p.patient = min(2*p.patient+1, maxPause)
			p.pause = p.patient
			return false, true
		}
		p.patient = 0
		if !s.replay(&c.batch) {
			return false, false
		}
		s.restart(c.batch.end, c.batch.newlines)
		byBatch := c.batch.list == annotationList && s.visit.batches != nil
		if c.batch.outcome == closed {
			if byBatch {
				s.visit.batches.enter(c.batch.annotations, p.workers)
			}
			p.source.off = c.batch.end
			p.settle() // before the chunks behind this one are read otherwise
			return true, s.fill()
		}
		p.source.leave()
		if byBatch {
			c.confirmed = true
			p.jobs <- c
		} else {
			p.source.recycle(c)
		}
	}
}

// start hands the chunks that are ready to the workers.
func (p *pool) start(s *scanner) {
	if p.jobs == nil {
		p.jobs = make(chan *chunk, cap(p.source.ready))
		for n := range p.workers {
			w := newWorker(s, n)
			p.working.Go(func() { w.work(p.jobs) })
		}
	}
	for i := 0; i < len(p.source.queue) || p.source.more(); i++ {
		if c := p.source.queue[i]; c.cut && !c.begun {
			c.begun = true
			c.batch.reset(s.list)
			p.jobs <- c
		}
	}
}

// settle waits for the workers; what they still read is not used.
func (p *pool) settle() {
	for _, c := range p.source.queue {
		if c.begun {
			<-c.done
			c.begun = false
		}
	}
}

// restart empties the window, behind n bytes that were read elsewhere.
func (s *scanner) restart(n int, lines newlines) {
	s.drop(s.pos, countNewlines(s.buf[:s.pos]))
	s.pos, s.end = 0, 0
	clear(s.buf[:padding])
	s.drop(n, lines)
}

// replay hands what a worker read to the visitor.
func (s *scanner) replay(b *batch) bool {
	notes := b.notes
	tell := func(upTo int) {
		for len(notes) > 0 && notes[0].before <= upTo {
			s.tell(&notes[0])
			notes = notes[1:]
		}
	}
	var err error
	switch b.list {
	case imageList:
		if s.visit.batches != nil {
			err = s.visit.batches.list(b.images)
			break
		}
		for i := 0; i < len(b.images) && err == nil; i++ {
			tell(i)
			err = s.visit.Image(&b.images[i])
		}
	case annotationList:
		if s.visit.batches != nil {
			err = s.visit.batches.confirm(b.annotations, b.ids)
			break
		}
		for i := 0; i < len(b.annotations) && err == nil; i++ {
			tell(i)
			err = s.visit.Annotation(&b.annotations[i])
		}
	case resultList:
		if len(b.results) > 0 {
			err = s.visit.results(b.results)
		}
	default:
		for i := 0; i < len(b.categories) && err == nil; i++ {
			tell(i)
			err = s.visit.Category(&b.categories[i])
		}
	}
	if err != nil {
		s.err = err
		return false
	}
	tell(b.read)
	return true
}
