package weights

import (
	"bytes"
	"io"
	"sync"

	"cocostat/internal/classcounts"
)

// recorder keeps what is read of standard input, so that it can be read again as
// something else: as much as a table of counts may have, but of what begins like
// the JSON of annotations no more than recordedJSON.
type recorder struct {
	sync.Mutex // a reader that gave up may still be reading
	from       io.Reader
	kept       []byte
	dropped    bool
}

const recordedJSON = 1 << 20

// Read is that of io.Reader.
func (r *recorder) Read(p []byte) (int, error) {
	r.Lock()
	defer r.Unlock()
	return r.read(p)
}

func (r *recorder) read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if r.dropped {
		return n, err
	}
	r.kept = append(r.kept, p[:n]...)
	if len(r.kept) > r.limit() {
		r.kept, r.dropped = nil, true
	}
	return n, err
}

// limit is how much is kept, by how it begins.
func (r *recorder) limit() int {
	if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(r.kept[:min(len(r.kept), 512)], []byte("\ufeff")), " \t\r\n"), []byte("{")) {
		return recordedJSON
	}
	return classcounts.MaxSize
}

// again reads what is left and returns all of it once more; ok is false where it
// was too much to keep.
func (r *recorder) again() (all io.Reader, ok bool) {
	if r == nil {
		return nil, false
	}
	r.Lock()
	defer r.Unlock()
	part := make([]byte, 64<<10)
	for !r.dropped {
		if _, err := r.read(part); err != nil {
			return io.MultiReader(bytes.NewReader(r.kept), failing{err}), !r.dropped
		}
	}
	return nil, false
}

// failing ends a reader as its source ended.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
