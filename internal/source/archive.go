package source

import (
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
)

// SplitMember takes apart the path of a file in a zip archive,
// ARCHIVE.zip:MEMBER. Another path is the archive, and the member empty.
func SplitMember(path string) (archive, member string) {
	i := strings.Index(strings.ToLower(path), ".zip:")
	if i < 0 {
		return path, ""
	}
	return path[:i+4], path[i+5:]
}

// isArchive reports whether a file begins like a zip archive.
func isArchive(f io.ReaderAt) bool {
	head := make([]byte, 4)
	_, err := f.ReadAt(head, 0)
	return err == nil && (string(head) == "PK\x03\x04" || string(head) == "PK\x05\x06")
}

// openMember opens a file of an archive, or if member is "" the one that must
// be meant.
func (in *Text) openMember(archive, member string) (io.Reader, int64, error) {
	f, err := openFile(archive)
	if err != nil {
		return nil, 0, err
	}
	in.closers = append(in.closers, f)
	info, err := f.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", archive, err)
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, 0, fmt.Errorf("%s: cannot be read as a zip archive, perhaps it is truncated: %w", archive, err)
	}
	z.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor())
	m, err := findMember(z, archive, member)
	if err != nil {
		return nil, 0, err
	}
	in.given = archive + ":" + m.Name
	in.path = in.given
	if m.Flags&1 != 0 {
		return nil, 0, fmt.Errorf("%s: is encrypted: unpack it first", in.path)
	}
	r, err := m.Open()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: cannot open: %w", in.path, err)
	}
	in.closers = append(in.closers, r)
	return &compressed{r}, int64(m.UncompressedSize64), nil
}

// findMember returns the file of that name, or the archive's only annotation
// file if there is no name: JSON, or else CVAT's annotations.xml.
func findMember(z *zip.Reader, archive, member string) (*zip.File, error) {
	var files, instances, cvat []*zip.File
	for _, f := range z.File {
		if member != "" && f.Name == member {
			return f, nil
		}
		base := path.Base(f.Name)
		if base == "annotations.xml" {
			cvat = append(cvat, f)
		}
		if !isAnnotationName(base) || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		files = append(files, f)
		if strings.HasPrefix(base, "instances") {
			instances = append(instances, f)
		}
	}
	switch {
	case member == "" && len(instances) == 1:
		return instances[0], nil
	case member == "" && len(files) == 1:
		return files[0], nil
	case member == "" && len(files) == 0 && len(cvat) == 1:
		return cvat[0], nil
	case len(files) == 0:
		return nil, fmt.Errorf("%s: the archive holds no .json file, nor CVAT's annotations.xml: unpack it, or name a file, %s:FILE", archive, archive)
	case member == "":
		return nil, fmt.Errorf("%s: the archive holds several annotation files, give one of them:%s", archive, listMembers(archive, files))
	}
	return nil, fmt.Errorf("%s: the archive holds no file %q, but:%s", archive, member, listMembers(archive, files))
}

func isAnnotationName(base string) bool {
	return slices.ContainsFunc([]string{".json", ".json.gz", ".json.zst"}, func(end string) bool { return strings.HasSuffix(strings.ToLower(base), end) })
}

// listMembers writes a path on a line for each of the first files.
func listMembers(archive string, files []*zip.File) string {
	const most = 20
	var b strings.Builder
	for i, f := range files {
		if i == most {
			fmt.Fprintf(&b, "\n  and %d more", len(files)-most)
			break
		}
		fmt.Fprintf(&b, "\n  %s:%s", archive, f.Name)
	}
	return b.String()
}

// openFile opens a file that is no folder.
func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot open: %w", path, Cause(err))
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s: is a folder: give the annotation file in it", path)
	}
	return f, nil
}
