package centernet

import (
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/internal/buffer"
	"cocostat/train/torchx"
)

// finder reads the maps of a batch and decodes them.
type finder struct {
	decoder       Decoder
	maps          maps
	mirrored      maps
	n, classes    int
	rows, columns int
}

// maps are the network's outputs for N images, after the sigmoid: N×C×H×W,
// N×2×H×W and N×2×H×W.
type maps struct{ heatmap, size, offset []float32 }

// Finder returns what makes boxes of outputs.
func (d *Detector) Finder() detector.Finder { return &finder{classes: d.classes} }

// Read reads the maps of n inputs.
func (f *finder) Read(out detector.Output, n int, size data.Size) error {
	f.n, f.rows, f.columns = n, size.Height/Stride, size.Width/Stride
	return f.read(&f.maps, out)
}

// ReadMirrored averages heatmap and size with those of the mirror images. The
// offset stays: mirrored, it would be that from the cell's right edge.
func (f *finder) ReadMirrored(out detector.Output) error {
	if err := f.read(&f.mirrored, out); err != nil {
		return err
	}
	averageMirrored(f.maps.heatmap, f.mirrored.heatmap, f.columns)
	averageMirrored(f.maps.size, f.mirrored.size, f.columns)
	return nil
}

func (f *finder) read(m *maps, out detector.Output) error {
	heat := torchx.Sigmoid(out[0])
	defer torchx.Release(heat)
	cells := f.rows * f.columns
	for _, o := range []struct {
		from  torchx.Tensor
		to    *[]float32
		depth int
	}{{heat, &m.heatmap, f.classes}, {out[1], &m.size, 2}, {out[2], &m.offset, 2}} {
		*o.to = buffer.Resized(*o.to, f.n*o.depth*cells)
		if err := torchx.Read(o.from, *o.to); err != nil {
			return err
		}
	}
	return nil
}

// Find decodes the maps of image pos. Boxes are not clipped to the image.
func (f *finder) Find(dst []detector.Found, pos int, _ [4]float64, l detector.Limits) []detector.Found {
	return f.decoder.Decode(dst, buffer.Part(f.maps.heatmap, pos, f.n), buffer.Part(f.maps.size, pos, f.n), buffer.Part(f.maps.offset, pos, f.n),
		f.rows, f.columns, l.Top, l.Threshold)
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
