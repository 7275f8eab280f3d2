// Package settings turns flags and recipes into the configuration of a training.
package settings

import (
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/balance"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classflags"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/world"
)

// Training is what the flags of a training say.
type Training struct {
	cli.Streams
	Config   train.Config
	Balance  balanceFlags
	loss     string
	augment  string
	CacheMiB int64
	Dataset  string
	More     []string // further datasets
	Classes  classflags.Flags
	Recipe   string
	Advice   string // for the user, of what SuitSmall chose
	// published says that the recipe is a row of the paper's tables.
	Published bool
	Run       string
	Resume    string
	Format    string
	Quiet     bool
	Timeout   time.Duration // of several processes
	World     *world.World  // nil: one process
}

// Resolve checks the flags against each other and completes the configuration.
func (o *Training) Resolve(cmd *cobra.Command) error {
	if o.Timeout < time.Second {
		return cli.Usagef("--timeout %v: must be at least 1s", o.Timeout)
	}
	if most := int64(math.MaxInt64 >> 20); o.CacheMiB < 0 || o.CacheMiB > most {
		return cli.Usagef("--cache %d: must be from 0 to %d", o.CacheMiB, most)
	}
	if o.Resume != "" {
		return o.checkResume(cmd)
	}
	if err := o.applyRecipe(cmd.Flags()); err != nil {
		return err
	}
	if o.Dataset == "" && o.Config.Weights == "" {
		return cli.Usagef("nothing to train on: name a dataset or --weights FILE\nsee 'train --help'")
	}
	c := &o.Config
	for _, check := range []func(*pflag.FlagSet) error{o.checkDetector, o.resolveDefaults, func(*pflag.FlagSet) error { return o.resolveLoss() }} {
		if err := check(cmd.Flags()); err != nil {
			return o.blameRecipe(err)
		}
	}
	if err := o.ResolveClasses(); err != nil {
		return err
	}
	augment, err := augmentation(o.augment)
	if err != nil {
		return err
	}
	c.Augment = augment
	c.Cache = o.CacheMiB << 20
	if c.Precision == train.PrecisionFloat32 {
		c.Precision = "" // as in configurations from before there was another
	}
	if err := c.Validate(); err != nil {
		return o.blameRecipe(cli.Usagef("%w", err))
	}
	return nil
}

// resolveLoss reads the loss and refuses settings that it does not have.
func (o *Training) resolveLoss() (err error) {
	if o.Config.Loss, err = balance.ParseLoss(o.loss); err != nil {
		return cli.Meant(cli.Usagef("%w", err), o.loss, balance.LossExamples)
	}
	return o.Balance.partOf(o.Config.Loss)
}

// checkResume refuses settings beside --resume that would change the training.
func (o *Training) checkResume(cmd *cobra.Command) error {
	allowed := map[string]bool{"resume": true, "threads": true, "workers": true, "cache": true, "device": true, "save-every": true, "on-bad-image": true, "format": true, "quiet": true, "timeout": true}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if !allowed[f.Name] && err == nil {
			err = cli.Usagef("--%s cannot be changed for a run that goes on: leave it out beside --resume", f.Name)
		}
	})
	if err == nil && o.Dataset != "" {
		err = cli.Usagef("a run that goes on keeps its dataset: leave %s out beside --resume", o.Dataset)
	}
	return err
}

// Locate finds the annotations of the dataset that was named. Flags say, or
// train.Open finds, where the rest of it lies.
func (o *Training) Locate(flags *data.Layout) (err error) {
	if o.Dataset != "" {
		flags.TrainJSON, err = data.FindTrain(o.Dataset)
	}
	return err
}

// LocateMore finds the annotations of the datasets beside the first.
func (o *Training) LocateMore(first string) (more []data.Part, err error) {
	files := []string{first}
	for _, path := range o.More {
		file, err := data.FindTrain(path)
		if err != nil {
			return nil, err
		}
		for _, other := range files {
			if same(other, file) {
				return nil, cli.Usagef("%s and %s are the same annotations, which would be trained on twice", other, file)
			}
		}
		files = append(files, file)
		more = append(more, data.Part{Annotations: file})
	}
	return more, nil
}

func same(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// ResolveClasses reads which categories are classes.
func (o *Training) ResolveClasses() error {
	if err := o.Classes.CompleteClasses(); err != nil {
		return err
	}
	if len(o.More) > 0 && o.Config.Data.TrainImages != "" {
		return cli.Usagef("--train-images is the folder of one dataset's images, and there are %d", 1+len(o.More))
	}
	o.Config.Selection, o.Config.ByName = o.Classes.Selection, o.Classes.ByName()
	return nil
}

// New makes the flags of a training without its command.
func New(s cli.Streams) (*Training, *cobra.Command) {
	o := &Training{Streams: s, Config: train.DefaultConfig()}
	cmd := &cobra.Command{}
	o.AddFlags(cmd)
	return o, cmd
}

// defaultTimeout is how long one of several processes may be late.
const defaultTimeout = 5 * time.Minute
