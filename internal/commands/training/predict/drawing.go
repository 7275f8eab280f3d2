package predict

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"cocostat/internal/atomicfile"
	"cocostat/internal/draw"
	"cocostat/train"
	"cocostat/train/data"
)

// drawing writes the images with what was found on them into a folder.
type drawing struct {
	items   []data.Item
	paths   []string // of the pictures to be written
	labels  []string // of the classes
	workers int
	// skip is told, by any goroutine, of images that cannot be read again to be
	// drawn; nil: they are an error.
	skip func(*data.ImageError)
}

// newDrawing chooses a path below folder for each image: its name, below the
// folder that was named for it, with a number where two would be the same.
// Those that are not JPEG become PNG. It refuses to write over an image.
func newDrawing(folder string, items []data.Item, names []string, classes []train.Class, workers int) (*drawing, error) {
	if err := atomicfile.CheckFolder(folder); err != nil {
		return nil, err
	}
	d := &drawing{items: items, paths: make([]string, len(items)), workers: max(1, workers)}
	inputs := make(map[string]bool, len(items))
	for _, item := range items {
		inputs[resolved(item.Path)] = true
	}
	taken := map[string]bool{}
	for i, name := range names {
		d.paths[i] = freePath(folder, name, taken)
		if inputs[resolved(d.paths[i])] {
			return nil, fmt.Errorf("--draw %s would write over the image %s: name another folder", folder, d.paths[i])
		}
	}
	for _, c := range classes {
		label := c.Name
		if !draw.Writable(label) {
			label = fmt.Sprintf("#%d", c.ID)
		}
		d.labels = append(d.labels, label)
	}
	return d, nil
}

// resolved is the absolute path without symbolic links of a file, which need
// not exist.
func resolved(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

// freePath returns a path that no other picture has, also where upper and lower
// case are the same.
func freePath(folder, name string, taken map[string]bool) string {
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	if e := strings.ToLower(extension); e != ".jpg" && e != ".jpeg" {
		extension = ".png"
	}
	path := filepath.Join(folder, stem+extension)
	for n := 2; taken[strings.ToLower(path)]; n++ {
		path = filepath.Join(folder, fmt.Sprintf("%s-%d%s", stem, n, extension))
	}
	taken[strings.ToLower(path)] = true
	return path
}

// batch draws a batch. The images are read anew, whole: what the network saw
// may have been averaged.
func (d *drawing) batch(ctx context.Context, predictions []train.Prediction) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(d.workers)
	for _, p := range predictions {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return d.one(p)
		})
	}
	return group.Wait()
}

func (d *drawing) one(p train.Prediction) error {
	img, err := data.ReadImage(d.items[p.Index])
	var bad *data.ImageError
	if d.skip != nil && errors.As(err, &bad) {
		d.skip(bad)
		return nil
	}
	if err != nil {
		return err
	}
	img, scale := draw.Enlarged(img)
	boxes := make([]draw.Box, len(p.Boxes))
	for i, b := range p.Boxes {
		s := float64(scale)
		boxes[i] = draw.Box{
			X: s * b.X, Y: s * b.Y, W: s * b.W, H: s * b.H, Color: draw.Color(b.Class),
			Label: fmt.Sprintf("%s %.2f", d.labels[b.Class], b.Score),
		}
	}
	if err := draw.Boxes(img, boxes); err != nil {
		return err
	}
	path := d.paths[p.Index]
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encode(w, img, filepath.Ext(path)) })
}

// encode writes a picture in the format of an extension.
func encode(w io.Writer, img image.Image, extension string) error {
	if extension == ".png" {
		return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, img)
	}
	return jpeg.Encode(w, img, &jpeg.Options{Quality: 92})
}
