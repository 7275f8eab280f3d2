package source

import "io"

// storedReader reads the stored bytes.
type storedReader interface {
	io.Reader
	// sum returns the number of bytes and their hash, if it is wanted, once
	// Read has met the end.
	sum() (int64, []byte)
	// stop ends the reading, and the telling of progress.
	stop()
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
