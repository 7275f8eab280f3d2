// Package filekind says what a file is, by how it begins, for messages about files
// that were given in the place of others.
package filekind

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"cocostat/internal/xmltext"
)

// magics are how binary files begin.
var magics = []struct{ prefix, is string }{
	{"ARROW1", "an Arrow file"},
	{"\xff\xff\xff\xff", "an Arrow stream"},
	{"PAR1", "a Parquet file"},
	{"PK\x03\x04", "a zip archive"},
	{"PK\x05\x06", "an empty zip archive"},
	{"\x1f\x8b", "a file compressed with gzip"},
	{"\x28\xb5\x2f\xfd", "a file compressed with zstd"},
	{"BZh", "a file compressed with bzip2"},
	{"\xfd7zXZ\x00", "a file compressed with xz"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{"Rar!", "a RAR archive"},
	{"\xff\xd8\xff", "a JPEG image"},
	{"\x89PNG", "a PNG image"},
	{"GIF8", "a GIF image"},
	{"RIFF", "a WebP image, or sound"},
	{"II*\x00", "a TIFF image"},
	{"MM\x00*", "a TIFF image"},
	{"%PDF", "a PDF document"},
	{"\x93NUMPY", "a NumPy file"},
	{"\x89HDF", "an HDF5 file"},
	{"SQLite format 3", "an SQLite database"},
	{"\x80\x02", "a Python pickle"},
	{"\x80\x03", "a Python pickle"},
	{"\x80\x04", "a Python pickle"},
	{"\x80\x05", "a Python pickle"},
	{"\xff\xfe", "UTF-16 text"},
	{"\xfe\xff", "UTF-16 text"},
	{"version https://git-lfs", "a Git LFS pointer, not the file: fetch it with git lfs pull"},
}

var (
	html     = regexp.MustCompile(`(?i)^(<!doctype html|<html|<head|<body)`)
	yaml     = regexp.MustCompile(`^(---|%YAML|[A-Za-z_][\w .-]*:([ \t]|\r?\n))`)
	yamlMore = regexp.MustCompile(`\n([A-Za-z_0-9][\w .-]*:|[ \t]*- |[ \t]+[\w'"]+[\w .'"-]*:)`)
	labels   = regexp.MustCompile(`^\d+([ \t]+-?\d*\.?\d+([eE][-+]?\d+)?){4,}\s*(\n|$)`)
)

// Of says what a file is whose beginning is head, with its article; "" if that is
// not known. It says nothing of JSON that is an object, which may be anything.
func Of(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return m.is
		}
	}
	if is := binaryOf(head); is != "" {
		return is
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	switch {
	case len(head) == 0:
		return "an empty file"
	case len(text) == 0:
		return "a file of nothing but spaces"
	case html.Match(text):
		return "an HTML page, perhaps an error page that was saved in place of the download"
	case text[0] == '<':
		return xmlOf(text)
	case text[0] == '[':
		return "a JSON list"
	case labels.Match(text):
		return "YOLO text, the labels of one image"
	case yaml.Match(text) && (bytes.HasPrefix(text, []byte("---")) || yamlMore.Match(text) || bytes.Count(text, []byte{'\n'}) == 0):
		return "YAML"
	}
	return tableOf(text)
}

// binaryOf tells files that begin with a number.
func binaryOf(head []byte) string {
	if len(head) < 9 {
		return ""
	}
	if n := binary.LittleEndian.Uint64(head); n > 1 && n < 1<<27 && head[8] == '{' {
		return "a safetensors file"
	}
	if (head[0] == 0) != (head[1] == 0) && head[0]|head[1] < 0x80 && (head[2] == 0) == (head[0] == 0) && (head[3] == 0) == (head[1] == 0) {
		return "UTF-16 text"
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return "a binary file"
	}
	return ""
}

// xmlOf names XML by its root.
func xmlOf(text []byte) string {
	switch root := xmltext.Root(text); root {
	case "":
		return "XML"
	case "annotation":
		return "Pascal VOC XML"
	case "annotations":
		return "CVAT XML"
	default:
		return fmt.Sprintf("XML, <%.50s>", root)
	}
}

// tableOf names a table of text by its columns.
func tableOf(text []byte) string {
	line, rest, more := bytes.Cut(text, []byte{'\n'})
	next, _, _ := bytes.Cut(rest, []byte{'\n'})
	if !utf8.Valid(line) || len(line) > 1000 {
		return ""
	}
	for _, c := range []string{",", ";", "\t"} {
		columns := bytes.Count(line, []byte(c))
		if columns == 0 || !more || bytes.Count(next, []byte(c)) < columns {
			continue
		}
		names := strings.Split(strings.TrimSpace(string(line)), c)
		const most = 6
		if len(names) > most {
			names = append(names[:most], "…")
		}
		return "a table (CSV) with the columns " + strings.Join(names, ", ")
	}
	return ""
}
