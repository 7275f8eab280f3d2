package annotations

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"cocostat/internal/source"
)

// TablesRemedy ends errors about tables that cannot be repaired.
const TablesRemedy = "write the tables again with 'cocostat analyze -o'"

// ReadMerge reads the tallies of a merge file, once check has seen which tables
// stand beside it. Those that were written with NoCrowd, ByName or Selection need
// the same options again. The file is checked as a whole first. boxes are those of
// each file in the table boxes, nil if there is no such table.
func ReadMerge(ctx context.Context, path string, opt Options, check func([]TableFile) error) (tallies []*Tally, boxes []FileBoxes, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: cannot open: %w", path, source.Cause(err))
	}
	defer f.Close()
	header, size, err := readHeader(ctx, f)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := check(header.Tables); err != nil {
		return nil, nil, err
	}
	if lacks := header.Options.lacking(opt); lacks != "" {
		return nil, nil, fmt.Errorf("%s: its tables were written with %s, and that is not asked for here: give %s here as well, or write the tables again without it", path, lacks, lacks)
	}
	if tallies, err = readTallies(f, header, size); err != nil {
		return nil, nil, fmt.Errorf("%s: damaged: %w; %s", path, err, TablesRemedy)
	}
	if opt.Rows != nil && len(header.Boxes) == len(tallies) {
		boxes, err = fileBoxes(tallies, header)
	}
	return tallies, boxes, err
}

// mostHeader is the size in bytes up to which a header is read.
const mostHeader = 16 << 20

// readHeader checks a merge file as a whole and reads its header; the file is
// then where the tallies begin, of which there are size bytes.
func readHeader(ctx context.Context, f *os.File) (header mergeHeader, size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return header, 0, source.Cause(err)
	}
	if !info.Mode().IsRegular() {
		return header, 0, errors.New("it is no regular file: copy the folder of tables to a disk")
	}
	magic := make([]byte, len(mergeMagic)+len(mergeVersion)+1)
	if n, err := f.ReadAt(magic, 0); err != nil && err != io.EOF {
		return header, 0, source.Cause(err)
	} else if magic = magic[:n]; !bytes.HasPrefix(magic, []byte(mergeMagic)) {
		return header, 0, fmt.Errorf("it does not begin as the %s of tables does: copy the folder again, or %s", MergeFile, TablesRemedy)
	}
	if version := string(magic[len(mergeMagic):]); version != mergeVersion+"\n" {
		return header, 0, fmt.Errorf("it has another version of the format than %s%s: merge with the version of cocostat that wrote it, or %s with this one",
			mergeMagic, mergeVersion, TablesRemedy)
	}
	if err := checkSum(ctx, f, info.Size()); err != nil {
		return header, 0, err
	}
	line, err := headerLine(f, int64(len(magic)))
	if err == nil {
		err = json.Unmarshal(line, &header)
	}
	if err != nil {
		return header, 0, fmt.Errorf("damaged: the header: %w; %s", err, TablesRemedy)
	}
	from := int64(len(magic) + len(line) + 1)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return header, 0, source.Cause(err)
	}
	return header, info.Size() - sha256.Size - from, nil
}

// headerLine reads a line from a place on.
func headerLine(f *os.File, at int64) ([]byte, error) {
	var line []byte
	for len(line) < mostHeader {
		part := make([]byte, 4<<10)
		n, err := f.ReadAt(part, at+int64(len(line)))
		if end := bytes.IndexByte(part[:n], '\n'); end >= 0 {
			return append(line, part[:end]...), nil
		}
		if err != nil {
			return nil, noEOF(err)
		}
		line = append(line, part[:n]...)
	}
	return nil, fmt.Errorf("a line of more than %d bytes", mostHeader)
}

// checkSum compares a merge file with the checksum at its end.
func checkSum(ctx context.Context, f *os.File, size int64) error {
	cut := fmt.Errorf("damaged or cut off: the checksum at its end is not that of its %d bytes; copy the folder again, or %s", size, TablesRemedy)
	if size < sha256.Size {
		return cut
	}
	sum, err := source.Hash(ctx, io.NewSectionReader(f, 0, size-sha256.Size))
	if err != nil {
		return fmt.Errorf("reading: %w", source.Cause(err))
	}
	want := make([]byte, sha256.Size)
	if _, err := f.ReadAt(want, size-sha256.Size); err != nil {
		return fmt.Errorf("reading: %w", source.Cause(err))
	}
	if !bytes.Equal(sum, want) {
		return cut
	}
	return nil
}

// readTallies reads what follows the header.
func readTallies(f io.Reader, header mergeHeader, size int64) ([]*Tally, error) {
	r := newMergeReader(io.LimitReader(f, size), size)
	var files []*Tally
	for i := 0; i < header.Sources && r.err == nil; i++ {
		from := r.source()
		var parts []string
		if header.Parts {
			r.each(func() { parts = append(parts, r.text()) })
		}
		t := r.tally()
		t.Source, t.files = from, parts
		files = append(files, t)
	}
	return files, r.end()
}
