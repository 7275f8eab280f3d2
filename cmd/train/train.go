package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/balance"
	"cocostat/internal/cli"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/world"
)

type trainOptions struct {
	cli.Streams
	config   train.Config
	balance  balanceFlags
	loss     string
	augment  string
	cacheMiB int64
	dataset  string
	recipe   string
	// published says that the recipe is a row of the paper's tables.
	published bool
	run       string
	resume    string
	format    string
	quiet     bool
	timeout   time.Duration // of several processes
	world     *world.World  // nil: one process
}

func newTrainCommand(s cli.Streams) *cobra.Command {
	o := &trainOptions{Streams: s, config: train.DefaultConfig()}
	cmd := &cobra.Command{
		Use:   "train [DATASET]",
		Short: "Train a detector with the Balance-Oriented Focal Loss",
		Long: `Train CenterNet or FCOS with the Balance-Oriented Focal Loss, and report COCO AP
overall, by class and by tail and head.

The weights file that 'cocostat weights' writes says what to train on and how
to weigh the classes. DATASET, a folder or its training annotations, takes the
place of the annotations that the weights were made from; without --weights,
weights are made from it. Images and validation annotations are found by the
conventions of COCO (annotations/instances_train2017.json beside train2017) and
Roboflow (train/_annotations.coco.json beside the images, and valid).

The loss of the classes, CenterNet's heatmap, is one of

  focal                  the baseline, and with +wf (class weights α), +bb
                         (batch-wise balancing η) and +ls (linear scheduling)
                         the rows of the paper's table 1
  bofl                   focal+wf+bb+ls, the paper's own
  ce, ce+bofl            sigmoid cross entropy (table 8)
  cbl                    class-balanced loss, and with +linear, +approx and
                         +class-wise the rows of table 10
  eql                    equalization loss (tables 10 to 12)

The run folder gets config.json, weights.arrow, metrics.jsonl, events for
TensorBoard, last.safetensors, previous.safetensors (the checkpoint before the
last), best.safetensors, detections.json and results.json. Checkpoints are written
after each epoch and every --save-every inside it; Ctrl-C, SIGTERM and SIGHUP
write one more, and a second of them ends the run at once. However a run was
stopped, --resume goes on from its last checkpoint and ends with the same network,
bit for bit, as if it had never been stopped, on the same machine and with the
same number of threads and processes.

Several processes, each with its own part of the images, train one network when a
launcher says so: torchrun, srun, mpirun, or whatever sets RANK, WORLD_SIZE,
MASTER_ADDR and MASTER_PORT. A step takes the same images in one process as in
many: those of --accumulate batches. The first process writes the run folder and
speaks for all.`,
		Example: `  cocostat weights data/annotations/instances_train2017.json -o weights.arrow
  train --weights weights.arrow
  train --weights weights.arrow --loss focal -o runs/baseline
  train --weights weights.arrow --loss focal+wf+ls --epochs 30 --size 256 --width 0.5
  train roboflow-export/ --epochs 10
  train roboflow-export/ --recipe table1/ours --batch 16
  train --weights weights.arrow --backbone resnet18 --pretrained resnet18.pth --test-size keep
  train --weights weights.arrow --detector fcos --backbone resnet50 --pretrained resnet50.pth
  train roboflow-export/ --detector fcos --size 256 --batch 8
  train --resume runs/1
  torchrun --no-python --nproc-per-node 4 train --weights weights.arrow --batch 32`,
		Args: cli.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.dataset = args[0]
			}
			if err := o.resolve(cmd); err != nil {
				return err
			}
			return runTrain(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	return cmd
}

// resolve checks the flags against each other and completes the configuration.
func (o *trainOptions) resolve(cmd *cobra.Command) error {
	if o.timeout < time.Second {
		return cli.Usagef("--timeout %v: must be at least 1s", o.timeout)
	}
	if o.format != "table" && o.format != "json" {
		return cli.Usagef("unknown --format %q: use table or json", o.format)
	}
	if most := int64(math.MaxInt64 >> 20); o.cacheMiB < 0 || o.cacheMiB > most {
		return cli.Usagef("--cache %d: must be from 0 to %d", o.cacheMiB, most)
	}
	if o.resume != "" {
		return o.checkResume(cmd)
	}
	if err := o.applyRecipe(cmd.Flags()); err != nil {
		return err
	}
	if o.dataset == "" && o.config.Weights == "" {
		return cli.Usagef("nothing to train on: name a dataset or --weights FILE\nsee 'train --help'")
	}
	c := &o.config
	for _, check := range []func(*pflag.FlagSet) error{o.checkDetector, o.resolveDefaults, func(*pflag.FlagSet) error { return o.resolveLoss() }} {
		if err := check(cmd.Flags()); err != nil {
			return o.blameRecipe(err)
		}
	}
	augment, err := augmentation(o.augment)
	if err != nil {
		return err
	}
	c.Augment = augment
	c.Cache = o.cacheMiB << 20
	if err := c.Validate(); err != nil {
		return o.blameRecipe(cli.Usagef("%w", err))
	}
	return nil
}

// resolveLoss reads the loss and refuses settings that it does not have.
func (o *trainOptions) resolveLoss() (err error) {
	if o.config.Loss, err = balance.ParseLoss(o.loss); err != nil {
		return cli.Usagef("%w", err)
	}
	return o.balance.partOf(o.config.Loss)
}

// checkResume refuses settings beside --resume that would change the training.
func (o *trainOptions) checkResume(cmd *cobra.Command) error {
	allowed := map[string]bool{"resume": true, "threads": true, "workers": true, "cache": true, "device": true, "save-every": true, "on-bad-image": true, "format": true, "quiet": true, "timeout": true}
	var err error
	cmd.Flags().Visit(func(f flag) {
		if !allowed[f.Name] && err == nil {
			err = cli.Usagef("--%s cannot be changed for a run that goes on: leave it out beside --resume", f.Name)
		}
	})
	if err == nil && o.dataset != "" {
		err = cli.Usagef("a run that goes on keeps its dataset: leave %s out beside --resume", o.dataset)
	}
	return err
}

func runTrain(ctx context.Context, o *trainOptions) (err error) {
	screen := newScreen(o.Streams, o.quiet)
	if o.world, err = o.join(ctx, screen); err != nil {
		return err
	}
	defer o.world.Close()
	job, err := o.open(ctx)
	if err != nil {
		return o.world.Fail(err)
	}
	watcher := screen.watcher()
	if !o.world.Chief() {
		watcher = toldByFirst(o.world)
	} else {
		screen.begin(job)
	}
	var result *train.Evaluation
	if o.resume != "" {
		o.run = o.resume
		result, err = job.Resume(ctx, o.run, watcher)
	} else {
		if o.run == "" {
			o.run = freeRun("runs")
		}
		if o.world.Chief() {
			screen.describe(job, o.world.Size(), o.run)
		}
		result, err = job.Run(ctx, o.run, watcher)
	}
	screen.done()
	if err != nil {
		return o.explain(ctx, err)
	}
	if !o.world.Chief() {
		return nil
	}
	screen.note("the run is in %s", o.run)
	if result == nil {
		return nil
	}
	return printEvaluation(o.Out, result, o.format)
}

// open opens a new job, or that of the run to go on with.
func (o *trainOptions) open(ctx context.Context) (*train.Job, error) {
	c := o.config
	if o.resume != "" {
		saved, err := train.ReadConfig(o.resume)
		if err != nil {
			return nil, err
		}
		for name, set := range map[string]func(){
			"threads":      func() { saved.Threads = c.Threads },
			"workers":      func() { saved.Workers = c.Workers },
			"device":       func() { saved.Device = c.Device },
			"cache":        func() { saved.Cache = o.cacheMiB << 20 },
			"save-every":   func() { saved.SaveEvery = c.SaveEvery },
			"on-bad-image": func() { saved.OnBadImage = c.OnBadImage },
		} {
			if o.balance.set.Changed(name) {
				set()
			}
		}
		if o.world != nil {
			saved.Accumulate = max(1, saved.Accumulate) // not one for each process
		}
		return train.OpenIn(ctx, o.world, saved)
	}
	if err := o.locate(&c.Data); err != nil {
		return nil, err
	}
	if o.balance.any() {
		b, err := o.balance.apply(c)
		if err != nil {
			return nil, err
		}
		c.Balance = b
	}
	if o.published {
		var err error
		if c.StartNote, err = startNote(c.Pretrained); err != nil {
			return nil, err
		}
	}
	return train.OpenIn(ctx, o.world, c)
}

// locate finds the annotations of the dataset that was named. Flags say, or
// train.Open finds, where the rest of it lies.
func (o *trainOptions) locate(flags *data.Layout) (err error) {
	if o.dataset != "" {
		flags.TrainJSON, err = data.FindTrain(o.dataset)
	}
	return err
}

// explain says how to go on after an interruption.
func (o *trainOptions) explain(ctx context.Context, err error) error {
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	if !o.world.Chief() || !interrupted && !errors.Is(err, train.ErrStopped) {
		return err
	}
	if _, missing := os.Stat(filepath.Join(o.run, train.LastFile)); missing == nil {
		fmt.Fprintf(o.Err, "train: the state is saved in %s; go on with: train --resume %s\n", filepath.Join(o.run, train.LastFile), o.run)
	} else if _, missing := os.Stat(filepath.Join(o.run, train.ConfigFile)); missing == nil {
		fmt.Fprintf(o.Err, "train: no step was finished; begin anew with: train --resume %s\n", o.run)
	}
	return err
}

// freeRun returns the first of dir/1, dir/2, … that does not exist.
func freeRun(dir string) string {
	for i := 1; ; i++ {
		run := filepath.Join(dir, strconv.Itoa(i))
		if _, err := os.Stat(run); errors.Is(err, os.ErrNotExist) {
			return run
		}
	}
}
