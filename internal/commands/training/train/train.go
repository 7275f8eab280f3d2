// Package train is the command "train" itself.
package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/shared/screen"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/train"
)

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &settings.Training{Streams: s, Config: train.DefaultConfig()}
	cmd := &cobra.Command{
		SuggestionsMinimumDistance: 2,
		Use:                        "train [DATASET...]",
		Short:                      "Train a detector with the Balance-Oriented Focal Loss",
		Long: `Train CenterNet or FCOS with the Balance-Oriented Focal Loss, and report COCO AP
overall, by class and by tail and head.

The weights file that 'cocostat weights' writes says what to train on and how
to weigh the classes. DATASET, a folder or its training annotations, takes the
place of the annotations that the weights were made from; without --weights,
weights are made from it. Several datasets are trained on as one, with --by name if
their category ids differ; the validation set is the first one's. --classes, --drop
and --merge choose the classes as 'cocostat weights' does; a weights file that was
made with them says so itself. Images and validation annotations are found by the
conventions of COCO (annotations/instances_train2017.json beside train2017),
Roboflow (train/_annotations.coco.json beside the images, and valid) and FiftyOne
(labels.json beside data/). YOLO's data.yaml, and folders of it, of Pascal VOC and of
LabelMe, say themselves where images are; their split val is for validation, unless
--val names another (data.yaml:test).

DATASET alone, with at most 2,000 training images, is trained by the recipe
small: an FCOS that learns from few images within minutes ('train recipes small').
--recipe, --detector, --backbone, --loss or --weights choose otherwise.

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
  train roboflow-export/ --pretrained mobilenet_v2.pth
  train data.yaml --val data.yaml:test
  train roboflow-export/ --recipe table1/ours --batch 16
  train --weights weights.arrow --backbone resnet18 --pretrained resnet18.pth --test-size keep
  train --weights weights.arrow --detector fcos --backbone resnet50 --pretrained resnet50.pth
  train roboflow-export/ --detector fcos --size 256 --batch 8
  train site-a/ site-b/ --by name --drop "ignored regions"
  train --resume runs/1
  torchrun --no-python --nproc-per-node 4 train --weights weights.arrow --batch 32`,
		Args: cli.Args(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Dataset, o.More = args[0], args[1:]
				if err := noCommand(cmd, o.Dataset); err != nil {
					return err
				}
			}
			o.SuitSmall(cmd.Context(), cmd.Flags())
			if err := o.Resolve(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.AddFlags(cmd)
	return cmd
}

// noCommand refuses the name of a dataset that is none, but nearly that of a
// command.
func noCommand(cmd *cobra.Command, dataset string) error {
	if _, err := os.Stat(dataset); err == nil {
		return nil
	}
	if meant := cmd.SuggestionsFor(dataset); len(meant) > 0 {
		return cli.Usagef("%s is neither a dataset nor a command: did you mean '%s %s'?", dataset, cmd.CommandPath(), meant[0])
	}
	return nil
}

func run(ctx context.Context, o *settings.Training) (err error) {
	shown := screen.New(o.Streams, o.Quiet)
	if o.World, err = join(ctx, o, shown); err != nil {
		return err
	}
	defer o.World.Close()
	job, err := open(ctx, o)
	if err != nil {
		return o.World.Fail(err)
	}
	watcher := shown.Watcher()
	if !o.World.Chief() {
		watcher = toldByFirst(o.World)
	} else {
		shown.Begin(job)
	}
	var result *train.Evaluation
	if o.Resume != "" {
		o.Run = o.Resume
		result, err = job.Resume(ctx, o.Run, watcher)
	} else {
		if o.Run == "" {
			o.Run = freeRun("runs")
		}
		if o.World.Chief() {
			if o.Advice != "" {
				shown.Notef("%s", o.Advice)
			}
			shown.Describe(job, o.World.Size(), o.Run)
		}
		result, err = job.Run(ctx, o.Run, watcher)
	}
	shown.Done()
	if err != nil {
		return explain(ctx, o, err)
	}
	if !o.World.Chief() {
		return nil
	}
	shown.Notef("the run is in %s", o.Run)
	if result == nil {
		return nil
	}
	return screen.PrintEvaluation(o.Out, result, o.Format)
}

// open opens a new job, or that of the run to go on with.
func open(ctx context.Context, o *settings.Training) (*train.Job, error) {
	c := o.Config
	if o.Resume != "" {
		saved, err := train.ReadConfig(o.Resume)
		if err != nil {
			return nil, err
		}
		for name, set := range map[string]func(){
			"threads":      func() { saved.Threads = c.Threads },
			"workers":      func() { saved.Workers = c.Workers },
			"device":       func() { saved.Device = c.Device },
			"cache":        func() { saved.Cache = o.CacheMiB << 20 },
			"save-every":   func() { saved.SaveEvery = c.SaveEvery },
			"on-bad-image": func() { saved.OnBadImage = c.OnBadImage },
		} {
			if o.Balance.Set.Changed(name) {
				set()
			}
		}
		if o.World != nil {
			saved.Accumulate = max(1, saved.Accumulate) // not one for each process
		}
		return train.OpenIn(ctx, o.World, saved)
	}
	if err := o.Locate(&c.Data); err != nil {
		return nil, err
	}
	var err error
	if c.More, err = o.LocateMore(c.Data.TrainJSON); err != nil {
		return nil, err
	}
	if o.Balance.Given() {
		b, err := o.Balance.Apply(c)
		if err != nil {
			return nil, err
		}
		c.Balance = b
	}
	if o.Published {
		var err error
		if c.StartNote, err = settings.StartNote(c.Pretrained); err != nil {
			return nil, err
		}
	}
	return train.OpenIn(ctx, o.World, c)
}

// explain says how to go on after an interruption.
func explain(ctx context.Context, o *settings.Training, err error) error {
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	if !o.World.Chief() || !interrupted && !errors.Is(err, train.ErrStopped) {
		return err
	}
	if _, missing := os.Stat(filepath.Join(o.Run, train.LastFile)); missing == nil {
		fmt.Fprintf(o.Err, "train: the state is saved in %s; go on with: train --resume %s\n", filepath.Join(o.Run, train.LastFile), o.Run)
	} else if _, missing := os.Stat(filepath.Join(o.Run, train.ConfigFile)); missing == nil {
		fmt.Fprintf(o.Err, "train: no step was finished; begin anew with: train --resume %s\n", o.Run)
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
