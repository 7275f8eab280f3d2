package settings

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/balance"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/train"
	"cocostat/train/backbone"
	"cocostat/train/data"
	"cocostat/train/model"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// balanceFlags are the settings that override those of the weights file.
type balanceFlags struct {
	Set            *pflag.FlagSet
	schedule       string
	deferredEpochs int
	update         string
	eta            float64
	reading        string
	scope          string
	group          int
	intensity      float64
}

var balanceNames = []string{"schedule", "deferred-epochs", "update", "eta", "eta-reading", "eta-scope", "eta-group", "intensity"}

// Given reports whether one of the flags was given.
func (b *balanceFlags) Given() bool {
	for _, name := range balanceNames {
		if b.Set.Changed(name) {
			return true
		}
	}
	return false
}

// partOf says which part of a loss gives the flags of the balance a meaning.
func (b *balanceFlags) partOf(l balance.Loss) error {
	for _, part := range []struct {
		on          bool
		name, flags string
	}{
		{l.LS, "linear scheduling (ls)", "schedule deferred-epochs update"},
		{l.BB, "batch-wise balancing (bb)", "eta eta-reading eta-scope eta-group eta-counts eta-objects"},
		{l.WF, "class weights (wf)", "intensity"},
	} {
		for _, name := range strings.Fields(part.flags) {
			if !part.on && b.Set.Changed(name) {
				return cli.Usagef("--%s has no meaning for --loss %v, which is without %s", name, l, part.name)
			}
		}
	}
	if s := b.schedule; b.Set.Changed("deferred-epochs") && (s == weights.ScheduleConstant || s == weights.ScheduleLinear) {
		return cli.Usagef("--deferred-epochs has no meaning for --schedule %s: use deferred or deferred-linear", s)
	}
	return nil
}

// Apply returns the balance settings of the configuration's weights file, or the
// detector's own, with the flags in their places.
func (b *balanceFlags) Apply(c train.Config) (*balance.Config, error) {
	if c.Weights == "" {
		return b.put(c.OwnBalance())
	}
	table, err := codec.ReadFile(c.Weights)
	if err != nil {
		return nil, err
	}
	return b.Over(table.Meta)
}

// Over returns the balance settings of a weights file with the flags in their
// places.
func (b *balanceFlags) Over(meta weights.Metadata) (*balance.Config, error) {
	return b.put(balance.FromMetadata(meta))
}

// put returns balance settings with the flags in their places.
func (b *balanceFlags) put(c balance.Config) (*balance.Config, error) {
	for name, set := range map[string]func(){
		"schedule":        func() { c.Schedule = balance.Schedule(b.schedule) },
		"deferred-epochs": func() { c.DeferredEpochs = b.deferredEpochs },
		"update":          func() { c.Update = b.update },
		"eta":             func() { c.Eta = b.eta },
		"eta-reading":     func() { c.Reading = balance.EtaReading(b.reading) },
		"eta-scope":       func() { c.Scope = b.scope },
		"eta-group":       func() { c.Group = b.group },
		"intensity":       func() { c.Intensity = b.intensity },
	} {
		if b.Set.Changed(name) {
			set()
		}
	}
	if err := c.Validate(); err != nil {
		return nil, cli.Usagef("%w", err)
	}
	return &c, nil
}

// AddFlags adds the flags of a training to a command.
func (o *Training) AddFlags(cmd *cobra.Command) {
	c, f := &o.Config, cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.Weights, "weights", "", "weights `file` of 'cocostat weights'")
	f.StringVar(&o.Recipe, "recipe", "", "`name` of a recipe, see 'train recipes', or its YAML file: its settings are defaults that flags override")
	f.StringVarP(&o.Run, "run", "o", "", "`folder` of the run, new or empty (default runs/1, runs/2, …)")
	f.StringVar(&o.Resume, "resume", "", "go on with the run in this `folder`")
	f.StringVar(&c.Data.TrainImages, "train-images", "", "`folder` of the training images")
	f.StringVar(&c.Data.ValJSON, "val", "", "validation annotations, a `file`, or PATH:SPLIT")
	f.StringVar(&c.Data.ValImages, "val-images", "", "`folder` of the validation images")

	o.Classes.AddByFlag(cmd)
	o.Classes.AddClassFlags(cmd, input.FileClasses)

	f.StringVar(&o.loss, "loss", c.Loss.String(), "`loss` of the classes: focal, ce, cbl or eql, and parts of it joined by +, see above")
	f.Float64Var(&c.Gamma, "gamma", c.Gamma, "focal exponent γ; -1: that of the loss, 2 or for ce 0")
	f.Float64Var(&c.Background, "background-weight", c.Background, "of --loss eql: weight of tail classes where there is no object, in [0, 1]")
	f.Float64Var(&c.Beta, "beta", 0, "of --loss cbl: β of the effective number, between 0 and 1 (default: the weights file's, or 0.9999)")
	o.addBalanceFlags(cmd)

	o.addModelFlags(cmd)
	f.IntVar(&c.Epochs, "epochs", 0, "epochs (default: 140, fcos: 12)")
	f.IntVar(&c.Batch, "batch", c.Batch, "images that go through the network together (the paper: 128 a step, for FCOS 16)")
	f.IntVar(&c.Accumulate, "accumulate", 0, "batches of a step, each with its own normalisation, of whose gradients it takes the mean; several processes share them (default: 1, or one for each process)")
	f.IntVar(&c.Size, "size", 0, "side of the square input in pixels, a multiple of the network's stride (default: 512; fcos has --short-side)")
	f.IntSliceVar(&c.Sides.Short, "short-side", nil, "pixels of the images' shorter side, in place of --size; training draws one of several (default: of fcos 800)")
	f.IntVar(&c.Sides.Long, "long-side", 0, "most pixels of their longer side, beside --short-side (default: 5/3 of it)")
	cli.Choice(cmd, &c.TestSize, "test-size", train.TestFixed, "how images are tested: fixed (as in training, --size) or keep (at their own size, pixel by pixel)", train.TestFixed, train.TestKeep)
	cli.Choice(cmd, &c.Optimiser.Name, "optimiser", "", "adam, or sgd (with momentum) (default: adam; fcos: sgd)", train.Adam, train.SGD)
	f.Float64Var(&c.Optimiser.Momentum, "momentum", 0, "of --optimiser sgd (default: 0.9)")
	f.Float64Var(&c.Optimiser.BiasRate, "bias-rate", 0, "of --optimiser sgd: factor of the learning rate of biases, which then have no weight decay; 0: none is special (default: 0, fcos: 2)")
	f.Float64Var(&c.LR, "lr", 0, "learning rate after the warm-up; 0: 5e-4·max(images/128, √(8000/steps)), at most 4e-3; sgd: 0.01·images/16, at most 0.02, for the images of a step")
	cli.Choice(cmd, &c.Rate.Schedule, "lr-schedule", c.Rate.Schedule, "of the learning rate: cosine (to 0) or step (a tenth at each of --lr-drops)", train.RateCosine, train.RateStep)
	f.IntSliceVar(&c.Drops, "lr-drops", nil, "`epochs` after which --lr-schedule step drops (default 9/14 and 12/14 of all: 90,120 of 140)")
	f.IntVar(&c.Warmup, "warmup", c.Warmup, "steps of warm-up; -1: 500, but at most a tenth of all")
	cli.Choice(cmd, &c.WarmupKind, "warmup-kind", "", "linear (up to the learning rate), or constant (at a third of it) (default: linear; fcos: constant)", train.WarmupLinear, train.WarmupConstant)
	f.Float64Var(&c.WeightDecay, "weight-decay", 0, "weight decay (L2) (default: 1e-4)")
	f.Float64Var(&c.EMA, "ema", c.EMA, "`decay` of a moving average of the weights, such as 0.999, which is then evaluated and kept; 0: none")
	f.StringVar(&c.Pretrained, "pretrained", "", "`file` with the backbone's first weights: torchvision's, as .safetensors or .pth")
	cli.Choice(cmd, &c.Freeze, "freeze", "", "what of the backbone is not trained: none, norms (its normalisations), or stem (these and all up to stride 4) (default: none; fcos on a ResNet with --pretrained: stem)", train.FreezeNone, train.FreezeNorms, train.FreezeStem)
	cli.Choice(cmd, &o.augment, "augment", "", "augmentation: centernet (that of CenterNet's own code), light, flip (mirror alone) or none (default: centernet; fcos: flip)", augmentations...)
	cli.Choice(cmd, (*string)(&c.OnBadImage), "on-bad-image", string(c.OnBadImage), "what an image that cannot be read does: fail, or skip (another takes its place)", string(data.FailOnBadImage), string(data.SkipBadImage))
	cli.Choice(cmd, &c.EmptyImages, "empty-images", train.KeepEmpty, "training images without a box larger than a pixel: keep (as background), or skip, as FCOS does", train.KeepEmpty, train.SkipEmpty)
	f.IntVar(&c.EvalEvery, "eval-every", 0, "epochs between evaluations; the last is always evaluated (default: 5, fcos: 1)")
	f.BoolVar(&c.RoundResults, "round-results", false, "evaluate boxes and scores that are rounded to two decimals, as CenterNet does")
	f.BoolVar(&c.TestFlip, "test-flip", false, "evaluate the mean of an image and its mirror image")
	f.DurationVar(&c.SaveEvery, "save-every", c.SaveEvery, "`time` between checkpoints inside an epoch; 0: only after epochs")
	f.DurationVar(&o.Timeout, "timeout", defaultTimeout, "`time` that one of several processes may be late or silent for before the training ends")
	f.Uint64Var(&c.Seed, "seed", c.Seed, "seed of network, order and augmentation")

	f.StringVar(&c.Device, "device", c.Device, "cpu, cuda or cuda:N")
	cli.Choice(cmd, &c.Precision, "precision", train.PrecisionFloat32, "what convolutions multiply in training: float32, tf32 (on CUDA devices) or bfloat16; all else is float32, evaluations too", train.Precisions...)
	f.IntVar(&c.Threads, "threads", 0, "threads of the network on the CPU; 0: one per processor")
	f.IntVar(&c.Workers, "workers", 0, "goroutines that load images; 0: one per two threads")
	f.Int64Var(&o.CacheMiB, "cache", c.Cache>>20, "memory for decoded images in `MiB`")
	cli.Choice(cmd, &o.Format, "format", "table", "of the result: table or json", ResultFormats...)
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "no progress")
	cli.CompleteValues(cmd, "loss", balance.LossExamples...)
	cli.CompleteValues(cmd, "device", Devices...)
	cli.Complete(cmd, "recipe", CompleteRecipes)
	cli.CompleteFolders(cmd, "run", "resume", "train-images", "val-images")
}

func (o *Training) addModelFlags(cmd *cobra.Command) {
	m := &o.Config.Model
	cli.Choice(cmd, &m.Detector, "detector", m.Detector, strings.Join(model.Detectors, " or "), model.Detectors...)
	cli.Choice(cmd, &m.Backbone, "backbone", m.Backbone, strings.Join(backbone.Names(), ", "), backbone.Names()...)
	cmd.Flags().Float64Var(&m.Width, "width", m.Width, "channel multiplier of MobileNets")
	for _, d := range detectorFlags {
		d.add(cmd, m)
	}
}

// ResultFormats are the forms of an evaluation that is printed, Devices the names
// of those that can be known.
var (
	ResultFormats = []string{"table", "json"}
	Devices       = []string{"cpu", "cuda"}
)

var schedules = []string{weights.ScheduleConstant, weights.ScheduleDeferred, weights.ScheduleLinear, weights.ScheduleDeferredLinear}

func (o *Training) addBalanceFlags(cmd *cobra.Command) {
	b, f := &o.Balance, cmd.Flags()
	b.Set = f
	const from = " (default: from the weights file)"
	cli.Choice(cmd, &b.schedule, "schedule", "", "λ over the epochs: constant, deferred, linear or deferred-linear"+from, schedules...)
	f.IntVar(&b.deferredEpochs, "deferred-epochs", 0, "epochs before λ begins to rise from 0"+from)
	cli.Choice(cmd, &b.update, "update", "", "how often λ changes: epoch or step"+from, weights.UpdateEpoch, weights.UpdateStep)
	f.Float64Var(&b.eta, "eta", 0, "η in [0, 1]"+from)
	cli.Choice(cmd, &b.reading, "eta-reading", "", "what the hat of η̂ covers: base or power"+from, weights.ReadingBase, weights.ReadingPower)
	cli.Choice(cmd, &b.scope, "eta-scope", "", "where η̂ counts objects: image, or batch"+from, weights.ScopeImage, weights.ScopeBatch)
	f.IntVar(&b.group, "eta-group", 0, "of --eta-scope batch: images that count together, as on one of several devices; 0: all")
	cli.Choice(cmd, &o.Config.EtaCounts, "eta-counts", train.CountTargets, "what η̂ counts: targets (what is left of the objects after augmentation) or table (those of eta.arrow beside the weights)", train.CountTargets, train.CountTable)
	f.Float64Var(&b.intensity, "intensity", 0, "intensity of α in [0, 1]"+from)
}
