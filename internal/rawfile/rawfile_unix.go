//go:build unix

package rawfile

import (
	"io"

	"golang.org/x/sys/unix"
)

// File is a file that is open for reading.
type File struct{ descriptor int }

// Open opens a file. It does not wait for who writes into a pipe. Errors of it and
// of ReadAt do not name the file.
func Open(path string) (File, error) { return openAt(unix.AT_FDCWD, path, 0) }

func openAt(folder int, name string, flags int) (File, error) {
	for {
		fd, err := unix.Openat(folder, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|flags, 0)
		if err != unix.EINTR {
			return File{fd}, err
		}
	}
}

// openIn opens a file in a folder that is open.
func (f File) openIn(name string) (File, error) { return openAt(f.descriptor, name, 0) }

func openFolder(path string) (File, error) { return openAt(unix.AT_FDCWD, path, unix.O_DIRECTORY) }

// ReadAt is that of io.ReaderAt.
func (f File) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		m, err := unix.Pread(f.descriptor, p[n:], at+int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, err
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

// Close closes the file. What was only read cannot be lost by it.
func (f File) Close() { _ = unix.Close(f.descriptor) }
