package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"cocostat/evaluate"
	"cocostat/internal/atomicfile"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// Watcher is told how a run goes. All functions must be set; Skipped may be
// called by any goroutine, one at a time.
type Watcher struct {
	Note     func(text string)      // what a user should know
	Skipped  func(*data.ImageError) // a bad image of either set, once for each file
	Progress func(Progress)         // after every step and every batch of an evaluation
	Epoch    func(Metric)           // after every epoch
}

// Progress is how far a run has come.
type Progress struct {
	Epoch, Epochs   int // the current one, 1…, and all
	Step, Steps     int // of the epoch
	Evaluating      bool
	Losses          Losses  // means over the last steps
	ImagesPerSecond float64 // in training, over the last steps
	Left            time.Duration
}

// run is a job in progress.
type run struct {
	*Job
	record  *record
	watch   Watcher
	learner *learner
	loader  *data.Loader
	rate    rate
	state   State
	meter   meter
	final   *Evaluation // of the network after the last epoch, once there is one
	weights []float32
	search  *search

	own     int       // batches of a step that this process trains on
	batch   int       // of these, trained so far
	waiting []awaited // batches whose losses have still to be looked at
	broken  string    // images of batches of the step whose loss is not finite
}

// Run trains in the folder dir, which must be new or empty, and returns the
// evaluation of the network after the last epoch; nil without a validation
// set. When ctx ends, training stops between two steps with ctx's error, and
// the folder holds the state of that moment. Of several processes the first alone
// uses the folder.
func (j *Job) Run(ctx context.Context, dir string, w Watcher) (*Evaluation, error) {
	return j.run(ctx, w, func() (*folder, *Checkpoint, error) {
		f, err := newFolder(dir)
		return f, nil, err
	})
}

// run trains in the folder that open gives, from its checkpoint if there is one.
// Whatever else ends it, the other processes are told.
func (j *Job) run(ctx context.Context, w Watcher, open func() (*folder, *Checkpoint, error)) (_ *Evaluation, err error) {
	defer compute()()
	defer func() {
		if !errors.Is(err, ErrStopped) && !interrupted(ctx, err) {
			err = j.world.Fail(err)
		}
	}()
	defer context.AfterFunc(ctx, j.world.Stop)()
	var f *folder
	var c *Checkpoint
	if j.world.Chief() {
		if f, c, err = open(); err != nil {
			return nil, err
		}
		defer f.release()
	}
	r, err := j.start(w, c == nil)
	if err != nil {
		return nil, err
	}
	defer r.learner.close()
	if err := r.begin(f, c); err != nil {
		return nil, err
	}
	return r.finish(ctx, f)
}

// start builds the network, the optimiser and the loader. The network of a run
// that begins gets its pretrained weights.
func (j *Job) start(w Watcher, begins bool) (*run, error) {
	c := j.placed()
	if err := torchx.SetThreads(c.threads()); err != nil {
		return nil, err
	}
	net, err := placed(c.Model, c.Seed, c.Device)
	if err != nil {
		return nil, err
	}
	if c.Device != "cpu" {
		if err := torchx.CUDAKernels(c.Device); err != nil {
			w.Note(fmt.Sprintf("losses and deformable convolutions are computed by libtorch's operators, which takes longer: %v", err))
		}
		torchx.TryConvolutions(!c.Sides.set())
	}
	mine := share(c, j.world)
	opt := data.TrainOptions(c.trainingShape(), c.Batch, c.Seed)
	opt.Encoder, opt.Share = net.Encoder(), mine
	opt.Augment, opt.Workers, opt.CacheBytes = c.Augment, c.workers(), c.Cache
	opt.OnBadImage, opt.Report = c.OnBadImage, oncePerFile(w.Skipped)
	loader, err := data.NewLoader(j.train, opt)
	if err != nil {
		return nil, err
	}
	if begins && c.Pretrained != "" && j.world.Chief() {
		report, err := LoadPretrained(net.Entries(), c.Pretrained)
		if err != nil {
			return nil, err
		}
		for _, note := range report.Notes() {
			w.Note(note)
		}
	}
	if err := c.freeze(net); err != nil {
		return nil, err
	}
	optimiser, err := c.newOptimiser(net)
	if err != nil {
		return nil, err
	}
	l := &learner{net: net, optimiser: optimiser, loss: j.loss, device: c.Device, precision: c.convolutions(), batches: c.batches(), ahead: j.ahead()}
	if c.EMA > 0 {
		if l.average, err = newAverage(net, c); err != nil {
			optimiser.Close()
			return nil, err
		}
	}
	_, own, _ := mine.Own()
	return &run{
		Job: j, watch: w, loader: loader,
		learner: l, own: own,
		rate:   c.Rate.over(c.Epochs, loader.Steps()),
		state:  State{Config: j.Config, Classes: j.classes(), Selected: j.Table.Meta.Selected, TrainingSet: j.train.Fingerprint(), ValidationSet: j.val.fingerprint(), BestAP: -1},
		search: &search{net: l.used(), device: c.Device, shape: c.testShape(), batch: c.Batch, pixels: c.testPixels(), check: c.checkDetection, workers: c.workers(), flip: c.TestFlip, round: c.RoundResults, bad: c.OnBadImage, report: opt.Report, share: data.Share{Batches: j.world.Size(), Parts: j.world.Size(), Part: j.world.Rank()}},
	}, nil
}

// begin puts the run where it begins or goes on, in all processes.
func (r *run) begin(f *folder, c *Checkpoint) error {
	if f != nil {
		if err := r.goOnFrom(f, c); err != nil {
			return err
		}
	}
	if err := r.together(); err != nil {
		return err
	}
	r.state.Processes = 0
	if n := r.world.Size(); n > 1 {
		r.state.Processes = n
	}
	return nil
}

// oncePerFile hands on the first error of each file: an evaluation meets its
// bad images anew each time. It is called by one loader at a time.
func oncePerFile(report func(*data.ImageError)) func(*data.ImageError) {
	told := map[string]bool{}
	return func(e *data.ImageError) {
		if !told[e.Path] {
			told[e.Path] = true
			report(e)
		}
	}
}

// placed builds a network on a device.
func placed(c model.Config, seed uint64, device string) (detector.Detector, error) {
	net, err := c.New(seed)
	if err != nil {
		return nil, err
	}
	return net, net.Move(device, torchx.ChannelsLast)
}

// finish trains what is left and writes the results. Whatever ends it, what
// is being written is written.
func (r *run) finish(ctx context.Context, f *folder) (result *Evaluation, err error) {
	if r.record, err = newRecord(f, r.Config, r.learner, r.state, r.loader.Steps()); err != nil {
		return nil, err
	}
	defer r.record.close()
	r.meter.begin(r.epochs(), r.Config.Epochs)
	for r.state.Epoch < r.Config.Epochs && err == nil {
		err = r.epoch(ctx)
	}
	if err == nil && r.val != nil && r.final == nil { // the run was already at its end
		r.final, err = r.evaluate(ctx)
	}
	if interrupted(ctx, err) || errors.Is(err, ErrStopped) {
		if problem := r.record.rest(r.state); problem != nil {
			return nil, problem
		}
		return nil, r.atEnd(err)
	}
	if problem := r.record.wait(); err == nil {
		err = problem
	}
	if err == nil && r.final != nil {
		err = r.record.result(r.final)
	}
	if err != nil {
		return nil, err
	}
	return r.final, r.atEnd(nil)
}

// atEnd waits until the first process has written all that is to be written: once
// one has ended, a launcher may end the others. A run that was asked to end ends
// with err.
func (r *run) atEnd(err error) error {
	_, fault := r.world.Exchange("the end", nil)
	if fault != nil && (err == nil || !r.world.Chief()) {
		return fault
	}
	return err
}

// interrupted reports whether err is nothing but the end of ctx.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}

// epochs is how far the run has come, with the part of the current epoch.
func (r *run) epochs() float64 {
	return float64(r.state.Epoch) + float64(r.begun())/float64(r.loader.Steps())
}

// epoch trains what is left of an epoch, evaluates if it is time to, and saves
// the state.
func (r *run) epoch(ctx context.Context) error {
	if err := r.trainEpoch(ctx); err != nil {
		return err
	}
	if err := r.agree(); err != nil {
		return err
	}
	m := r.state.Part
	m.ImagesPerSecond = float64(r.loader.Steps()*r.Config.StepImages()) / m.Seconds
	best := false
	last := m.Epoch == r.Config.Epochs
	if r.val != nil && (last || m.Epoch%r.Config.EvalEvery == 0) {
		e, err := r.evaluate(ctx)
		if err != nil {
			return err
		}
		m.Val = &e.Scores
		if ap := float64(e.Scores.AP); ap > r.state.BestAP {
			r.state.BestAP, best = ap, true
		}
		if last {
			r.final = e
		}
		r.meter.skip()
	}
	r.state.Epoch, r.state.Step, r.state.Part = m.Epoch, 0, Metric{}
	r.state.Metrics = append(r.state.Metrics, m)
	if err := r.record.epoch(&r.state, best); err != nil {
		return err
	}
	r.watch.Epoch(m)
	return nil
}

// trainEpoch trains the steps that are left of the current epoch.
func (r *run) trainEpoch(ctx context.Context) error {
	clock := &r.learner.clock
	clock.start(r.state.Part.Times, r.loader.Spent())
	for b, err := range r.loader.EpochFrom(r.steady(ctx), r.state.Epoch, r.state.Step*r.learner.batches) {
		if err != nil {
			return cmp.Or(r.settleAll(), err)
		}
		clock.lap(&clock.times.Waiting)
		if err := r.learn(ctx, b); err != nil {
			return r.inStep(err)
		}
		clock.lap(&clock.times.Other)
		if err := r.settle(ctx); err != nil {
			return err
		}
		clock.lap(&clock.times.Other)
	}
	return r.settleAll()
}

// inStep names the step that is next to be counted.
func (r *run) inStep(err error) error {
	return fmt.Errorf("train: epoch %d, step %d: %w", r.state.Epoch+1, r.state.Step+1, err)
}

// steady is the context of a step's batches. Where there are several of them, in one
// process or more, ctx ends the training after the step: running statistics have
// changed by then.
func (r *run) steady(ctx context.Context) context.Context {
	if r.learner.batches == 1 {
		return ctx
	}
	return r.world.Context(context.WithoutCancel(ctx))
}

// stopped is the error of processes that end together.
func stopped(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ErrStopped
}

// learn trains on a batch, whose losses then wait to be looked at.
func (r *run) learn(ctx context.Context, b *data.Batch) error {
	s := &r.state
	a := awaited{images: slices.Clone(b.Indices), steps: s.Epoch*r.loader.Steps() + r.begun(), moment: r.plan.At(r.epochs())}
	r.weights = r.counts.weights(r.weights, a.moment, b)
	if r.batch++; r.batch == r.own {
		a.last = &conclusion{rate: r.rate.at(a.steps), stop: r.learner.batches > 1 && ctx.Err() != nil}
		r.batch = 0
	}
	var err error
	if a.reading, err = r.learner.batch(b, r.weights, a.last); err != nil {
		return err
	}
	r.waiting = append(r.waiting, a)
	return nil
}

// diverged is the error of a step whose loss is not finite. Of several processes
// the one that trains on the images says so.
func (r *run) diverged(l Losses) error {
	if r.broken == "" {
		return r.world.Blame(fmt.Errorf("%w: the loss is not finite: %v; %s", ErrDiverged, l, calmer))
	}
	return fmt.Errorf("%w: the loss is not finite: %v; images %s; %s", ErrDiverged, l, r.broken, calmer)
}

func (r *run) progress(done, total int, evaluating bool) Progress {
	p := Progress{Epoch: r.state.Epoch + 1, Epochs: r.Config.Epochs, Step: done, Steps: total, Evaluating: evaluating}
	p.Losses, p.ImagesPerSecond = r.meter.losses, r.meter.rate
	part := float64(done) / float64(total)
	if evaluating {
		part = 1
	}
	p.Left = r.meter.left(float64(r.state.Epoch) + part)
	return p
}

// evaluate runs the network that is to be used over the validation set.
func (r *run) evaluate(ctx context.Context) (*Evaluation, error) {
	if r.world.Size() > 1 {
		return r.evaluateTogether(ctx)
	}
	detections, err := r.search.run(ctx, r.val, func(done, total int) { r.watch.Progress(r.progress(done, total, true)) })
	if err != nil {
		return nil, err
	}
	return r.val.score(detections)
}

// writeEvaluation writes the detections and their AP to a folder.
func writeEvaluation(dir string, e *Evaluation) error {
	if err := atomicfile.Write(filepath.Join(dir, DetectionsFile), func(w io.Writer) error {
		return evaluate.WriteDetections(w, e.Detections)
	}); err != nil {
		return err
	}
	return writeJSON(dir, ResultsFile, e)
}
