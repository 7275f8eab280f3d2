package data

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/train/data/internal/damaged"
)

// goodImages are the contents of the test images, those of Pillow's pixels left
// out.
func goodImages(t *testing.T) (files [][]byte) {
	t.Helper()
	paths, err := filepath.Glob("testdata/images/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".rgb.png") {
			continue
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// outcome is all that decoding gives: pixels and what is known of them, or an
// error.
func outcome(d *decoder, item *Item, size int) string {
	p, err := d.decode(item, Square{size}, 1)
	if err != nil {
		return "error: " + err.Error()
	}
	q := *p
	q.rgb = nil
	return fmt.Sprintf("%+v %s", q, p.rgb)
}

// What one decoder makes of good and damaged files of all formats, one after the
// other, is what a new decoder makes of each.
func TestNothingIsLeftOfAnImage(t *testing.T) {
	files := goodImages(t)
	path := filepath.Join(t.TempDir(), "image")
	rng := rand.New(rand.NewPCG(12, 2))
	var shared decoder
	good, refused := 0, 0
	for step := range 1000 {
		file := files[rng.IntN(len(files))]
		if way := rng.IntN(4); way == 0 {
			file = damaged.Any(rng, file)
		} else if way < 3 && strings.HasPrefix(string(file), "\xff\xd8") {
			file = damaged.JPEG(rng, file)
		}
		var fresh decoder
		fresh.reader.Reset(file)
		if c, _, err := image.DecodeConfig(&fresh.reader); err == nil && c.Width*c.Height > 1<<20 {
			continue // damage made it huge, which takes long
		}
		writeFile(t, path, file)
		item, size := &Item{Path: path}, 4<<rng.IntN(4)
		got, want := outcome(&shared, item, size), outcome(&fresh, item, size)
		if got != want {
			t.Fatalf("step %d, size %d: %.150q, and alone %.150q", step, size, got, want)
		}
		if strings.HasPrefix(want, "error: ") {
			refused++
		} else {
			good++
		}
	}
	if good < 250 || refused < 250 {
		t.Errorf("%d files were decoded and %d refused: the test shows little", good, refused)
	}
}

// Files without quantisation tables are bad images wherever they lie, so that
// neither the number of workers nor the order decides what is trained.
func TestImagesWithoutTablesAreBad(t *testing.T) {
	s := testSet(t, 24)
	var bad []int64
	for i := 1; i < len(s.Items); i += 4 {
		file, err := os.ReadFile(s.Items[i].Path)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, s.Items[i].Path, damaged.WithoutQuantisation(file))
		bad = append(bad, s.Items[i].ID)
	}
	opt := trainOptions(64, 4, 3)
	var last error
	for _, err := range mustLoader(t, s, opt).Epoch(context.Background(), 0) {
		last = err
	}
	var image *ImageError
	if !errors.As(last, &image) || !slices.Contains(bad, image.ID) {
		t.Errorf("error %v, want one of the images %v", last, bad)
	}
	opt.OnBadImage = SkipBadImage
	var first []content
	for _, workers := range []int{1, 2, 5} {
		var told []int64
		opt.Workers, opt.Report = workers, func(e *ImageError) { told = append(told, e.ID) }
		l := mustLoader(t, s, opt)
		batches := slices.Concat(collect(t, l, 0), collect(t, l, 1))
		slices.Sort(told)
		if !slices.Equal(told, bad) {
			t.Errorf("%d workers: told of %v, want each of %v once", workers, told, bad)
		}
		if first == nil {
			first = batches
		}
		if !slices.EqualFunc(batches, first, content.equal) {
			t.Errorf("%d workers load other batches than one", workers)
		}
	}
}
