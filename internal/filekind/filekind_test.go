package filekind_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"cocostat/internal/filekind"
)

func TestOf(t *testing.T) {
	tensors := append(binary.LittleEndian.AppendUint64(nil, 200), `{"a": {"dtype": "F32"}}`...)
	for text, want := range map[string]string{
		"":                           "an empty file",
		"\xef\xbb\xbf \n":            "a file of nothing but spaces",
		"ARROW1\x00\x00":             "an Arrow file",
		"PAR1\x15\x04":               "a Parquet file",
		string(tensors):              "a safetensors file",
		"\xff\xfea\x00":              "UTF-16 text",
		"{\x00\"\x00i\x00m\x00a\x00": "UTF-16 text",
		"abc\x00\x01\x02defgh":       "a binary file",
		" <!DOCTYPE html><html>":     "an HTML page, perhaps an error page that was saved in place of the download",
		"<?xml version=\"1.0\"?>\n<annotation><object/>": "Pascal VOC XML",
		"<annotations><meta>":                            "CVAT XML",
		"<svg width=\"1\">":                              "XML, <svg>",
		"<":                                              "XML",
		"[1, 2]":                                         "a JSON list",
		"0 0.5 0.5 0.25 0.25\n":                          "YOLO text, the labels of one image",
		"names:\n  0: car\n  1: bus\ntrain: images/train\n":  "YAML",
		"%YAML 1.2\n---\na: 1\n":                             "YAML",
		"path: ../x\n# comment\nnc: 3\n":                     "YAML",
		"class,instances\ncar,3\n":                           "a table (CSV) with the columns class, instances",
		"a;b;c;d;e;f;g;h\n1;2;3;4;5;6;7;8\n":                 "a table (CSV) with the columns a, b, c, d, e, f, …",
		"Dear reader, this is prose.\nNothing follows it.\n": "",
		"person\ncat\n":                                      "",
		`{"images": []}`:                                     "",
	} {
		if got := filekind.Of([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What other people's files are.
func TestRealFiles(t *testing.T) {
	for path, want := range map[string]string{
		"formats/cvat_format/annotations.xml":                   "CVAT XML",
		"formats/images/2007_000027.jpg":                        "a JPEG image",
		"formats/yolo_format/obj.names":                         "",
		"aquarium/data.yaml":                                    "YAML",
		"field/counts.csv":                                      "a table (CSV) with the columns class, instances",
		"field/utf16_nobom.json":                                "UTF-16 text",
		"pretrained/mobilenet_v2_imagenet_features.safetensors": "a safetensors file",
	} {
		text, err := os.ReadFile(filepath.Join("../../../shared/data", path))
		if err != nil {
			t.Skip(err)
		}
		if got := filekind.Of(text[:min(len(text), 4096)]); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
