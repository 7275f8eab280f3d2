//go:build !unix

package rawfile

import (
	"errors"
	"io/fs"
	"os"
)

// File is a file that is open for reading.
type File struct{ file *os.File }

// Open opens a file. Errors of it and of ReadAt do not name the file.
func Open(path string) (File, error) {
	f, err := os.Open(path)
	return File{f}, bare(err)
}

// openFolder says that folders need not be kept open.
func openFolder(string) (File, error) { return File{}, errors.ErrUnsupported }

func (f File) openIn(string) (File, error) { return File{}, errors.ErrUnsupported }

// ReadAt is that of io.ReaderAt.
func (f File) ReadAt(p []byte, at int64) (n int, err error) {
	n, err = f.file.ReadAt(p, at)
	return n, bare(err)
}

// Close closes the file. What was only read cannot be lost by it.
func (f File) Close() { _ = f.file.Close() }

// bare returns what lies under an error that names the path.
func bare(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}
