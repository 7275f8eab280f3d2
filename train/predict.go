package train

import (
	"context"
	"fmt"

	"cocostat/annotations"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// PredictOptions say how a network is used; DefaultPredictOptions returns the
// defaults.
type PredictOptions struct {
	Threshold float64 // scores are above it; in [0, 1)
	Top       int     // the most detections of an image, at least 1
	TestFlip  bool    // average with the mirrored image
	TestAs    TestAs

	Batch            int    // images at a time, at least 1
	Device           string // cpu, cuda or cuda:N
	Threads, Workers int    // as in Config

	// OnBadImage says what to do with a file that is no image; the zero value
	// fails. Report, if set, is told of each image that is skipped.
	OnBadImage data.BadImagePolicy
	Report     func(*data.ImageError)
	// Spent, if set, is told where the time goes.
	Spent *Spent
}

// DefaultPredictOptions returns the settings for looking at detections. For
// an evaluation the threshold is 0.
func DefaultPredictOptions() PredictOptions {
	return PredictOptions{Threshold: 0.3, Top: topDetections, Batch: 8, Device: "cpu", OnBadImage: data.FailOnBadImage}
}

// Validate reports values outside their ranges.
func (o PredictOptions) Validate() error {
	switch {
	case !(o.Threshold >= 0 && o.Threshold < 1):
		return fmt.Errorf("train: threshold %g is outside [0, 1)", o.Threshold)
	case o.Top < 1:
		return fmt.Errorf("train: at most %d detections of an image, want at least 1", o.Top)
	case o.Batch < 1:
		return fmt.Errorf("train: a batch of %d images, want at least 1", o.Batch)
	}
	if err := checkBounds(Config{Batch: o.Batch, Threads: o.Threads, Workers: o.Workers}); err != nil {
		return err
	}
	if err := validateTestSize(o.TestAs.Size); err != nil {
		return err
	}
	return o.OnBadImage.Validate()
}

// Predict runs the network of a checkpoint over images, of which Path must be
// set; ID is for error messages, and where Width and Height are set, the file
// must have these dimensions. It hands the predictions to visit, a batch at a
// time, in the order of the images; they are valid until visit returns, and
// images that were skipped have none. Memory does not grow with the images.
func Predict(ctx context.Context, c *Checkpoint, images []data.Item, o PredictOptions, visit func([]Prediction) error) error {
	if err := o.Validate(); err != nil {
		return err
	}
	defer compute()()
	config := c.Config
	config.Threads, config.Workers, config.Device, config.Batch = o.Threads, o.Workers, o.Device, o.Batch
	if err := config.test(o.TestAs); err != nil {
		return err
	}
	s, err := c.search(config)
	if err != nil {
		return err
	}
	if err := config.checkMemory(config.detectionBytes(o.Batch, config.pixels()), fmt.Sprintf("the network with %d images at a time", o.Batch), "--batch"); err != nil {
		return err
	}
	s.flip, s.bad, s.report, s.spent = o.TestFlip, o.OnBadImage, o.Report, o.Spent
	set := &data.Set{Items: images}
	for _, class := range c.Classes {
		set.Categories = append(set.Categories, annotations.Category{ID: class.ID, Name: class.Name})
	}
	return s.over(ctx, set, detector.Limits{Top: o.Top, Threshold: float32(o.Threshold)}, visit)
}

// search builds the network of a checkpoint on the configuration's device.
func (c *Checkpoint) search(config Config) (*search, error) {
	if err := c.checkClasses(); err != nil {
		return nil, err
	}
	if err := config.validateShape(); err != nil {
		return nil, err
	}
	if err := checkDevice(config.Device); err != nil {
		return nil, err
	}
	if err := torchx.SetThreads(config.threads()); err != nil {
		return nil, err
	}
	net, err := placed(config.Model, config.Seed, config.Device)
	if err != nil {
		return nil, fmt.Errorf("train: %s: %w", c.path, err)
	}
	if err := c.restore(net); err != nil {
		return nil, err
	}
	return &search{net: net, device: config.Device, shape: config.testShape(), batch: config.Batch, pixels: config.testPixels(), check: config.checkDetection, workers: config.workers()}, nil
}

// Clip cuts the boxes at the edges of the image and drops those outside it.
func (p *Prediction) Clip() {
	w, h := float64(p.Width), float64(p.Height)
	inside := p.Boxes[:0]
	for _, b := range p.Boxes {
		x0, y0, x1, y1 := max(b.X, 0), max(b.Y, 0), min(b.X+b.W, w), min(b.Y+b.H, h)
		if x1 <= x0 || y1 <= y0 {
			continue
		}
		b.X, b.Y, b.W, b.H = x0, y0, x1-x0, y1-y0
		inside = append(inside, b)
	}
	p.Boxes = inside
}
