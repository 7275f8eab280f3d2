package subset

import (
	"bufio"
	"context"
	"fmt"
	"hash/crc32"
	"io"

	"cocostat/annotations"
)

// Write reads the file again and writes what stays of it. It fails if the file
// is not what it was when Read read it; what was written by then is worthless.
// progress is that of Options, or nil.
func (sel *Selection) Write(ctx context.Context, w io.Writer, progress func(path string, read, size int64)) error {
	s := sel.Source
	text, err := annotations.Open(ctx, s.path, annotations.Options{Progress: progress, NoHash: true})
	if err != nil {
		return err
	}
	defer text.Close()
	sum := summed{Reader: text, sum: crc32.New(castagnoli)}
	c := copier{ctx: ctx, in: bufio.NewReaderSize(&sum, window), out: w}
	if err := c.file(s.elements, sel.keep); err != nil {
		if err == errChanged || err == io.ErrUnexpectedEOF {
			err = changed(text.Name())
		}
		return err
	}
	if sum.sum.Sum32() != s.checksum {
		return changed(text.Name())
	}
	return nil
}

// changed is the error for a file that is not the one that was read first.
func changed(path string) error {
	return fmt.Errorf("%s: changed while it was read: nothing is written; try again when it is complete", path)
}
