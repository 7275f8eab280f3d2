package source

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Options are the settings of Open.
type Options struct {
	// Progress, when set, is called from time to time with the stored bytes read
	// and their number (0 when unknown), from another goroutine, never after
	// Close has returned.
	Progress func(path string, read, size int64)
	NoHash   bool      // Stored has no hash: it need not be computed
	Stdin    io.Reader // what the path "-" reads; nil means os.Stdin
}

// Text is the text of a file, decompressed if need be, while its stored bytes
// are counted, and hashed on another goroutine.
type Text struct {
	given   string // the path to open, "-" for standard input
	path    string // the name in messages
	closers []io.Closer
	raw     storedReader
	text    io.Reader
	size    int64 // of the text in bytes, 0 where it is not known
}

// Stored describes a file as it is stored, compressed or not.
type Stored struct {
	Path   string // as given, with the member that was found in an archive; "-" is standard input
	Bytes  int64
	SHA256 string // lower-case hex, "" with Options.NoHash
}

// Open opens a path, "-" for standard input. What is compressed with gzip or
// zstd is recognised by its content, an archive too; ARCHIVE.zip:MEMBER names a
// file in one.
func Open(ctx context.Context, path string, opt Options) (*Text, error) {
	in := &Text{given: path, path: path}
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
		in.raw = newHashingReader(ctx, from, tell, !opt.NoHash, Piece(size, readSize))
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

// Name is the path for messages, with the member that was found in an archive.
func (in *Text) Name() string { return in.path }

// Size returns the number of bytes of the text, 0 where it is not known.
func (in *Text) Size() int64 { return in.size }

// Read is that of io.Reader.
func (in *Text) Read(p []byte) (int, error) { return in.text.Read(p) }

// Piece returns in what pieces to read so many bytes, 0 if that is not known: in
// one of most bytes, or smaller if all fit into it.
func Piece(size int64, most int) int {
	const least = 4 << 10
	if size <= 0 {
		return most
	}
	return int(min(max(size+1, least), int64(most)))
}

// open returns the stored bytes and how many they are, 0 if that is not known;
// direct tells that reading them does not block for long.
func (in *Text) open(opt Options) (from io.Reader, size int64, direct bool, err error) {
	if in.given == "-" {
		in.path = "stdin"
		if opt.Stdin != nil {
			return opt.Stdin, 0, false, nil
		}
		return os.Stdin, 0, false, nil
	}
	f, err := openFile(in.given)
	if archive, member := SplitMember(in.given); archive != in.given && errors.Is(err, fs.ErrNotExist) {
		from, size, err = in.openMember(archive, member)
		return from, size, false, err
	}
	if err != nil {
		return nil, 0, false, err
	}
	in.closers = append(in.closers, f)
	info, err := f.Stat()
	if err != nil {
		return nil, 0, false, fmt.Errorf("%s: %w", in.path, Cause(err))
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

// Cause returns what lies under an error that names the path once more.
func Cause(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// decompress sets text according to the first bytes.
func (in *Text) decompress() error {
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
		// Whoever reads the text needs the other processors.
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

// compressed says of a decompressor's errors what they mean.
type compressed struct{ io.Reader }

func (c *compressed) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil && err != io.EOF && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("decompressing (the file is damaged or truncated): %w", err)
	}
	return n, err
}

// Stored reads what is left of the stored bytes and describes them all.
func (in *Text) Stored() (Stored, error) {
	if _, err := io.Copy(io.Discard, in.raw); err != nil {
		return Stored{}, fmt.Errorf("%s: reading: %w", in.path, err)
	}
	n, sum := in.raw.sum()
	return Stored{Path: in.given, Bytes: n, SHA256: hex.EncodeToString(sum)}, nil
}

// Close ends the reading, at any point of it.
func (in *Text) Close() {
	if in.raw != nil {
		in.raw.stop()
	}
	for _, c := range slices.Backward(in.closers) {
		c.Close()
	}
}
