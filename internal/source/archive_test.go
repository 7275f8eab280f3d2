package source

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/source/sourcetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// writeZip writes an archive with the standard library's package.
func writeZip(t *testing.T, members map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range members {
		m, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "annotations.ZIP")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const zipped = `{"images": [{"id": 1}]}`

// The member that is named, or the only one that can be meant, is read.
func TestZipMembers(t *testing.T) {
	small := sourcetest.Gzip(t, zipped)
	coco := writeZip(t, map[string]string{"annotations/instances_train.json": zipped, "annotations/captions_train.json": "{}",
		"readme.txt": "x", "__MACOSX/annotations/instances_train.json": "x", "odd.json.gz": small})
	single := writeZip(t, map[string]string{"a/b.json": zipped, "photo.jpg": "x"})
	cvat := writeZip(t, map[string]string{"annotations.xml": zipped, "images/1.xml": "x"})
	for path, member := range map[string]string{
		coco: "annotations/instances_train.json", coco + ":annotations/instances_train.json": "annotations/instances_train.json",
		coco + ":odd.json.gz": "odd.json.gz", single: "a/b.json", single + ":a/b.json": "a/b.json",
		cvat: "annotations.xml",
	} {
		text, stored, err := readAll(path, Options{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		archive, _, _ := strings.Cut(path, ".ZIP:")
		want := Stored{Path: strings.TrimSuffix(archive, ".ZIP") + ".ZIP:" + member, Bytes: int64(len(zipped))}
		if member == "odd.json.gz" {
			want.Bytes = int64(len(small))
		}
		if diff := cmp.Diff(want, stored, cmpopts.IgnoreFields(Stored{}, "SHA256")); diff != "" || text != zipped {
			t.Errorf("%s: text %q, stored (-want +got):\n%s", path, text, diff)
		}
	}
}

// What cannot be read is said, with what there is to choose from.
func TestZipErrors(t *testing.T) {
	two := writeZip(t, map[string]string{"instances_train.json": zipped, "instances_val.json": zipped, "captions.json": "{}"})
	none := writeZip(t, map[string]string{"photo.jpg": "x"})
	whole, err := os.ReadFile(two)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.zip")
	single, err := os.ReadFile(writeZip(t, map[string]string{"a.json": zipped}))
	if err != nil {
		t.Fatal(err)
	}
	single[30+len("a.json")+20] ^= 0x55 // behind the header, in the compressed text
	for path, text := range map[string][]byte{damaged: single, damaged + ".zip": whole[:len(whole)/2]} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, words := range map[string][]string{
		two:                                {"several", two + ":instances_train.json", two + ":instances_val.json", two + ":captions.json"},
		two + ":x.json":                    {`"x.json"`, ":instances_val.json"},
		none:                               {"no .json"},
		damaged + ".zip":                   {"damaged.zip.zip", "truncated"},
		damaged + ":a.json":                {"damaged.zip:a.json"},
		"absent.zip:a.json":                {"absent.zip: cannot open"},
		damaged + ".zip:whatever.json":     {"truncated"},
		filepath.Dir(two) + "/none.json":   {"cannot open"},
		filepath.Dir(two) + "/x.zip:/a":    {"x.zip: cannot open"},
		filepath.Dir(two) + "/x.zip:a:b.c": {"x.zip: cannot open"},
	} {
		_, _, err := readAll(path, Options{})
		if err == nil {
			t.Errorf("%s: no error", path)
			continue
		}
		for _, w := range words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %q lacks %q", path, err, w)
			}
		}
	}
}
