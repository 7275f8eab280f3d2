package coco

import (
	"cocostat/annotations"
	"cocostat/internal/jsontext"
)

// work is what a worker is to do with a chunk, and what it has done.
type work struct {
	part
	begun     bool          // it is being read, or was
	confirmed bool          // it is what it seemed to be, and its annotations are to be entered
	done      chan struct{} // receives once when it is read

	batch    batch
	end      int               // position behind the last element and its comma
	newlines jsontext.Newlines // before end
	outcome  outcome
}

// part is where in a text a chunk is supposed to lie.
type part struct {
	list list
	take bool   // whether the elements are wanted
	open string // the brackets that are open there
}

// outcome says how the reading of a chunk ended.
type outcome uint8

const (
	failed outcome = iota // not as supposed: nothing of it counts
	filled                // the chunk ends behind an element's comma
	closed                // at end stands the list's closing bracket
)

// worker reads the elements of chunks.
type worker struct {
	reader
	number  int
	batches *annotations.Batches
	source  *chunkReader
}

func (w *worker) run(jobs <-chan *chunk) {
	for c := range jobs {
		if c.work.confirmed {
			w.batches.Enter(c.work.batch.annotations, w.number)
			w.source.recycle(c)
		} else {
			w.read(c)
			c.work.done <- struct{}{}
		}
	}
}

func (w *worker) read(c *chunk) {
	job := &c.work
	job.batch.reset()
	w.text.SetPart(c.buf, c.size, c.base, job.open)
	w.list, w.out = job.list, &job.batch
	job.outcome = w.chunk(c.size, job.take)
	job.end = w.text.Pos
	job.newlines = jsontext.CountNewlines(c.buf[:job.end])
}

// chunk reads elements to the end of the chunk or list.
func (w *worker) chunk(size int, take bool) outcome {
	for {
		w.text.Next()
		if take && !w.element() || !take && !w.text.SkipValue() {
			return failed
		}
		switch w.text.Next() {
		case ',':
			if w.text.Pos++; w.text.Pos == size {
				return filled
			}
		case ']':
			return closed
		default:
			return failed
		}
	}
}
