package train

import (
	"context"
	"math"

	"cocostat/train/data"
	"cocostat/train/model"
	"cocostat/train/target"
	"cocostat/train/torchx"
)

// Box is one detection: a class, as its channel, its score in (0, 1], and the
// box in pixels of the image as it is seen, upright: left, top, width, height.
// It may reach beyond the image.
type Box struct {
	Class      int
	Score      float32
	X, Y, W, H float64
}

// Prediction is what a network finds on one image.
type Prediction struct {
	Index         int   // of the image among those that were asked for
	Width, Height int   // of the image, upright
	Boxes         []Box // best first
}

// limits bound the detections of an image.
type limits struct {
	top       int     // the most of them
	threshold float32 // their scores are above it
}

// detector runs a network over images.
type detector struct {
	net     *model.CenterNet
	device  string
	side    int
	batch   int
	workers int
	flip    bool // average heatmap and size with those of the mirrored image
	bad     data.BadImagePolicy
	report  func(*data.ImageError) // told of images that are skipped; may be nil

	decoder  target.Decoder
	maps     maps
	mirrored maps
	flipped  []float32 // mirrored input
	found    []target.Detection
	boxes    []Box
	batchOut []Prediction
}

// maps are the network's outputs for N images, after the sigmoid:
// N×C×H×W, N×2×H×W and N×2×H×W.
type maps struct{ heatmap, size, offset []float32 }

// over runs the network over a set, a batch at a time, and hands each batch's
// predictions to visit, in the order of the set. They are valid until visit
// returns. Images that were skipped have none.
func (d *detector) over(ctx context.Context, set *data.Set, l limits, visit func([]Prediction) error) error {
	opt := data.EvalOptions(d.side, d.batch)
	opt.Workers, opt.OnBadImage, opt.Report = d.workers, d.bad, d.report
	loader, err := data.NewLoader(set, opt)
	if err != nil {
		return err
	}
	d.net.SetTraining(false)
	defer d.net.SetTraining(true)
	for b, err := range loader.Epoch(ctx, 0) {
		if err != nil {
			return err
		}
		if err := d.infer(b.Images, b.N, len(set.Categories)); err != nil {
			return err
		}
		if err := visit(d.decode(b, len(set.Categories), l)); err != nil {
			return err
		}
	}
	return nil
}

// infer fills d.maps for n images, n×3×S×S.
func (d *detector) infer(images []float32, n, classes int) error {
	if err := d.forward(&d.maps, images, n, classes); err != nil || !d.flip {
		return err
	}
	d.flipped = grow(d.flipped, len(images))
	mirror(d.flipped, images, d.side)
	if err := d.forward(&d.mirrored, d.flipped, n, classes); err != nil {
		return err
	}
	// The offset stays: mirrored, it would be that from the cell's right edge.
	cells := d.side / target.Stride
	averageMirrored(d.maps.heatmap, d.mirrored.heatmap, cells)
	averageMirrored(d.maps.size, d.mirrored.size, cells)
	return nil
}

// forward runs the network on n images and reads its maps.
func (d *detector) forward(m *maps, images []float32, n, classes int) error {
	return torchx.Step(func() (err error) {
		torchx.NoGrad(func() { err = d.read(m, images, n, classes) })
		return err
	})
}

func (d *detector) read(m *maps, images []float32, n, classes int) error {
	side := int64(d.side)
	x, err := torchx.FromFloats(images, []int64{int64(n), 3, side, side}, d.device, torchx.ChannelsLast)
	if err != nil {
		return err
	}
	out := d.net.Forward(x)
	heat := torchx.Sigmoid(out.Heatmap)
	defer torchx.Release(x, heat, out.Heatmap, out.Size, out.Offset)
	cells := (d.side / target.Stride) * (d.side / target.Stride)
	for _, o := range []struct {
		from  torchx.Tensor
		to    *[]float32
		depth int
	}{{heat, &m.heatmap, classes}, {out.Size, &m.size, 2}, {out.Offset, &m.offset, 2}} {
		*o.to = grow(*o.to, n*o.depth*cells)
		if err := torchx.Read(o.from, *o.to); err != nil {
			return err
		}
	}
	return nil
}

// decode turns d.maps into the predictions of a batch.
func (d *detector) decode(b *data.Batch, classes int, l limits) []Prediction {
	side := d.side / target.Stride
	cells := side * side
	d.batchOut, d.boxes = d.batchOut[:0], d.boxes[:0]
	for k := range b.N {
		if b.Replaced[k] {
			continue // a bad image has no detections
		}
		d.found = d.decoder.Decode(d.found[:0],
			part(d.maps.heatmap, k, classes*cells), part(d.maps.size, k, 2*cells), part(d.maps.offset, k, 2*cells),
			side, side, l.top, l.threshold)
		from, back := len(d.boxes), b.Transforms[k].Inverse()
		for _, f := range d.found {
			box := Box{Class: f.Class, Score: f.Score}
			box.X, box.Y, box.W, box.H = back.Box(float64(f.X), float64(f.Y), float64(f.W), float64(f.H))
			d.boxes = append(d.boxes, box)
		}
		w, h := fileSize(b.Transforms[k], d.side)
		d.batchOut = append(d.batchOut, Prediction{Index: b.Indices[k], Width: w, Height: h, Boxes: d.boxes[from:len(d.boxes):len(d.boxes)]})
	}
	return d.batchOut
}

// fileSize returns the size of an image from the transform of its evaluation,
// which takes the image's centre to that of the input.
func fileSize(t data.Transform, side int) (width, height int) {
	return int(math.Round((float64(side) - 2*t.BX) / t.AX)), int(math.Round((float64(side) - 2*t.BY) / t.AY))
}

// mirror writes the rows of src, each of width numbers, backwards to dst.
func mirror(dst, src []float32, width int) {
	for from := 0; from < len(src); from += width {
		row, out := src[from:][:width], dst[from:][:width]
		for i, v := range row {
			out[width-1-i] = v
		}
	}
}

// averageMirrored replaces each row of a by its mean with b's row, backwards.
func averageMirrored(a, b []float32, width int) {
	for from := 0; from < len(a); from += width {
		row, other := a[from:][:width], b[from:][:width]
		for i := range row {
			row[i] = (row[i] + other[width-1-i]) / 2
		}
	}
}

func part(x []float32, i, n int) []float32 { return x[i*n : (i+1)*n] }

func grow(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	return x[:n]
}
