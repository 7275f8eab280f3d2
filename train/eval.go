package train

import "context"

// EvalOptions say on what and how a checkpoint is evaluated.
type EvalOptions struct {
	// Annotations and Images of the set; empty means the validation set that
	// the checkpoint was trained with.
	Annotations, Images string
	Device              string // empty means cpu
	Threads, Workers    int    // as in Config
	TestFlip            bool   // average with the mirrored image
	// Out is an existing folder for detections.json and results.json; empty
	// writes none.
	Out string
	// Tick, if set, is told how many of how many images are done.
	Tick func(done, total int)
}

// EvaluateCheckpoint evaluates the network of a checkpoint.
func EvaluateCheckpoint(ctx context.Context, c *Checkpoint, o EvalOptions) (*Evaluation, error) {
	defer oneThread()()
	config := c.Config
	config.Threads, config.Workers, config.Device = o.Threads, o.Workers, o.Device
	if config.Device == "" {
		config.Device = "cpu"
	}
	if o.Annotations == "" {
		o.Annotations, o.Images = config.Data.ValJSON, config.Data.ValImages
	}
	if o.Tick == nil {
		o.Tick = func(int, int) {}
	}
	val, err := OpenValidation(ctx, o.Annotations, o.Images, c.Classes)
	if err != nil {
		return nil, err
	}
	d, err := c.detector(config)
	if err != nil {
		return nil, err
	}
	d.flip = o.TestFlip
	detections, err := d.run(ctx, val, o.Tick)
	if err != nil {
		return nil, err
	}
	e, err := val.score(detections)
	if err != nil || o.Out == "" {
		return e, err
	}
	return e, writeEvaluation(o.Out, e)
}
