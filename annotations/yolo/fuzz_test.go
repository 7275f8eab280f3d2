package yolo

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cocostat/annotations"
)

// slowNumber reads a decimal number as strconv does, and nothing that it takes beside.
func slowNumber(word string) (float64, bool) {
	if strings.Trim(word, "0123456789.eE+-") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(word, 64)
	return v, err == nil
}

// slowObjects counts the objects of a text and those of them with a box, by the
// words of its lines.
func slowObjects(text string, points int) (objects, boxes int) {
	for _, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' })
		if len(words) == 0 {
			continue
		}
		objects++
		box := true
		for i, word := range words {
			v, ok := slowNumber(word)
			box = box && ok && (i > 0 || v == math.Trunc(v) && math.Abs(v) <= 1<<52)
		}
		n := len(words) - 1
		if box && (n == 4 || n >= 6 && n%2 == 0 || points > 0 && n == 4+points) {
			boxes++
		}
	}
	return objects, boxes
}

// Labels are what a reader of words makes of them: as many objects, as many with a
// box, and the numbers that strconv reads.
func FuzzLabels(f *testing.F) {
	for _, text := range []string{
		"0 0.5 0.5 0.25 0.5\n", "\ufeff1 .5 .5 .2 .2\r\n\r\n2 1 2 3 4 5 6", "0 .1 .1 .2 .2 .3 .3 .4 .4", "0 0.5 0.5 0.2", "cat 1 2 3 4", "0 1e-3 5E-1 +.5 -0.1",
		"1.0 0.10000000000000000000001 00000000000000000000.5 9007199254740993 0.3\n", "0 .5 .5 .2 .2 .1 .1 2\n", "0 nan inf 0x1p-1 1_0", "0 . - + e 1..2", "\x00 \xff 1",
	} {
		f.Add(text, 0)
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, points int) {
		if points %= 1 << 10; points < 0 {
			points = 0
		}
		var b batch
		im := annotations.Image{ID: 1, Width: 200, Height: 100}
		p := lines{batch: &b, image: &im, points: points}
		p.read([]byte(text))
		boxes := 0
		for i := range b.objects {
			a := &b.objects[i]
			if a.Has&annotations.FieldBBox != 0 {
				boxes++
			}
			if (a.Has&annotations.FieldBBox == 0) != (a.Has&annotations.FieldBoxTold != 0) {
				t.Errorf("%q: object %d has %b", text, i, a.Has)
			}
		}
		if wantObjects, wantBoxes := slowObjects(text, points); len(b.objects) != wantObjects || boxes != wantBoxes {
			t.Errorf("%q: %d objects, %d with a box; want %d and %d", text, len(b.objects), boxes, wantObjects, wantBoxes)
		}
		for _, word := range strings.Fields(text) {
			got, ok := number([]byte(word))
			if want, known := slowNumber(word); ok != known || got != want {
				t.Errorf("%q is %v, %v; want %v, %v", word, got, ok, want, known)
			}
		}
	})
}

// folderOf makes a folder with an image and its labels; put writes a file into it.
func folderOf(f *testing.F) (put func(t *testing.T, name string, text []byte) (path string)) {
	dir := f.TempDir()
	put = func(t *testing.T, name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, text := range map[string]string{"images/1.gif": "GIF89a\xc8\x00\x64\x00\x00\x00\x00;", "labels/1.txt": "0 .5 .5 .2 .2\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	return put
}

// openNamed opens a description and scans it; errors name it.
func openNamed(t *testing.T, path string) {
	t.Helper()
	d, err := Open(context.Background(), path, "", annotations.Options{})
	if err == nil {
		images := 0
		err = d.Scan(context.Background(), annotations.Visitor{Image: func(*annotations.Image) error { images++; return nil }})
		if err == nil && images == 0 {
			t.Error("a dataset without images is no error")
		}
	}
	if err != nil && !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Errorf("the error does not name the file: %v", err)
	}
}

// Whatever a data.yaml says, it is read or refused by its name; what it lists stays
// within bounds.
func FuzzYAML(f *testing.F) {
	put := folderOf(f)
	for _, text := range []string{
		"train: images\nnames: [a, b]\n", "path: .\ntrain: [images, images]\nnc: 1\nnames: {0: a}\n", "train: ../images\nnc: 3\nkpt_shape: [17, 3]\n",
		"a: &a [x, x]\nb: &b [*a, *a]\ntrain: *a\nnames: *b\n", "? [1]\n: 2\ntrain: images", "--- !!map {train: images, names: }", "train: !!binary aGk=\nnames: [~]", "<<: *x",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("/")) || bytes.Contains(text, []byte("..")) {
			t.Skip("leaves the folder of the test")
		}
		openNamed(t, put(t, "data.yaml", text))
	})
}

// Whatever a list of images says, it is read or refused by its name.
func FuzzList(f *testing.F) {
	put := folderOf(f)
	for _, text := range []string{"images/1.gif\n", "./images/1.gif\r\n\r\nimages/2.jpg", "\ufeffdata/images/1.gif", "a\x00b.jpg", "0 0.5 0.5\n", "images/1.gif\nimages/1.gif\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("..")) || bytes.Contains(text, []byte("//")) || bytes.HasPrefix(text, []byte("/")) || bytes.Contains(text, []byte("\n/")) {
			t.Skip("leaves the folder of the test")
		}
		put(t, "list.txt", text)
		openNamed(t, put(t, "obj.data", []byte("classes = 2\ntrain = list.txt\n")))
	})
}

// Whatever an obj.data says, it is read or refused by its name.
func FuzzData(f *testing.F) {
	put := folderOf(f)
	for _, text := range []string{"train = images\nnames = list.names\n", "classes=2\r\ntrain=images", "classes = -1", "names = ", "train = a\x00b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("/")) || bytes.Contains(text, []byte("..")) {
			t.Skip("leaves the folder of the test")
		}
		openNamed(t, put(t, "obj.data", text))
	})
}
