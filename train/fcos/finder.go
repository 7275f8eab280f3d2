package fcos

import (
	"errors"

	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/internal/buffer"
	"cocostat/train/torchx"
)

// finder reads the predictions of a batch and decodes them.
type finder struct {
	decoder    Decoder
	classes, n int
	test       Test
	grid       Grid
	maps       Maps // of all images: N×C×A, N×A, N×4×A
}

// Finder returns what makes boxes of outputs.
func (d *Detector) Finder() detector.Finder {
	return &finder{classes: d.classes, test: d.config.Test}
}

// Read reads the predictions for n inputs.
func (f *finder) Read(out detector.Output, n int, size data.Size) (err error) {
	f.n = n
	if f.grid, err = NewGrid(size.Width, size.Height); err != nil {
		return err
	}
	for _, o := range []struct {
		from  torchx.Tensor
		to    *[]float32
		depth int
	}{{out[logits], &f.maps.Logits, f.classes}, {out[distances], &f.maps.Distances, 4}, {out[centreness], &f.maps.Centreness, 1}} {
		*o.to = buffer.Resized(*o.to, n*o.depth*f.grid.Cells)
		if err := torchx.Read(o.from, *o.to); err != nil {
			return err
		}
	}
	return nil
}

// ReadMirrored refuses: the cells of a mirrored image are not those of the image
// mirrored where a level has an odd number of columns, as P6 and P7 can.
func (f *finder) ReadMirrored(detector.Output) error {
	return errors.New("fcos: mirrored images cannot count as well, their cells lie elsewhere: detect without them")
}

// Find decodes the predictions for image pos.
func (f *finder) Find(dst []detector.Found, pos int, inside [4]float64, l detector.Limits) []detector.Found {
	m := Maps{
		Logits: buffer.Part(f.maps.Logits, pos, f.n), Centreness: buffer.Part(f.maps.Centreness, pos, f.n), Distances: buffer.Part(f.maps.Distances, pos, f.n),
	}
	return f.decoder.Decode(dst, f.grid, m, inside, f.test, l)
}
