// Package compress writes texts compressed as the names of their files ask for.
package compress

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// ByName calls fill with a writer that compresses as the file's name asks for: with
// gzip for .gz, with zstd for .zst. The bytes depend on what fill writes and on
// nothing else.
func ByName(w io.Writer, path string, fill func(io.Writer) error) error {
	var z io.WriteCloser
	var err error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		z = gzip.NewWriter(w)
	case ".zst":
		z, err = zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	default:
		return fill(w)
	}
	if err != nil {
		return err
	}
	if err := fill(z); err != nil {
		return err
	}
	return z.Close()
}
