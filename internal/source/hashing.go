package source

import (
	"context"
	"crypto/sha256"
	"io"
	"sync"
	"sync/atomic"
)

// block is a piece of the stored bytes, shared by the reader's consumer and
// the hash; the last of the two hands it back.
type block struct {
	data  []byte
	room  []byte
	err   error // io.EOF and others, after data
	users atomic.Int32
}

// hashingReader reads ahead by a few blocks and hashes them as it goes.
type hashingReader struct {
	ctx    context.Context
	cancel context.CancelFunc
	free   chan *block
	ready  chan *block
	now    *block // being consumed
	rest   []byte // of now.data
	err    error

	hashed chan struct{} // closed when the hash is complete
	total  int64
	digest []byte

	telling sync.Mutex
	stopped bool // nothing more is told
}

const (
	readBlocks = 6
	readSize   = 256 << 10
)

func newHashingReader(ctx context.Context, from io.Reader, tell func(read int64), hash bool, size int) *hashingReader {
	r := &hashingReader{
		free:   make(chan *block, readBlocks),
		ready:  make(chan *block, readBlocks),
		hashed: make(chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	for range readBlocks {
		r.free <- &block{room: make([]byte, size)}
	}
	toHash := make(chan *block, readBlocks)
	go r.read(from, toHash, tell)
	go r.consume(toHash, hash)
	return r
}

// read passes the blocks on until the source ends. The channels have room for
// all blocks, so that sending never waits.
func (r *hashingReader) read(from io.Reader, toHash chan<- *block, tell func(int64)) {
	defer close(toHash)
	var total int64
	for {
		var b *block
		select {
		case b = <-r.free:
		case <-r.ctx.Done():
			return
		}
		n, err := io.ReadFull(from, b.room)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		b.data, b.err = b.room[:n], err
		b.users.Store(2)
		total += int64(n)
		if tell != nil && !r.tell(tell, total) {
			return
		}
		toHash <- b
		r.ready <- b
		if err != nil {
			return
		}
	}
}

// tell reports progress, unless the reader was stopped.
func (r *hashingReader) tell(to func(int64), total int64) bool {
	r.telling.Lock()
	defer r.telling.Unlock()
	if !r.stopped {
		to(total)
	}
	return !r.stopped
}

// consume counts the bytes, and hashes them if that is wanted.
func (r *hashingReader) consume(blocks <-chan *block, hash bool) {
	h := sha256.New()
	for b := range blocks {
		if hash {
			h.Write(b.data)
		}
		r.total += int64(len(b.data))
		r.release(b)
	}
	if hash {
		r.digest = h.Sum(nil)
	}
	close(r.hashed)
}

func (r *hashingReader) release(b *block) {
	if b.users.Add(-1) == 0 {
		r.free <- b
	}
}

// Read is that of io.Reader. It ends early when the context does.
func (r *hashingReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		select {
		case b := <-r.ready:
			r.now, r.rest, r.err = b, b.data, b.err
			if len(b.data) == 0 {
				r.release(b)
			}
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		}
	}
	n := copy(p, r.rest)
	if r.rest = r.rest[n:]; len(r.rest) == 0 {
		r.release(r.now)
	}
	return n, nil
}

// sum returns the number of bytes and their hash once Read has met the end.
func (r *hashingReader) sum() (int64, []byte) {
	<-r.hashed
	return r.total, r.digest
}

// stop ends the goroutines, at the latest when the read under way returns.
// Progress is not told any more when it returns.
func (r *hashingReader) stop() {
	r.cancel()
	r.telling.Lock()
	defer r.telling.Unlock()
	r.stopped = true
}

// Hash returns the SHA-256 of what r reads. It ends when the context does.
func Hash(ctx context.Context, r io.Reader) ([]byte, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, &contextReader{ctx, r})
	return sum.Sum(nil), err
}

// contextReader ends when the context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
