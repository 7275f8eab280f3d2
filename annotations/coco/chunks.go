package coco

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"cocostat/internal/jsontext"
)

// chunk is a piece of the text. Nearly all end behind the comma between two
// objects, so that a list's elements lie whole in one of them; but where they
// end matters for speed alone, not for what is read.
type chunk struct {
	buf  []byte // data, then jsontext.Padding zero bytes
	size int
	base int64 // offset of buf[0] in the text
	cut  bool  // whether it ends behind such a comma, by the look of it
	err  error // io.EOF and others, behind the data

	work work // of the pool
}

func (c *chunk) data() []byte { return c.buf[:c.size] }

// chunkReader reads a text ahead on another goroutine, in chunks.
type chunkReader struct {
	ctx     context.Context
	cancel  context.CancelFunc
	name    string
	free    chan *chunk
	ready   chan *chunk
	stopped chan struct{} // closed when nothing more is read
	queue   []*chunk      // taken from ready
	off     int           // bytes of queue[0] that were taken
}

// newChunkReader starts reading from src. n chunks, at least two, are in use
// at a time.
func newChunkReader(ctx context.Context, src io.Reader, name string, size, n int) *chunkReader {
	r := &chunkReader{name: name, free: make(chan *chunk, n), ready: make(chan *chunk, n), stopped: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(ctx)
	for range n {
		r.free <- &chunk{work: work{done: make(chan struct{}, 1)}}
	}
	go r.read(src, size)
	return r
}

// stop ends the reading and waits for it.
func (r *chunkReader) stop() {
	r.cancel()
	<-r.stopped
}

// read fills chunks until the source ends. Sending never waits: there is room
// for all of them.
func (r *chunkReader) read(src io.Reader, size int) {
	defer close(r.stopped)
	now := r.take(size)
	var base int64
	have := 0 // bytes at the start of now that the last cut left over
	for now != nil {
		n, err := r.fillUp(src, now.buf[have:size])
		have += n
		now.base, now.size, now.cut, now.err = base, have, false, err
		if split := cutPlace(now.buf[:have]); split > 0 {
			next := r.take(size)
			if next == nil {
				return
			}
			have = copy(next.buf, now.buf[split:have])
			base += int64(split)
			now.size, now.cut, now.err = split, true, nil
			r.send(now)
			now = next
			if err == nil {
				continue
			}
			now.base, now.size, now.cut, now.err = base, have, false, err
		}
		r.send(now)
		if err != nil {
			return
		}
		base += int64(now.size)
		have = 0
		now = r.take(size)
	}
}

// take returns a free chunk, nil when the reading is to end.
func (r *chunkReader) take(size int) *chunk {
	select {
	case c := <-r.free:
		if c.buf == nil {
			c.buf = make([]byte, size+jsontext.Padding)
		}
		return c
	case <-r.ctx.Done():
		return nil
	}
}

func (r *chunkReader) send(c *chunk) {
	clear(c.buf[c.size : c.size+jsontext.Padding])
	r.ready <- c
}

// fillUp reads until b is full or there is an error.
func (r *chunkReader) fillUp(src io.Reader, b []byte) (n int, err error) {
	for empty := 0; n < len(b) && err == nil; {
		if err := r.ctx.Err(); err != nil {
			return n, err
		}
		var got int
		got, err = src.Read(b[n:])
		n += got
		if got > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// cutPlace returns where the last comma between two objects of text ends, 0 if
// there is none near its end.
func cutPlace(text []byte) int {
	const far, tries = 64 << 10, 16
	start := max(0, len(text)-far)
	end := len(text)
	for range tries {
		i := bytes.LastIndex(text[start:end], []byte("},"))
		if i < 0 {
			break
		}
		end = start + i
		next := end + 2
		for next < len(text) && text[next] <= ' ' {
			next++
		}
		if next < len(text) && text[next] == '{' {
			return end + 2
		}
	}
	return 0
}

// front returns the chunk that is to be taken next, after waiting for it; nil
// when the context ends.
func (r *chunkReader) front() *chunk {
	if len(r.queue) == 0 {
		select {
		case c := <-r.ready:
			r.queue = append(r.queue, c)
		case <-r.ctx.Done():
			return nil
		}
	}
	return r.queue[0]
}

// more takes another chunk into the queue if one is ready.
func (r *chunkReader) more() bool {
	select {
	case c := <-r.ready:
		r.queue = append(r.queue, c)
		return true
	default:
		return false
	}
}

// leave takes the first chunk from the queue.
func (r *chunkReader) leave() *chunk {
	c := r.queue[0]
	r.queue = append(r.queue[:0], r.queue[1:]...)
	r.off = 0
	return c
}

// recycle hands back a chunk for other text.
func (r *chunkReader) recycle(c *chunk) { r.free <- c }

// Read takes bytes of one chunk. An error stays.
func (r *chunkReader) Read(p []byte) (int, error) {
	c := r.front()
	if c == nil {
		return 0, r.ctx.Err()
	}
	n := copy(p, c.data()[r.off:])
	r.off += n
	if r.off < c.size {
		return n, nil
	}
	if c.err == nil {
		r.recycle(r.leave())
		return n, nil
	}
	if n > 0 {
		return n, nil
	}
	if c.err == io.EOF || r.ctx.Err() != nil {
		return 0, c.err
	}
	return 0, fmt.Errorf("%s: reading at byte %d: %w", r.name, c.base+int64(c.size), c.err)
}
