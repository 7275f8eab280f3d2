// Package wholefile reads files into memory that may turn out to be endless: a
// device or a pipe is read on only if it begins as it should.
package wholefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Head is the number of bytes that a check gets, unless there are fewer.
const Head = 512

// Read reads the file at path, of at most limit bytes, once check agrees with
// how it begins.
func Read(path string, limit int64, check func(head []byte) error) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return From(f, limit, check)
}

// From is Read of what is open.
func From(r io.Reader, limit int64, check func(head []byte) error) ([]byte, error) {
	var b bytes.Buffer
	if f, is := r.(*os.File); is {
		info, err := f.Stat()
		switch {
		case err == nil && info.IsDir():
			return nil, errors.New("it is a folder")
		case err == nil && info.Mode().IsRegular() && info.Size() <= limit:
			b.Grow(int(info.Size()) + bytes.MinRead)
		}
	}
	if _, err := b.ReadFrom(io.LimitReader(r, Head)); err != nil {
		return nil, err
	}
	if err := check(b.Bytes()); err != nil {
		return nil, err
	}
	if _, err := b.ReadFrom(io.LimitReader(r, limit+1-int64(b.Len()))); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return b.Bytes(), nil
}
