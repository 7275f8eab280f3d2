package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"cocostat/train/data"
)

// EvalOptions say on what and how a checkpoint is evaluated.
type EvalOptions struct {
	// Annotations and Images of the set; empty means those of the validation
	// set that the checkpoint was trained with.
	Annotations, Images string
	Device              string // empty means cpu
	Threads, Workers    int    // as in Config
	TestFlip            bool   // average with the mirrored image
	TestAs              TestAs
	Round               bool // see Config.RoundResults
	// OnBadImage says what to do with an image that cannot be read; the zero
	// value fails. Report, if set, is told of each that is skipped; nothing is
	// detected on it.
	OnBadImage data.BadImagePolicy
	Report     func(*data.ImageError)
	// Out is an existing folder for detections.json and results.json; empty
	// writes none.
	Out string
	// Tick, if set, is told how many of how many images are done.
	Tick func(done, total int)
}

// Validate reports values outside their ranges.
func (o EvalOptions) Validate() error {
	if err := checkBounds(Config{Threads: o.Threads, Workers: o.Workers}); err != nil {
		return err
	}
	if err := validateTestSize(o.TestAs.Size); err != nil {
		return err
	}
	return o.OnBadImage.Validate()
}

// EvaluateCheckpoint evaluates the network of a checkpoint.
func EvaluateCheckpoint(ctx context.Context, c *Checkpoint, o EvalOptions) (*Evaluation, error) {
	defer compute()()
	config := c.Config
	config.Threads, config.Workers, config.Device = o.Threads, o.Workers, o.Device
	if config.Device == "" {
		config.Device = "cpu"
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Tick == nil {
		o.Tick = func(int, int) {}
	}
	val, err := c.validation(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := config.test(o.TestAs); err != nil {
		return nil, err
	}
	s, err := c.search(config)
	if err != nil {
		return nil, err
	}
	s.flip, s.round, s.bad, s.report = o.TestFlip, o.Round, o.OnBadImage, o.Report
	detections, err := s.run(ctx, val, o.Tick)
	if err != nil {
		return nil, err
	}
	e, err := val.score(detections)
	if err != nil || o.Out == "" {
		return e, err
	}
	return e, writeEvaluation(o.Out, e)
}

// validation opens the set that o names, or that the checkpoint knows.
func (c *Checkpoint) validation(ctx context.Context, o EvalOptions) (*Validation, error) {
	if o.Annotations != "" {
		val, err := OpenValidation(ctx, o.Annotations, o.Images, c.Classes, c.Selected)
		return val, data.ByFlag(err, "--images")
	}
	known := c.Config.Data
	if known.ValJSON == "" {
		return nil, fmt.Errorf("train: %s was trained without a validation set: name annotations to evaluate it on", c.path)
	}
	if o.Images == "" {
		o.Images = known.ValImages
	}
	val, err := OpenValidation(ctx, known.ValJSON, o.Images, c.Classes, c.Selected)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; %s was trained with this validation set: name annotations if they lie elsewhere now", err, c.path)
	}
	return val, data.ByFlag(err, "--images")
}
