package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
)

// beginnings are how files start that people take for images that can be read,
// or get in their place.
var beginnings = []struct {
	at    int
	start string
	kind  string
}{
	{4, "ftypavif", "AVIF"}, {4, "ftypavis", "AVIF"},
	{4, "ftyphei", "HEIC"}, {4, "ftyphev", "HEIC"}, {4, "ftypmif1", "HEIF"}, {4, "ftyp", "a video, or an image of the HEIF family"},
	{0, "II*\x00", "TIFF"}, {0, "MM\x00*", "TIFF"},
	{0, "\xff\x0a", "JPEG XL"}, {0, "\x00\x00\x00\x0cJXL ", "JPEG XL"}, {0, "\x00\x00\x00\x0cjP  ", "JPEG 2000"},
	{0, "8BPS", "Photoshop"}, {0, "%PDF", "PDF"}, {0, "<svg", "SVG"}, {0, "<?xml", "XML, perhaps SVG"},
	{0, "<!doctype html", "a page of HTML, as a failed download leaves"}, {0, "<html", "a page of HTML, as a failed download leaves"},
	{0, "version https://git-lfs", "a pointer of Git LFS: run 'git lfs pull'"},
	{0, "{", "JSON"}, {0, "[", "JSON"}, {0, "PK\x03\x04", "a zip archive"}, {0, "\x1f\x8b", "gzip"},
}

// formatOf names the format of a file that is no image of a known one; "" if it
// is unknown as well.
func formatOf(file []byte) string {
	head := bytes.ToLower(file[:min(len(file), 64)])
	if trimmed := bytes.TrimLeft(head, " \t\r\n\ufeff"); len(trimmed) > 0 && trimmed[0] == '<' {
		head = trimmed
	}
	for _, b := range beginnings {
		if len(head) >= b.at && bytes.HasPrefix(head[b.at:], bytes.ToLower([]byte(b.start))) {
			return b.kind
		}
	}
	return ""
}

// headerError says why an image's header cannot be read.
func headerError(file []byte, err error) error {
	const known = "JPEG, PNG, WebP, GIF and BMP are read"
	if !errors.Is(err, image.ErrFormat) {
		return fmt.Errorf("cannot read its header: %w (a damaged file; %s)", err, known)
	}
	if kind := formatOf(file); kind != "" {
		return fmt.Errorf("it is no image that can be read, but %s; %s", kind, known)
	}
	return fmt.Errorf("unknown format: a damaged file, or no image; %s", known)
}
