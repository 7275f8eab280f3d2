package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The beginnings are those of the formats' specifications.
func TestUnknownFormats(t *testing.T) {
	for text, want := range map[string]string{
		"\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heic":        "HEIC",
		"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00":                "AVIF",
		"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a":                    "JPEG XL",
		"II*\x00\x08\x00\x00\x00":                                 "TIFF",
		"  \n<!DOCTYPE HTML><title>404</title>":                   "HTML",
		"<?xml version=\"1.0\"?><svg/>":                           "SVG",
		"version https://git-lfs.github.com/spec/v1\noid sha256:": "git lfs pull",
		"{\"images\":[]}":                                         "JSON",
		"nothing that anyone knows":                               "unknown format",
		"\x89PNG\r\n\x1a\nand no header":                          "damaged",
		"\xff\xd8\xffand nothing more":                            "header",
	} {
		path := filepath.Join(t.TempDir(), "image.jpg")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := ReadImage(Item{Path: path, ID: 3})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "WebP") {
			t.Errorf("%q: error %v, want one that mentions %q", text, err, want)
		}
	}
}
