//go:build !purejpeg

package jpeg

import (
	"os"
	"strings"
	"testing"
)

// Decoding itself is tested in package data, against Pillow.

func read(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile("../testdata/images/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRefuses(t *testing.T) {
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	file := read(t, "ycc420.jpg")
	rgb := make([]byte, 3*45*34)
	for name, c := range map[string]struct {
		rgb, file []byte
		scale     int
		want      string
	}{
		"scale":           {rgb, file, 3, "scale 1/3 is not"},
		"too little room": {rgb[1:], file, 1, "larger than its header said"},
		"no room":         {nil, file, 8, "larger than its header said"},
		"not a JPEG":      {rgb, []byte("GIF89a"), 1, "Not a JPEG file"},
		"empty":           {rgb, nil, 1, "Empty input file"},
		"cut":             {rgb, file[:len(file)/2], 1, "premature end"},
	} {
		if err := d.Decode(c.rgb, c.file, c.scale); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	// errors leave the decoder usable
	if w, h, err := d.Size(file); w != 45 || h != 34 || err != nil {
		t.Errorf("%d×%d pixels, error %v; want 45×34", w, h, err)
	}
	if err := d.Decode(rgb, file, 1); err != nil {
		t.Error(err)
	}
	if err := d.Decode(rgb[:3*6*5], file, 8); err != nil {
		t.Errorf("6×5 pixels are enough at a scale of 1/8: %v", err)
	}
}

// What a writer leaves out or puts in without loss: the end marker, bytes
// between segments.
func TestHarmlessFlaws(t *testing.T) {
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	rgb := make([]byte, 3*45*34)
	file := read(t, "ycc420.jpg")
	if err := d.Decode(rgb, file[:len(file)-2], 1); err != nil {
		t.Errorf("without its end marker: %v", err)
	}
	at := strings.Index(string(file), "\xff\xdb")
	extra := append(append(append([]byte{}, file[:at]...), 0, 0, 7), file[at:]...)
	if err := d.Decode(rgb, extra, 1); err != nil {
		t.Errorf("with bytes too many: %v", err)
	}
	progressive := read(t, "progressive.jpg")
	if err := d.Decode(rgb, progressive[:len(progressive)-2], 1); err == nil {
		t.Error("a progressive file may lack a whole scan at its end, and is accepted")
	}
}
