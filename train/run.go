package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
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
	folder  *folder
	saver   *saver
	events  *events
	watch   Watcher
	learner *learner
	loader  *data.Loader
	rate    rate
	state   State
	meter   meter
	final   *Evaluation // of the network after the last epoch, once there is one
	weights []float32
	search  *search
}

// Run trains in the folder dir, which must be new or empty, and returns the
// evaluation of the network after the last epoch; nil without a validation
// set. When ctx ends, training stops between two steps with ctx's error, and
// the folder holds the state of that moment.
func (j *Job) Run(ctx context.Context, dir string, w Watcher) (*Evaluation, error) {
	defer oneThread()()
	f, err := newFolder(dir)
	if err != nil {
		return nil, err
	}
	defer f.release()
	r, err := j.start(f, w, true)
	if err != nil {
		return nil, err
	}
	defer r.learner.optimiser.Close()
	if err := f.writeStart(j); err != nil {
		return nil, err
	}
	return r.finish(ctx)
}

// oneThread keeps the goroutine on its operating-system thread until what it
// returns is called. libtorch and the allocator under it keep memory for each
// thread that calls them: steps on ever other threads would pile it up.
func oneThread() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// start builds the network, the optimiser and the loader. The network of a run
// that begins gets its pretrained weights.
func (j *Job) start(f *folder, w Watcher, begins bool) (*run, error) {
	c := j.Config
	if err := torchx.SetThreads(c.threads()); err != nil {
		return nil, err
	}
	net, err := placed(c.Model, c.Seed, c.Device)
	if err != nil {
		return nil, err
	}
	opt := data.TrainOptions(c.trainingShape(), c.Batch, c.Seed)
	opt.Encoder = net.Encoder()
	opt.Augment, opt.Workers, opt.CacheBytes = c.Augment, c.workers(), c.Cache
	opt.OnBadImage, opt.Report = c.OnBadImage, oncePerFile(w.Skipped)
	loader, err := data.NewLoader(j.train, opt)
	if err != nil {
		return nil, err
	}
	if begins && c.Pretrained != "" {
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
	l := &learner{net: net, optimiser: optimiser, loss: j.loss, device: c.Device}
	if c.EMA > 0 {
		if l.average, err = newAverage(net, c); err != nil {
			optimiser.Close()
			return nil, err
		}
	}
	return &run{
		Job: j, folder: f, watch: w, loader: loader,
		learner: l,
		rate:    c.Rate.over(c.Epochs, loader.Batches()),
		state:   State{Config: c, Classes: j.classes(), LeftOut: j.Table.Meta.LeftOut, TrainingSet: j.train.Fingerprint(), ValidationSet: j.val.fingerprint(), BestAP: -1},
		search:  &search{net: l.used(), device: c.Device, shape: c.testShape(), batch: c.Batch, pixels: c.testPixels(), check: c.checkDetection, workers: c.workers(), flip: c.TestFlip, round: c.RoundResults, bad: c.OnBadImage, report: opt.Report},
	}, nil
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
func (r *run) finish(ctx context.Context) (result *Evaluation, err error) {
	if r.saver, err = newSaver(r.folder, r.Config.SaveEvery, r.learner, r.state); err != nil {
		return nil, err
	}
	if r.events, err = r.folder.openEvents(r.state, r.loader.Batches()); err != nil {
		return nil, err
	}
	defer r.events.writer.Close()
	r.meter.begin(r.epochs(), r.Config.Epochs)
	for r.state.Epoch < r.Config.Epochs && err == nil {
		err = r.epoch(ctx)
	}
	if err == nil && r.val != nil && r.final == nil { // the run was already at its end
		r.final, err = r.evaluate(ctx)
	}
	if interrupted(ctx, err) {
		if problem := r.saver.rest(r.state); problem != nil {
			err = problem
		}
		return nil, err
	}
	if problem := r.saver.wait(); err == nil {
		err = problem
	}
	if err != nil || r.final == nil {
		return nil, err
	}
	return r.final, writeEvaluation(r.folder.path, r.final)
}

// interrupted reports whether err is nothing but the end of ctx.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}

// epochs is how far the run has come, with the part of the current epoch.
func (r *run) epochs() float64 {
	return float64(r.state.Epoch) + float64(r.state.Step)/float64(r.loader.Batches())
}

// epoch trains what is left of an epoch, evaluates if it is time to, and saves
// the state.
func (r *run) epoch(ctx context.Context) error {
	if err := r.trainEpoch(ctx); err != nil {
		return err
	}
	m := r.state.Part
	m.ImagesPerSecond = float64(r.loader.Batches()*r.Config.Batch) / m.Seconds
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
	if err := r.events.epoch(m); err != nil {
		return err
	}
	r.state.Events = r.events.files
	if err := r.saver.save(r.state, best); err != nil {
		return err
	}
	if err := writeMetrics(r.folder.path, r.state.Metrics); err != nil {
		return err
	}
	r.watch.Epoch(m)
	return nil
}

// trainEpoch trains the steps that are left of the current epoch.
func (r *run) trainEpoch(ctx context.Context) error {
	m := &r.state.Part
	clock := &r.learner.clock
	clock.start(m.Times, r.loader.Spent())
	for b, err := range r.loader.EpochFrom(ctx, r.state.Epoch, r.state.Step) {
		if err != nil {
			return err
		}
		clock.lap(&clock.times.Waiting)
		if err := r.step(b); err != nil {
			return fmt.Errorf("train: epoch %d, step %d: %w", r.state.Epoch+1, r.state.Step+1, err)
		}
		clock.lap(&clock.times.Other)
		clock.charge(r.loader.Spent())
		m.Times, m.Seconds = clock.times, clock.times.total()
		r.watch.Progress(r.progress(r.state.Step, r.loader.Batches(), false))
		if err := r.saver.afterStep(r.state); err != nil {
			return err
		}
		clock.lap(&clock.times.Other)
	}
	return nil
}

// step trains on one batch.
func (r *run) step(b *data.Batch) error {
	s, m := &r.state, &r.state.Part
	steps := s.Epoch*r.loader.Batches() + s.Step
	moment := r.plan.At(r.epochs())
	lr := r.rate.at(steps)
	r.weights = r.counts.weights(r.weights, moment, b)
	losses, err := r.learner.step(b, r.weights, lr)
	if err != nil {
		return err
	}
	if !losses.Finite() {
		return fmt.Errorf("%w: the loss is not finite: %v; images %s; %s", ErrDiverged, losses, r.names(b), calmer)
	}
	s.Step++
	m.Epoch, m.Steps, m.Lambda, m.LR = s.Epoch+1, steps+1, moment.Lambda, lr
	m.Losses = m.Losses.Next(losses, s.Step)
	r.meter.step(losses, b.N)
	if err := r.events.step(*m, losses, s.Step, r.meter.rate); err != nil {
		return err
	}
	s.Events = r.events.files
	return nil
}

// names lists the images of a batch by id and file.
func (r *run) names(b *data.Batch) string {
	list := make([]string, b.N)
	for i, id := range b.ImageIDs {
		list[i] = fmt.Sprintf("%d (%s)", id, filepath.Base(r.train.Items[b.Indices[i]].Path))
	}
	return strings.Join(list, ", ")
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
