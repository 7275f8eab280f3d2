package train

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// frames is a detector that finds one object on each image: the whole image,
// where it lies in the input.
type frames struct {
	detector.Detector
	mirrored int // batches that were looked at
}

func (f *frames) Inference() detector.Inference { return f }
func (f *frames) Release()                      {}
func (f *frames) Look(_, mirrored torchx.Tensor, _ detector.Limits) error {
	if mirrored.T != nil {
		f.mirrored++
	}
	return nil
}
func (f *frames) Find(dst []detector.Found, _ int, inside [4]float64) []detector.Found {
	x, y, right, bottom := inside[0], inside[1], inside[2], inside[3]
	return append(dst, detector.Found{Score: 1, X: float32(x), Y: float32(y), W: float32(right - x), H: float32(bottom - y)})
}

// unlikeImages writes images of different sizes, of which one cannot be read and
// one is turned by EXIF, and returns them with the sizes that are seen.
func unlikeImages(t *testing.T) (items []data.Item, sizes []data.Size) {
	t.Helper()
	dir := t.TempDir()
	few := []data.Size{{Width: 60, Height: 40}, {Width: 33, Height: 50}, {Width: 90, Height: 20}}
	for i := range 17 {
		size := few[i*i%3]
		path := filepath.Join(dir, fmt.Sprintf("%d.png", i))
		switch {
		case i == 4:
			if err := os.WriteFile(path, []byte("no image"), 0o644); err != nil {
				t.Fatal(err)
			}
		case i == 6:
			path, size = "data/testdata/images/turned6.jpg", data.Size{Width: 34, Height: 45}
		default:
			f, err := os.Create(path)
			if err == nil {
				err = png.Encode(f, image.NewGray(image.Rect(0, 0, size.Width, size.Height)))
			}
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		items, sizes = append(items, data.Item{ID: int64(i), Path: path}), append(sizes, size)
	}
	return items, sizes
}

// Whatever the shape of the inputs and however the images are batched: the
// predictions come in the order of the images, with their sizes, and boxes in
// the images' pixels.
func TestPredictionsOfUnlikeImages(t *testing.T) {
	items, sizes := unlikeImages(t)
	set := &data.Set{Categories: []annotations.Category{{ID: 1}}, Items: items}
	for name, shape := range map[string]data.Shape{
		"square": data.Square{Side: 64}, "keep": data.Keep{}, "sides": data.Sides{Short: []int{32}, Long: 70},
	} {
		for _, batch := range []int{1, 3, 32} {
			f := &frames{}
			s := search{net: f, device: "cpu", shape: shape, batch: batch, workers: 2, check: func(int, data.Size) error { return nil }, flip: true, bad: data.SkipBadImage, report: func(*data.ImageError) {}}
			next := 0
			err := s.over(context.Background(), set, detector.Limits{Top: 1}, func(found []Prediction) error {
				for _, p := range found {
					if next == 4 {
						next++ // the bad one
					}
					if want := sizes[next]; p.Index != next || p.Width != want.Width || p.Height != want.Height || len(p.Boxes) != 1 {
						t.Fatalf("%s, batch %d: prediction of image %d, %d×%d, %d boxes; want image %d of %v", name, batch, p.Index, p.Width, p.Height, len(p.Boxes), next, want)
					}
					b := p.Boxes[0]
					for i, d := range []float64{b.X, b.Y, b.W - float64(p.Width), b.H - float64(p.Height)} {
						if math.Abs(d) > 1e-4 {
							t.Errorf("%s, batch %d, image %d: number %d of its frame is off by %g", name, batch, next, i, d)
						}
					}
					next++
				}
				return nil
			})
			if err != nil || next != len(items) || f.mirrored == 0 {
				t.Errorf("%s, batch %d: %d images, error %v", name, batch, next, err)
			}
		}
	}
}
