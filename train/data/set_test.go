package data

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/internal/layout"
)

func TestNewSetUsableBoxes(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.png"), pngBytes(t, testImage(32, 24, 0)))
	writeFile(t, filepath.Join(dir, "b.png"), pngBytes(t, testImage(32, 24, 0)))
	box := func(category int64, x, y, w, h float64) annotations.Annotation {
		return annotations.Annotation{CategoryID: category, BBox: [4]float64{x, y, w, h}}
	}
	crowd := box(90, 0, 0, 32, 24)
	crowd.Crowd = true
	d := &annotations.Dataset{
		Path:       "x.json",
		Categories: []annotations.Category{{ID: 3, Name: "cat"}, {ID: 90, Name: "dog"}},
		Images:     []annotations.Image{{ID: 7, FileName: "a.png", Width: 32, Height: 24}, {ID: 9, FileName: "b.png"}},
		Objects: [][]annotations.Annotation{{
			box(90, 1, 2, 3, 4), crowd,
			box(3, 1, 2, 0, 4), box(3, 1, 2, 3, -4), box(3, 1, math.NaN(), 3, 4), box(3, 1, 2, math.Inf(1), 4), // no area
			box(3, 32, 2, 3, 4), box(3, -9, 2, 9, 4), // outside
			box(4, 1, 2, 3, 4),     // unlisted
			box(3, -5, 20, 15, 10), // cut to 0, 20, 10, 4
			box(3, 30, 10, 2.5, 4), // half a pixel too far: cut without a note
		}, nil},
	}
	s, err := NewSet(d, dir)
	if err != nil {
		t.Fatal(err)
	}
	want := Report{Images: 2, Empty: 1, Objects: 4, Crowd: 1, NoArea: 4, Outside: 2, Clipped: 1, UnknownClass: 1}
	if s.Report != want {
		t.Errorf("report %+v, want %+v", s.Report, want)
	}
	boxes := []Box{
		{Class: 1, X: 1, Y: 2, W: 3, H: 4}, {Class: 1, W: 32, H: 24, Crowd: true},
		{Class: 0, X: 0, Y: 20, W: 10, H: 4}, {Class: 0, X: 30, Y: 10, W: 2, H: 4},
	}
	if !slices.Equal(s.Items[0].Boxes, boxes) {
		t.Errorf("boxes %v, want %v", s.Items[0].Boxes, boxes)
	}
	if notes := s.Report.Notes(); len(notes) != 5 || notes[0] != "4 boxes without area left out" {
		t.Errorf("notes %q", notes)
	}
	evaluation := []string{
		"4 boxes without area can be matched by no detection", "2 boxes outside their image count in AP", "1 boxes of unlisted categories left out",
		"1 boxes reach beyond their image, and AP compares them whole", "1 images without objects",
	}
	if notes := s.Report.EvaluationNotes(); !slices.Equal(notes, evaluation) {
		t.Errorf("notes for an evaluation %q, want %q", notes, evaluation)
	}
	if notes := (Report{Images: 2, Objects: 5, Crowd: 1}).Notes(); notes != nil {
		t.Errorf("notes on a clean set: %q", notes)
	}
}

func TestNewSetRefuses(t *testing.T) {
	categories, images := []annotations.Category{{ID: 1}}, []annotations.Image{{ID: 1, FileName: "a.jpg"}}
	for want, d := range map[string]*annotations.Dataset{
		"x.json: no categories": {Path: "x.json", Images: images, Objects: make([][]annotations.Annotation, 1)},
		"x.json: no images":     {Path: "x.json", Categories: categories},
	} {
		if _, err := NewSet(d, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestMissingImages(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.json")
	writeFile(t, path, cocoJSON(t, "a.jpg", "sub/b.jpg", "c.jpg"))
	writeFile(t, filepath.Join(dir, "a.jpg"), []byte("x"))
	_, err := OpenSet(context.Background(), path, "")
	var missing *MissingError
	if !errors.As(err, &missing) || *missing != (MissingError{FileName: "sub/b.jpg", ID: 2, Folder: dir, Missing: 2, Images: 3}) {
		t.Errorf("error %+v", err)
	}
	if want := `image "sub/b.jpg" (id 2) is not in ` + dir + "; 2 of 3 images are missing"; !strings.Contains(err.Error(), want) {
		t.Errorf("error %q does not say %q", err, want)
	}
}

func TestFindFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.jpg", "sub/b.jpg", "c d.jpg", "e%20f.jpg"} {
		writeFile(t, filepath.Join(dir, name), nil)
	}
	for name, want := range map[string]string{
		"a.jpg":                              "a.jpg",
		"sub/b.jpg":                          "sub/b.jpg",
		`sub\b.jpg`:                          "sub/b.jpg",
		`..\val2017\a.jpg`:                   "a.jpg",
		"c%20d.jpg":                          "c d.jpg",
		"e%20f.jpg":                          "e%20f.jpg",
		"images/train/c%20d.jpg":             "c d.jpg",
		"/home/somebody/a.jpg":               "a.jpg",
		"http://example.org/img/a.jpg?w=640": "a.jpg",
		filepath.Join(dir, "a.jpg"):          "a.jpg",
		"b.jpg":                              "",
		"sub":                                "",
		"":                                   "",
	} {
		path, _, ok := layout.ImageFile(dir, name)
		if ok != (want != "") || ok && path != filepath.Join(dir, want) {
			t.Errorf("%q is found at %q, want %q", name, path, want)
		}
	}
}

// PNG is exact, so every kind of image must give the colours that Go's own
// conversion gives, black where transparent.
func TestDecodeKinds(t *testing.T) {
	rect := image.Rect(0, 0, 5, 3)
	kinds := map[string]image.Image{
		"grey": image.NewGray(rect), "grey16": image.NewGray16(rect), "rgba": image.NewRGBA(rect),
		"nrgba": image.NewNRGBA(rect), "paletted": image.NewPaletted(rect, color.Palette{color.Black, color.RGBA{200, 10, 30, 255}}),
	}
	for name, img := range kinds {
		t.Run(name, func(t *testing.T) {
			for y := range 3 {
				for x := range 5 {
					img.(interface{ Set(x, y int, c color.Color) }).Set(x, y, color.NRGBA{byte(40 * x), byte(80 * y), 90, byte(255 - 50*(x%2))})
				}
			}
			path := filepath.Join(t.TempDir(), "a.png")
			writeFile(t, path, pngBytes(t, img))
			var d decoder
			p, err := d.decode(&Item{Path: path, Width: 5, Height: 3}, Square{8}, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 15 {
				r, g, b, _ := img.At(i%5, i/5).RGBA()
				got := p.rgb[3*i : 3*i+3]
				for c, want := range []uint32{r, g, b} {
					if d := int(got[c]) - int(want>>8); d < -1 || d > 1 {
						t.Errorf("pixel %d: %v, want %d %d %d", i, got, r>>8, g>>8, b>>8)
					}
				}
			}
		})
	}
}

// The conversion of JPEG's planes agrees with the image package's, pixel by
// pixel, for each way of subsampling, also for a part of an image.
func TestFromYCbCr(t *testing.T) {
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		whole := image.NewYCbCr(image.Rect(0, 0, 17, 9), ratio)
		for i := range whole.Y {
			whole.Y[i] = byte(i * 7)
		}
		for i := range whole.Cb {
			whole.Cb[i], whole.Cr[i] = byte(i*31), byte(200-i*13)
		}
		for _, img := range []*image.YCbCr{whole, whole.SubImage(image.Rect(4, 4, 15, 8)).(*image.YCbCr)} {
			p, b := toPixels(img), img.Bounds()
			for y := range p.height {
				for x := range p.width {
					r, g, bl, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
					want := []byte{byte(r >> 8), byte(g >> 8), byte(bl >> 8)}
					if got := p.row(y)[3*x : 3*x+3]; !slices.Equal(got, want) {
						t.Fatalf("%v %v: pixel (%d, %d) is %v, want %v", ratio, b, x, y, got, want)
					}
				}
			}
		}
	}
}

// CMYK by hand: cyan is no red, half black halves what is left.
func TestCMYK(t *testing.T) {
	img := image.NewCMYK(image.Rect(0, 0, 2, 1))
	img.SetCMYK(0, 0, color.CMYK{C: 255})
	img.SetCMYK(1, 0, color.CMYK{M: 255, K: 127})
	if got := toPixels(img).rgb; !slices.Equal(got, []byte{0, 255, 255, 128, 0, 128}) {
		t.Errorf("got %v", got)
	}
}

// By hand: of four images one has a box of a pixel or less in some direction only,
// and one has none.
func TestLeaveOutEmpty(t *testing.T) {
	s := &Set{Items: []Item{
		{ID: 1, Boxes: []Box{{W: 1, H: 9}, {W: 1.5, H: 2}}}, {ID: 2}, {ID: 3, Boxes: []Box{{W: 1, H: 9}, {W: 9, H: 0.5}}}, {ID: 4, Boxes: []Box{{W: 2, H: 2, Crowd: true}}},
	}}
	if n := s.LeaveOutEmpty(); n != 2 || len(s.Items) != 2 || s.Items[0].ID != 1 || s.Items[1].ID != 4 {
		t.Errorf("%d left out, %+v stay", n, s.Items)
	}
}
