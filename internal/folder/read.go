package folder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"cocostat/internal/rawfile"
)

// ErrSize says that a file is larger than Reading.Most.
var ErrSize = errors.New("too large for a file of this kind")

// Reading says how many small files are read: several at a time, in batches of
// files that follow each other, each of which becomes a B.
type Reading[B any] struct {
	Root  string   // the folder that the names are below
	Names []string // with slashes; a full path stands for itself, "" for no file
	Most  int64    // bytes that a file may have

	// Parse adds file i to a batch. text is valid during the call; err says why the
	// file cannot be read, ErrSize and fs.ErrNotExist among others, and names no
	// file. It is called from several goroutines, for the files of a batch in order.
	// An error ends the reading.
	Parse func(b *B, i int, text []byte, err error) error
	// Take gets the batches in order, from the goroutine of the caller of Run.
	Take func(b *B) error
	// Enter, if not nil, gets each batch once more, from any goroutine, several at a
	// time; the numbers of the workers that do so are small and different. A batch is
	// used again when it returns: Reset, if not nil, empties it for that.
	Enter func(b *B, worker int)
	Reset func(b *B)

	Progress func(read, size int64) // as annotations.Options.Progress; size is an estimate
	NoHash   bool
}

// Sum describes the files that were read.
type Sum struct {
	Bytes  int64
	SHA256 string // what "sha256sum NAME … | sha256sum" prints of those that are there; "" with NoHash
}

// Run reads the files.
func (r *Reading[B]) Run(ctx context.Context) (Sum, error) {
	run := &reading[B]{Reading: r, ctx: ctx, all: sha256.New(), jobs: make(chan *batch[B])}
	return run.run()
}

const (
	perBatch = 128 // files
	// perProcessor is how many workers a processor has: they wait for the disk, and
	// for the system, most of the time.
	perProcessor = 4
)

// batch is a number of files that follow each other.
type batch[B any] struct {
	from, to int
	data     B
	bytes    int64
	lines    []byte // for the hash
	err      error
	entering bool // Take has had it
	done     chan struct{}
}

type reading[B any] struct {
	*Reading[B]
	ctx   context.Context
	all   hash.Hash
	jobs  chan *batch[B]
	bytes int64

	folders rawfile.Folders
}

func (r *reading[B]) run() (Sum, error) {
	workers := min(perProcessor*runtime.GOMAXPROCS(0), (len(r.Names)+perBatch-1)/perBatch)
	most := 3 * workers // batches at a time: one to read, one to take, one to enter
	r.jobs = make(chan *batch[B], 2*most)
	free := make(chan *batch[B], most)
	for range most {
		free <- &batch[B]{done: make(chan struct{}, 1)}
	}
	defer r.folders.Close()
	var working sync.WaitGroup
	for n := range workers {
		w := &worker[B]{reading: r, number: n, free: free}
		working.Go(w.run)
	}
	err := r.inOrder(free)
	close(r.jobs)
	working.Wait()
	if err != nil {
		return Sum{}, err
	}
	sum := Sum{Bytes: r.bytes}
	if !r.NoHash {
		sum.SHA256 = hex.EncodeToString(r.all.Sum(nil))
	}
	return sum, nil
}

// inOrder hands out batches of files and takes what is made of them.
func (r *reading[B]) inOrder(free chan *batch[B]) error {
	var queue []*batch[B] // in work
	for from := 0; from < len(r.Names) || len(queue) > 0; {
		var next *batch[B]
		if from < len(r.Names) && len(queue) < cap(free)*2/3 {
			select {
			case next = <-free:
			case <-r.ctx.Done():
				return r.ctx.Err()
			}
			next.from, next.to = from, min(from+perBatch, len(r.Names))
			from = next.to
			queue = append(queue, next)
			r.jobs <- next
			continue
		}
		b := queue[0]
		queue = queue[1:]
		select {
		case <-b.done:
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		if err := r.take(b); err != nil {
			return err
		}
		if r.Enter == nil {
			b.clear(r.Reading)
			free <- b
			continue
		}
		b.entering = true
		r.jobs <- b
	}
	return nil
}

func (r *reading[B]) take(b *batch[B]) error {
	r.bytes += b.bytes
	if !r.NoHash {
		_, _ = r.all.Write(b.lines)
	}
	if r.Progress != nil {
		r.Progress(r.bytes, r.bytes*int64(len(r.Names))/int64(b.to))
	}
	return r.Take(&b.data)
}

func (b *batch[B]) clear(r *Reading[B]) {
	if r.Reset != nil {
		r.Reset(&b.data)
	} else {
		var none B
		b.data = none
	}
	b.bytes, b.lines, b.err, b.entering = 0, b.lines[:0], nil, false
}

// worker reads files, and enters what was made of them.
type worker[B any] struct {
	*reading[B]
	number int
	free   chan<- *batch[B]
	text   []byte
}

func (w *worker[B]) run() {
	for b := range w.jobs {
		if b.entering {
			w.Enter(&b.data, w.number)
			b.clear(w.Reading)
			w.free <- b
			continue
		}
		b.err = w.read(b)
		b.done <- struct{}{}
	}
}

// read reads the files of a batch.
func (w *worker[B]) read(b *batch[B]) error {
	for i := b.from; i < b.to; i++ {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		name := w.Names[i]
		text, err := []byte(nil), error(os.ErrNotExist)
		if name != "" {
			text, err = w.file(name)
		}
		if err == nil {
			b.bytes += int64(len(text))
		}
		if err == nil && !w.NoHash {
			sum := sha256.Sum256(text)
			b.lines = hex.AppendEncode(b.lines, sum[:])
			b.lines = append(append(append(b.lines, "  "...), name...), '\n')
		}
		if err := w.Parse(&b.data, i, text, err); err != nil {
			return err
		}
	}
	return nil
}

// file reads a file as a whole.
func (w *worker[B]) file(name string) ([]byte, error) {
	at := filepath.FromSlash(name)
	if !filepath.IsAbs(at) {
		at = filepath.Join(w.Root, at)
	}
	f, err := w.folders.Open(at)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for n := 0; ; {
		if n == cap(w.text) {
			w.text = slices.Grow(w.text[:n], max(n, 64<<10))
		}
		m, err := f.ReadAt(w.text[n:cap(w.text)], int64(n))
		n += m
		switch {
		case w.Most > 0 && int64(n) > w.Most:
			return nil, fmt.Errorf("more than %d bytes are %w", w.Most, ErrSize)
		case err == io.EOF:
			return w.text[:n], nil
		case err != nil:
			return nil, kind(at, err)
		}
	}
}

// kind says what it is that cannot be read, if it is no file.
func kind(path string, err error) error {
	info, failed := os.Stat(path)
	if failed != nil || info.Mode().IsRegular() {
		return err
	}
	what := "a device or socket"
	switch mode := info.Mode(); {
	case mode.IsDir():
		what = "a folder"
	case mode&os.ModeNamedPipe != 0:
		what = "a pipe"
	}
	return errors.New("is no file, but " + what)
}
