package train

import (
	"context"
	"time"

	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/internal/buffer"
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

// search runs a network over images.
type search struct {
	net     detector.Detector
	device  string
	shape   data.Shape
	batch   int
	pixels  int                                    // the most of a batch of unlike inputs, 0 for any
	check   func(images int, size data.Size) error // whether a batch fits into memory
	workers int
	flip    bool // mirrored images count as well
	round   bool // what is evaluated to two decimals
	bad     data.BadImagePolicy
	report  func(*data.ImageError) // told of images that are skipped; may be nil
	share   data.Share             // of the images, of several processes

	spent    *Spent    // nil: nobody asks
	place    int       // of the next image among those of this process
	mirrored []float32 // input
	found    []detector.Found
	batchOut []Prediction
}

// turn is what waits until it is a place's turn.
type turn struct {
	Prediction
	skipped bool
}

// over runs the network over a set, a batch at a time, and hands predictions to
// visit, in the order of the set, as soon as those before them are there. They
// are valid until visit returns. Images that were skipped have none. Of several
// processes each hands on its own, in the order of its batches.
func (s *search) over(ctx context.Context, set *data.Set, l detector.Limits, visit func([]Prediction) error) error {
	opt := data.EvalOptions(s.shape, s.batch)
	opt.MostPixels, opt.Workers, opt.OnBadImage, opt.Report, opt.Share = s.pixels, s.workers, s.bad, s.report, s.share
	loader, err := data.NewLoader(set, opt)
	if err != nil {
		return err
	}
	inference, err := s.inference()
	if err != nil {
		return err
	}
	defer inference.Release()
	order := data.NewInOrder[turn](loader.Window())
	s.place = 0
	began := time.Now()
	ended := began // the last batch
	for b, err := range loader.Epoch(ctx, 0) {
		if err != nil {
			return err
		}
		s.spent.wait(ended)
		if err := s.check(b.N, b.Input); err != nil {
			return err
		}
		if err := s.look(inference, b, l); err != nil {
			return err
		}
		s.collect(inference, order, b)
		if err := visit(s.ready(order)); err != nil {
			return err
		}
		ended = time.Now()
		s.spent.end(began, ended, b.N)
	}
	return nil
}

// Spent is where the time of detecting went.
type Spent struct {
	Images  int           // that were looked at
	All     time.Duration // from the first image to the last, with what became of predictions
	Waiting time.Duration // of it for images to be loaded
}

// wait counts the time since a batch ended.
func (s *Spent) wait(since time.Time) {
	if s != nil {
		s.Waiting += time.Since(since)
	}
}

// end counts a batch of n images.
func (s *Spent) end(began, now time.Time, n int) {
	if s != nil {
		s.All = now.Sub(began)
		s.Images += n
	}
}

// inference makes what finds objects with the network as it is now.
func (s *search) inference() (i detector.Inference, err error) {
	err = torchx.Step(func() error {
		i = s.net.Inference()
		return nil
	})
	return i, err
}

// look runs the network on a batch.
func (s *search) look(inference detector.Inference, b *data.Batch, l detector.Limits) error {
	return torchx.Step(func() error {
		t := &detector.Tensors{Device: s.device}
		defer t.Release()
		x, y := t.Pixels(b.Images, shapeOf(b)), torchx.Tensor{}
		if s.flip {
			s.mirrored = buffer.Resized(s.mirrored, len(b.Images))
			mirror(s.mirrored, b.Images, b.Input.Width)
			y = t.Pixels(s.mirrored, shapeOf(b))
		}
		err := t.Err()
		if err != nil {
			return err
		}
		torchx.NoGrad(func() { err = inference.Look(x, y, l) })
		return err
	})
}

// collect turns what was found into the predictions of a batch.
func (s *search) collect(inference detector.Inference, order *data.InOrder[turn], b *data.Batch) {
	for k := range b.N {
		place := b.Places[k]
		if s.share.Parts > 1 {
			place = s.place
			s.place++
		}
		p := order.Put(place)
		p.skipped, p.Boxes = b.Replaced[k], p.Boxes[:0]
		if p.skipped {
			continue // a bad image has no detections
		}
		p.Index, p.Width, p.Height = b.Indices[k], b.Sizes[k].Width, b.Sizes[k].Height
		t := b.Transforms[k]
		x, y, w, h := t.Box(0, 0, float64(p.Width), float64(p.Height))
		s.found = inference.Find(s.found[:0], k, [4]float64{x, y, x + w, y + h})
		back := t.Inverse()
		for _, f := range s.found {
			box := Box{Class: f.Class, Score: f.Score}
			box.X, box.Y, box.W, box.H = back.Box(float64(f.X), float64(f.Y), float64(f.W), float64(f.H))
			p.Boxes = append(p.Boxes, box)
		}
	}
}

// ready returns the predictions whose turn has come.
func (s *search) ready(order *data.InOrder[turn]) []Prediction {
	s.batchOut = s.batchOut[:0]
	for p := range order.Ready() {
		if !p.skipped {
			s.batchOut = append(s.batchOut, p.Prediction)
		}
	}
	return s.batchOut
}

// shapeOf is the shape of a batch's images, B,C,H,W.
func shapeOf(b *data.Batch) [4]int64 {
	return [4]int64{int64(b.N), 3, int64(b.Input.Height), int64(b.Input.Width)}
}

// mirror writes the rows of src, each of width pixels, backwards to dst.
func mirror(dst, src []float32, width int) {
	for from := 0; from < len(src); from += 3 * width {
		row, out := src[from:][:3*width], dst[from:][:3*width]
		for i := 0; i < len(row); i += 3 {
			copy(out[len(out)-3-i:][:3], row[i:][:3])
		}
	}
}
