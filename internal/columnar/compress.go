package columnar

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// The compressions that are read.
const (
	codecNone     = "none"
	codecSnappy   = "SNAPPY"
	codecGzip     = "GZIP"
	codecBrotli   = "BROTLI"
	codecZstd     = "ZSTD"
	codecLZ4Frame = "LZ4"
)

// codecOverhead is more than what a decoder takes beside its output.
const codecOverhead = 128 << 10

// decompress returns the content of raw, which must have size bytes.
func decompress(budget *Budget, codec string, raw []byte, size int64) ([]byte, error) {
	if size < 0 {
		return nil, fmt.Errorf("an uncompressed size of %d", size)
	}
	if err := budget.Take(1, codecOverhead); err != nil {
		return nil, err
	}
	if err := budget.Take(size, 1); err != nil {
		return nil, err
	}
	in := bytes.NewReader(raw)
	switch codec {
	case codecSnappy:
		if n, err := snappy.DecodedLen(raw); err != nil || int64(n) != size {
			return nil, fmt.Errorf("a block of %d bytes, want %d", n, size)
		}
		return snappy.Decode(nil, raw)
	case codecGzip:
		r, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		return readExactly(r, size)
	case codecBrotli:
		return readExactly(brotli.NewReader(in), size)
	case codecZstd:
		return unzstd(raw, size)
	}
	// A block may have up to 4 MiB, of which the decoder keeps several.
	if err := budget.Take(1, min(4<<20, 4*size)); err != nil {
		return nil, err
	}
	return readExactly(lz4.NewReader(in), size)
}

// unzstd decompresses into size bytes; what does not fit is an error.
func unzstd(raw []byte, size int64) ([]byte, error) {
	const widest = 8 << 20
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxWindow(widest), zstd.WithDecoderMaxMemory(uint64(max(size, widest))))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	out, err := d.DecodeAll(raw, make([]byte, 0, size))
	if err == nil && int64(len(out)) != size {
		err = fmt.Errorf("%d bytes, want %d", len(out), size)
	}
	return out, err
}

// readExactly reads size bytes, after which r must end.
func readExactly(r io.Reader, size int64) ([]byte, error) {
	out := make([]byte, size)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, err
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 || err != io.EOF {
		return nil, errors.New("more bytes than it should have, or damage at its end")
	}
	return out, nil
}
