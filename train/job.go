package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cocostat/annotations"
	"cocostat/balance"
	"cocostat/dataset"
	"cocostat/internal/processors"
	"cocostat/internal/textable"
	"cocostat/lt"
	"cocostat/train/data"
	"cocostat/train/torchx"
	"cocostat/train/world"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// Job is a training that is ready to run.
type Job struct {
	Config Config // resolved: nothing is left to be found
	Table  *weights.Table
	Notes  []string     // what a user should know about the data
	world  *world.World // nil: one process
	train  *data.Set
	val    *Validation // nil if there is no validation set
	plan   *balance.Plan
	counts *counter
	loss   balance.HeatmapLoss

	aheadOnCPU bool // of tests: as on a CUDA device
}

// Open finds and reads what c names and checks that it fits together: the
// weights' classes with those of the annotations, the images with their files.
func Open(ctx context.Context, c Config) (*Job, error) { return OpenIn(ctx, nil, c) }

// OpenIn is Open for one of the processes of a world. It tells the others what it
// fails with.
func OpenIn(ctx context.Context, w *world.World, c Config) (*Job, error) {
	if w == nil {
		return open(ctx, nil, c)
	}
	defer context.AfterFunc(ctx, w.Stop)()
	both, done := until(ctx, w)
	defer done()
	j, err := open(both, w, c)
	switch cause := context.Cause(both); {
	case err == nil:
		return j, nil
	case errors.Is(cause, ErrStopped):
		return nil, stopped(ctx)
	case cause != nil:
		return nil, cause
	}
	return nil, w.Fail(err)
}

func open(ctx context.Context, w *world.World, c Config) (*Job, error) {
	if c.Accumulate == 0 && w != nil {
		c.Accumulate = w.Size()
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.batches() < w.Size() {
		return nil, fmt.Errorf("train: a step of %d batches cannot be shared by %d processes: start fewer, or begin a run with --accumulate %d", c.batches(), w.Size(), w.Size())
	}
	j := &Job{Config: c, world: w}
	if err := checkDevice(j.placed().Device); err != nil {
		return nil, err
	}
	if note := c.precisionNote(); note != "" {
		j.Notes = append(j.Notes, note)
	}
	for _, step := range []func(context.Context) error{j.openWeights, j.openTraining, j.openValidation} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	j.resolveRate()
	alphas, err := j.alphas()
	if err != nil {
		return nil, fmt.Errorf("train: class weights: %w", err)
	}
	if j.plan, err = balance.NewPlan(alphas, *j.Config.Balance, j.Config.Epochs); err != nil {
		return nil, err
	}
	j.noteSettings()
	if j.counts, err = j.newCounter(); err != nil {
		return nil, err
	}
	j.loss, err = j.heatmapLoss()
	return j, err
}

// noteSettings says which settings do not do here what they are for.
func (j *Job) noteSettings() {
	c := j.Config
	lambda := c.LambdaNote()
	if lambda != "" {
		lambda += ": " + c.lambdaRemedy()
	}
	steps := len(j.train.Items) / c.StepImages()
	for _, note := range []string{lambda, j.shareNote(), c.Rate.over(c.Epochs, steps).warmupNote(), c.groupNote(), c.freezeNote(), CrowdNote(c.Threads, c.Workers)} {
		if note != "" {
			j.Notes = append(j.Notes, note)
		}
	}
}

// shareNote says that processes wait for others in each step.
func (j *Job) shareNote() string {
	k, n := j.Config.batches(), j.world.Size()
	if k%n == 0 {
		return ""
	}
	return fmt.Sprintf("%d processes share %d batches of a step: some train on %d and wait for those with %d; a multiple of %d as --accumulate keeps all busy", n, k, k/n, k/n+1, n)
}

// placed is the configuration with what belongs to this process's place: among
// processes on one machine, each has its part of the processors, and a CUDA device
// of its own.
func (j *Job) placed() Config {
	c := j.Config
	if j.world == nil {
		return c
	}
	if _, n := j.world.Sharing(); c.Threads == 0 {
		c.Threads = max(1, processors.Count()/n)
	}
	if local := j.world.Local(); c.Device == "cuda" {
		c.Device = fmt.Sprintf("cuda:%d", local)
	}
	return c
}

// resolveRate finds the learning rate where none is named.
func (j *Job) resolveRate() {
	c := &j.Config
	if c.LR == 0 {
		steps := c.Epochs * (len(j.train.Items) / c.StepImages())
		c.LR = c.RuleLR(steps)
		j.Notes = append(j.Notes, fmt.Sprintf("learning rate %g, by the rule for %s steps of %d images; --lr sets another", c.LR, textable.Integer(steps), c.StepImages()))
	}
}

// checkDevice reports a device that there is not.
func checkDevice(device string) error {
	if device == "cpu" {
		return nil
	}
	index, known := 0, device == "cuda"
	if text, has := strings.CutPrefix(device, "cuda:"); has {
		var err error
		index, err = strconv.Atoi(text)
		known = err == nil && index >= 0
	}
	switch n := torchx.CUDADevices(); {
	case !known:
		return fmt.Errorf("train: unknown device %q: use cpu, cuda or cuda:N", device)
	case n == 0:
		return fmt.Errorf("train: device %s: this libtorch (%s) sees no CUDA device; use cpu", device, torchx.Version())
	case index >= n:
		return fmt.Errorf("train: device %s: there are %d CUDA devices, cuda:0 to cuda:%d", device, n, n-1)
	}
	return nil
}

// openWeights reads or makes the weights and completes the layout.
func (j *Job) openWeights(ctx context.Context) (err error) {
	c := &j.Config
	if *c, j.Table, err = OpenWeights(ctx, *c); err != nil {
		return err
	}
	if c.Weights == "" {
		j.noteMade()
	}
	if c.EtaCounts == CountTable && c.EtaFile == "" {
		if c.Weights == "" {
			return errors.New("train: counts of the eta file need the weights file that it lies beside: name it with --weights")
		}
		c.EtaFile = filepath.Join(filepath.Dir(c.Weights), EtaFile)
	}
	if err := absolute(&c.Pretrained, &c.EtaFile); err != nil {
		return err
	}
	if c.Balance == nil {
		b := balance.FromMetadata(j.Table.Meta)
		if c.Weights == "" {
			b = c.ownBalance(b)
		}
		c.Balance = &b
	}
	if note := c.etaNote(); note != "" {
		j.Notes = append(j.Notes, note)
	}
	c.Balance.WF, c.Balance.BB, c.Balance.LS = c.Loss.WF, c.Loss.BB, c.Loss.LS
	return nil
}

// noteMade says of weights that were made here what 'cocostat weights' would say.
func (j *Job) noteMade() {
	const most = 5
	for _, k := range j.Table.Meta.LeftOut {
		if k.Reason == annotations.LeftOutRoot {
			j.Notes = append(j.Notes, fmt.Sprintf("category %d %q is no class: it has no annotations and is the supercategory of others", k.ID, k.Name))
		}
	}
	j.Notes = append(j.Notes, j.Table.Oddities(most)...)
}

// OpenWeights reads the weights file of a configuration or, if it names none, makes
// weights from the training annotations with weights.DefaultOptions. It also
// returns the configuration with what its Data and More lacked, paths absolute: the
// training annotations are the weights' sources, the rest is found by the
// conventions of package data.
func OpenWeights(ctx context.Context, c Config) (_ Config, table *weights.Table, err error) {
	if c.Weights != "" {
		if table, err = codec.ReadFile(c.Weights); err != nil {
			return c, nil, err
		}
		if c.Data.TrainJSON == "" {
			if err := c.takeSources(table); err != nil {
				return c, nil, err
			}
		}
	}
	if c.Data.TrainJSON == "" {
		return c, nil, errors.New("train: nothing to train on: name a weights file or a dataset")
	}
	if err := c.findImages(); err != nil {
		return c, nil, err
	}
	if table == nil {
		table, err = c.makeWeights(ctx)
	}
	return c, table, err
}

// findImages completes where the data lie.
func (c *Config) findImages() (err error) {
	if c.Data, err = c.Data.Complete(); err != nil {
		return err
	}
	l := &c.Data
	paths := []*string{&l.TrainJSON, &l.TrainImages, &l.ValJSON, &l.ValImages}
	c.More = slices.Clone(c.More)
	for i := range c.More {
		p := &c.More[i]
		if *p, err = p.Complete(); err != nil {
			return err
		}
		paths = append(paths, &p.Annotations, &p.Images)
	}
	return absolute(paths...)
}

// trainingFiles are the annotations of all training sets.
func (c *Config) trainingFiles() []string {
	files := []string{c.Data.TrainJSON}
	for _, p := range c.More {
		files = append(files, p.Annotations)
	}
	return files
}

// alphas returns the class weights: the table's, or those that the loss is
// defined with, from the table's counts.
func (j *Job) alphas() ([]float64, error) {
	method, is := j.Config.Loss.AlphaMethod(), j.Table.Meta.Alpha
	if method == "" || method == is.Method && (j.Config.Beta == 0 || j.Config.Beta == is.Beta) {
		return j.Table.Alphas(), nil
	}
	scheme := weights.Alpha{Method: method}
	if method == weights.Effective {
		scheme.Beta = cmp.Or(j.Config.Beta, weights.DefaultBeta)
	}
	j.Notes = append(j.Notes, fmt.Sprintf("loss %v: class weights of method %s, from the counts of the weights file", j.Config.Loss, method))
	return scheme.Weights(j.Table.Counts())
}

// heatmapLoss returns the loss of the heatmap.
func (j *Job) heatmapLoss() (balance.HeatmapLoss, error) {
	c := j.Config
	loss := balance.HeatmapLoss{Weighting: balance.ClassWise}
	switch {
	case c.Loss.Base == balance.CBL && !c.Loss.ClassWise:
		loss.Weighting = balance.LocationWise
	case c.Loss.Base == balance.EQL:
		tail := make([]bool, len(j.Table.Rows))
		for i, r := range j.Table.Rows {
			tail[i] = r.Group == lt.Tail
		}
		if !slices.Contains(tail, true) {
			return loss, errors.New("train: the loss eql needs classes in the tail, and the weights file has none: make it with a higher --tail-ratio")
		}
		loss = balance.NewEqualised(tail, c.Background)
	}
	loss.Gamma = c.gamma()
	return loss, nil
}

// absolute makes paths valid from any working directory, so that checkpoints
// find their data later.
func absolute(paths ...*string) (err error) {
	for _, path := range paths {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	return nil
}

// takeSources makes training sets of the annotation files that a table was made
// from.
func (c *Config) takeSources(t *weights.Table) error {
	sources, path := t.Meta.Sources, c.Weights
	if t.Meta.Counted == weights.CountedTable {
		return fmt.Errorf("train: %s was made from a table of counts, which names no images: name the dataset as well, its folder or its training annotations (train --weights %s DATASET)", path, path)
	}
	if len(sources) == 0 || slices.ContainsFunc(sources, func(s annotations.Source) bool { return s.Path == "-" }) {
		return fmt.Errorf("train: %s was made from standard input: name the training annotations (train --weights %s DATASET)", path, path)
	}
	c.Data.TrainJSON = sources[0].Path
	for _, s := range sources[1:] {
		c.More = append(c.More, data.Part{Annotations: s.Path})
	}
	return nil
}

func (c *Config) makeWeights(ctx context.Context) (*weights.Table, error) {
	counts, err := dataset.Count(ctx, c.trainingFiles(), annotations.Options{Trainable: true, NoRoots: true, Selection: c.Selection, ByName: c.ByName})
	if err != nil {
		return nil, err
	}
	return weights.Build(counts, weights.DefaultOptions())
}

func (j *Job) openTraining(ctx context.Context) error {
	c := &j.Config
	left, err := j.loadTraining(ctx)
	if err != nil {
		return err
	}
	if j.train.Report.Objects == 0 {
		return fmt.Errorf("train: %s: no box to train on in %d images", strings.Join(c.trainingFiles(), ", "), len(j.train.Items))
	}
	if c.EmptyImages == SkipEmpty {
		if n := j.train.LeaveOutEmpty(); n > 0 {
			j.Notes = append(j.Notes, fmt.Sprintf("training set: %d images without a box larger than a pixel left out", n))
		}
	}
	if err := c.checkStep(len(j.train.Items)); err != nil {
		return err
	}
	c.Model.Classes = len(j.train.Categories)
	for _, n := range append(j.selectionNotes(left), j.train.Report.Notes()...) {
		j.Notes = append(j.Notes, "training set: "+n)
	}
	j.noteCounts()
	for _, r := range j.Table.Rows {
		if r.Instances == 0 {
			j.Notes = append(j.Notes, fmt.Sprintf("class %d %q has no training instance: its weight is 1, and it cannot be learnt", r.CategoryID, r.Name))
		}
	}
	if err := c.Model.Validate(); err != nil {
		return err
	}
	what, n := fmt.Sprintf("a step with %d images of %s", c.Batch, c.ShapeText()), 1
	if j.world != nil {
		n, _ = j.world.Sharing()
		what += fmt.Sprintf(" in each of the %d processes on this machine", n)
	}
	return c.checkMemory(float64(n)*c.trainingBytes(), what, c.lighter())
}

// checkStep reports a step that so many images cannot fill.
func (c Config) checkStep(images int) error {
	k := c.batches()
	switch {
	case images >= c.StepImages():
		return nil
	case k == 1:
		return fmt.Errorf("train: a batch of %d images cannot be filled from %d: use --batch %d or less", c.Batch, images, images)
	case images < k:
		return fmt.Errorf("train: a step of %d batches cannot be filled from %d images: use --accumulate %d or less, and as many processes", k, images, images)
	}
	return fmt.Errorf("train: a step of %d batches of %d images cannot be filled from %d: use --batch %d or less, or --accumulate %d or less", k, c.Batch, images, images/k, max(1, images/c.Batch))
}

// noteCounts says where the weights count other objects than training has, as
// weights of all annotations do. Those without crowds are meant to.
func (j *Job) noteCounts() {
	if !j.Table.Meta.Crowds {
		return
	}
	trained := make([]int64, len(j.Table.Rows))
	for i := range j.train.Items {
		for _, b := range j.train.Items[i].Boxes {
			trained[b.Class]++
		}
	}
	differ, first := 0, ""
	for i, r := range j.Table.Rows {
		if r.Instances == trained[i] {
			continue
		}
		if differ++; differ == 1 {
			first = fmt.Sprintf("%q has %d in the weights and %d in training", r.Name, r.Instances, trained[i])
		}
	}
	if differ > 0 {
		j.Notes = append(j.Notes, fmt.Sprintf("the weights count other objects than are trained on, in %d classes: %s; make them again from these annotations to have the same", differ, first))
	}
}

func (j *Job) openValidation(ctx context.Context) error {
	c := &j.Config
	if c.Data.ValJSON == "" {
		j.Notes = append(j.Notes, "no validation set found beside "+c.Data.TrainJSON+": training without evaluation")
		return nil
	}
	val, err := OpenValidation(ctx, c.Data.ValJSON, c.Data.ValImages, j.classes(), j.Table.Meta.Selected)
	if err != nil {
		return fmt.Errorf("%w; --val names another validation set", data.ByFlag(err, "--val-images"))
	}
	j.val = val
	if len(c.More) > 0 {
		j.Notes = append(j.Notes, "validation set: that of the first dataset alone, "+c.Data.ValJSON+"; --val names another")
	}
	for _, n := range append(leftNotes(val.left), val.set.Report.EvaluationNotes()...) {
		j.Notes = append(j.Notes, "validation set: "+n)
	}
	return nil
}

// classes lists the network's classes in channel order.
func (j *Job) classes() []Class {
	classes := make([]Class, len(j.Table.Rows))
	for i, r := range j.Table.Rows {
		classes[i] = Class{r.CategoryID, r.Name, r.Group}
	}
	return classes
}

// threads resolves the number of threads of an operator.
func (c Config) threads() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return processors.Count()
}

// workers resolves the number of loading goroutines.
func (c Config) workers() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return max(1, c.threads()/2)
}
