package annotations

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// input is an annotation file being read: its text, decompressed if need be,
// while its stored bytes are counted, and hashed on another goroutine.
type input struct {
	given   string // the path to open, "-" for stdin
	path    string // the name in messages
	closers []io.Closer
	raw     storedReader
	text    io.Reader
	size    int64 // of the text in bytes, 0 where it is not known
}

// storedReader reads the stored bytes.
type storedReader interface {
	io.Reader
	// sum returns the number of bytes and their hash, if it is wanted, once
	// Read has met the end.
	sum() (int64, []byte)
	// stop ends the reading, and the telling of progress.
	stop()
}

// openInput opens a path, "-" for stdin.
func openInput(ctx context.Context, path string, opt Options) (*input, error) {
	in := &input{given: path, path: path}
	from, size, direct, err := in.open(opt)
	if err != nil {
		in.Close()
		return nil, err
	}
	var tell func(int64)
	if opt.Progress != nil {
		tell = func(read int64) { opt.Progress(in.path, read, size) }
	}
	if direct && opt.NoHash {
		in.raw = &countingReader{from: from, tell: tell}
	} else {
		in.raw = newHashingReader(ctx, from, tell, !opt.NoHash, pieceOf(size, readSize))
	}
	if err := in.decompress(); err != nil {
		in.Close()
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	if _, plain := in.text.(*rejoined); plain {
		in.size = size
	}
	return in, nil
}

// chunk returns the size of the chunks in which to scan the text.
func (in *input) chunk() int { return pieceOf(in.size, chunkSize) }

// pieceOf returns in what pieces to read so many bytes, 0 if that is not known:
// in one of most bytes, or smaller if all fit into it.
func pieceOf(size int64, most int) int {
	const least = 4 << 10
	if size <= 0 {
		return most
	}
	return int(min(max(size+1, least), int64(most)))
}

// open returns the stored bytes and how many they are, 0 if that is not known;
// direct tells that reading them does not block for long.
func (in *input) open(opt Options) (from io.Reader, size int64, direct bool, err error) {
	if in.given == "-" {
		in.path = "stdin"
		if opt.Stdin != nil {
			return opt.Stdin, 0, false, nil
		}
		return os.Stdin, 0, false, nil
	}
	f, err := openFile(in.given)
	if archive, member, ok := splitMember(in.given); ok && errors.Is(err, fs.ErrNotExist) {
		from, size, err = in.openMember(archive, member)
		return from, size, false, err
	}
	if err != nil {
		return nil, 0, false, err
	}
	in.closers = append(in.closers, f)
	info, err := f.Stat()
	if err != nil {
		return nil, 0, false, fmt.Errorf("%s: %w", in.path, cause(err))
	}
	if !info.Mode().IsRegular() {
		return f, info.Size(), false, nil
	}
	if isArchive(f) {
		from, size, err = in.openMember(in.given, "")
		return from, size, false, err
	}
	return f, info.Size(), true, nil
}

// cause returns what lies under an error that names the path once more.
func cause(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// decompress sets text according to the first bytes.
func (in *input) decompress() error {
	head := make([]byte, 4)
	n, err := io.ReadFull(in.raw, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	all := &rejoined{head: head[:n], rest: in.raw}
	in.text = all
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(all)
		if err != nil {
			return fmt.Errorf("decompressing: %w", err)
		}
		in.text = &compressed{z}
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		// The scanner's workers need the other processors.
		z, err := zstd.NewReader(all, zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return fmt.Errorf("decompressing: %w", err)
		}
		in.text = &compressed{z}
		in.closers = append(in.closers, z.IOReadCloser())
	}
	return nil
}

// rejoined reads head, then rest.
type rejoined struct {
	head []byte
	rest io.Reader
}

func (r *rejoined) Read(p []byte) (int, error) {
	if len(r.head) == 0 {
		return r.rest.Read(p)
	}
	n := copy(p, r.head)
	r.head = r.head[n:]
	return n, nil
}

// countingReader reads a file without further ado. Reading files does not
// block for long, so that nobody need be able to leave a Read that is waiting.
type countingReader struct {
	from  io.Reader
	tell  func(read int64)
	total int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.total += int64(n)
	if r.tell != nil {
		r.tell(r.total)
	}
	return n, err
}

func (r *countingReader) sum() (int64, []byte) { return r.total, nil }
func (r *countingReader) stop()                { r.tell = nil }

// compressed says of a decompressor's errors what they mean.
type compressed struct{ io.Reader }

func (c *compressed) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil && err != io.EOF && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("decompressing (the file is damaged or truncated): %w", err)
	}
	return n, err
}

// source reads what is left and returns the size and hash of all bytes.
func (in *input) source() (Source, error) {
	if _, err := io.Copy(io.Discard, in.raw); err != nil {
		return Source{}, fmt.Errorf("%s: reading: %w", in.path, err)
	}
	n, sum := in.raw.sum()
	return Source{Path: in.given, Bytes: n, SHA256: hex.EncodeToString(sum)}, nil
}

// Close ends the reading, at any point of it.
func (in *input) Close() {
	if in.raw != nil {
		in.raw.stop()
	}
	for _, c := range slices.Backward(in.closers) {
		c.Close()
	}
}

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
