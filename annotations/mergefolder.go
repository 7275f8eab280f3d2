package annotations

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// TablesIn returns the names of the files in a folder that are called like those
// of WriteTables, MergeFile among them; none if it is no folder or holds none.
func TablesIn(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if !e.IsDir() && isTableName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

func isTableName(name string) bool {
	stem, format, _ := strings.Cut(name, ".")
	return name == MergeFile || slices.Contains(TableNames, stem) && slices.Contains(TableFormats, TableFormat(format))
}

// tablesRemedy ends errors about folders of tables that cannot be repaired.
const tablesRemedy = "write the tables again with 'cocostat analyze -o'"

// readTables reads what was counted into the tables of a folder.
func readTables(ctx context.Context, dir string, opt Options) ([]counted, error) {
	path := filepath.Join(dir, MergeFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noMergeFile(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot open: %w", path, cause(err))
	}
	defer f.Close()
	header, size, err := readHeader(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := checkTables(ctx, dir, header.Tables); err != nil {
		return nil, err
	}
	if lacks := header.Options.lacking(opt); lacks != "" {
		return nil, fmt.Errorf("%s: its tables were written with %s, and that is not asked for here: give %s here as well, or write the tables again without it", path, lacks, lacks)
	}
	files, err := readTallies(f, header.Sources, size)
	if err != nil {
		return nil, fmt.Errorf("%s: damaged: %w; %s", path, err, tablesRemedy)
	}
	return files, nil
}

// noMergeFile says what a folder without a merge file lacks.
func noMergeFile(dir string) error {
	found := TablesIn(dir)
	if len(found) == 0 {
		return fmt.Errorf("%s: is a folder without tables of 'cocostat analyze -o': give the annotation file in it", dir)
	}
	return fmt.Errorf("%s: it holds %s and no %s, without which tables do not merge: copy the whole folder, or, if an earlier version of cocostat wrote it, %s",
		dir, strings.Join(found, ", "), MergeFile, tablesRemedy)
}

// mostHeader is the size in bytes up to which a header is read.
const mostHeader = 16 << 20

// readHeader checks a merge file as a whole and reads its header; the file is
// then where the tallies begin, of which there are size bytes.
func readHeader(ctx context.Context, f *os.File) (header mergeHeader, size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return header, 0, cause(err)
	}
	if !info.Mode().IsRegular() {
		return header, 0, errors.New("it is no regular file: copy the folder of tables to a disk")
	}
	magic := make([]byte, len(mergeMagic)+len(mergeVersion)+1)
	if n, err := f.ReadAt(magic, 0); err != nil && err != io.EOF {
		return header, 0, cause(err)
	} else if magic = magic[:n]; !bytes.HasPrefix(magic, []byte(mergeMagic)) {
		return header, 0, fmt.Errorf("it does not begin as the %s of tables does: copy the folder again, or %s", MergeFile, tablesRemedy)
	}
	if version := string(magic[len(mergeMagic):]); version != mergeVersion+"\n" {
		return header, 0, fmt.Errorf("it has another version of the format than %s%s: merge with the version of cocostat that wrote it, or %s with this one",
			mergeMagic, mergeVersion, tablesRemedy)
	}
	if err := checkSum(ctx, f, info.Size()); err != nil {
		return header, 0, err
	}
	line, err := headerLine(f, int64(len(magic)))
	if err == nil {
		err = json.Unmarshal(line, &header)
	}
	if err != nil {
		return header, 0, fmt.Errorf("damaged: the header: %w; %s", err, tablesRemedy)
	}
	from := int64(len(magic) + len(line) + 1)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return header, 0, cause(err)
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
	cut := fmt.Errorf("damaged or cut off: the checksum at its end is not that of its %d bytes; copy the folder again, or %s", size, tablesRemedy)
	if size < sha256.Size {
		return cut
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, &contextReader{ctx, io.NewSectionReader(f, 0, size-sha256.Size)}); err != nil {
		return fmt.Errorf("reading: %w", cause(err))
	}
	want := make([]byte, sha256.Size)
	if _, err := f.ReadAt(want, size-sha256.Size); err != nil {
		return fmt.Errorf("reading: %w", cause(err))
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return cut
	}
	return nil
}

// contextReader ends when the context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// checkTables checks that a folder holds the tables of its merge file, and no
// others.
func checkTables(ctx context.Context, dir string, want []tableFile) error {
	for _, t := range want {
		if filepath.Base(t.Name) != t.Name {
			return fmt.Errorf("%s: damaged: the table %q is in another folder; %s", filepath.Join(dir, MergeFile), t.Name, tablesRemedy)
		}
		if err := checkTable(ctx, filepath.Join(dir, t.Name), t); err != nil {
			return err
		}
	}
	for _, name := range TablesIn(dir) {
		if name != MergeFile && !slices.ContainsFunc(want, func(t tableFile) bool { return t.Name == name }) {
			return fmt.Errorf("%s: does not belong to the tables in its folder, which %s tells: remove it", filepath.Join(dir, name), MergeFile)
		}
	}
	return nil
}

func checkTable(ctx context.Context, path string, want tableFile) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: is missing beside %s: copy the whole folder of tables", path, MergeFile)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot open: %w", path, cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() != want.Bytes {
		return fmt.Errorf("%s: it has %d bytes, and %d when it was written: it was cut off, changed or replaced; copy the folder again, or %s", path, info.Size(), want.Bytes, tablesRemedy)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, &contextReader{ctx, f}); err != nil {
		return fmt.Errorf("%s: reading: %w", path, cause(err))
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return fmt.Errorf("%s: it is not what was written together with %s: it was damaged, changed or replaced; copy the folder again, or %s", path, MergeFile, tablesRemedy)
	}
	return nil
}

// readTallies reads what follows the header.
func readTallies(f io.Reader, n int, size int64) ([]counted, error) {
	r := newMergeReader(io.LimitReader(f, size), size)
	var files []counted
	for i := 0; i < n && r.err == nil; i++ {
		source := r.source()
		files = append(files, counted{r.tally(), source})
	}
	return files, r.end()
}

// checkSources refuses a file that was counted twice, and two files of one path:
// places in messages could not be told apart.
func checkSources(files []counted) error {
	places := map[string]Source{}
	for _, f := range files {
		name := f.file
		if f.source.Path != "-" && f.source.Path == f.file {
			name = filepath.Clean(name)
		}
		other, known := places[name]
		places[name] = f.source
		switch {
		case !known:
		case other.Bytes == f.source.Bytes && (other.SHA256 == f.source.SHA256 || other.SHA256 == "" || f.source.SHA256 == ""):
			return fmt.Errorf("%s is counted twice, in tables or beside them: its annotations would count twice; leave one out", f.file)
		default:
			return fmt.Errorf("two different files are called %s in the tables, so that places in them could not be told apart: give one another name or folder, and %s", f.file, tablesRemedy)
		}
	}
	return nil
}
