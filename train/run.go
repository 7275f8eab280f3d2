package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"cocostat/evaluate"
	"cocostat/internal/atomicfile"
	"cocostat/train/data"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// Files of a run folder.
const (
	ConfigFile     = "config.json"
	WeightsFile    = "weights.arrow"
	MetricsFile    = "metrics.jsonl"
	LastFile       = "last.safetensors"
	BestFile       = "best.safetensors"
	DetectionsFile = "detections.json"
	ResultsFile    = "results.json"
)

// Watcher is told how a run goes. All functions must be set; Note may be called
// by any goroutine, one at a time.
type Watcher struct {
	Note     func(text string) // what a user should know, such as a bad image
	Progress func(Progress)    // after every step and every batch of an evaluation
	Epoch    func(Metric)      // after every epoch
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
	dir      string
	watch    Watcher
	learner  *learner
	loader   *data.Loader
	rate     rate
	state    State
	meter    meter
	final    *Evaluation // of the network after the last epoch, once there is one
	weights  []float32
	detector *detector
}

// Run trains in the folder dir, which must be new or empty, and returns the
// evaluation of the network after the last epoch; nil without a validation
// set. When ctx ends, training stops between two steps with ctx's error, and
// the folder holds the state after the last whole epoch.
func (j *Job) Run(ctx context.Context, dir string, w Watcher) (*Evaluation, error) {
	defer oneThread()()
	if err := newFolder(dir); err != nil {
		return nil, err
	}
	r, err := j.start(dir, w)
	if err != nil {
		return nil, err
	}
	defer r.learner.adam.Close()
	if err := writeJSON(dir, ConfigFile, j.Config); err != nil {
		return nil, err
	}
	if err := j.Table.WriteFile(filepath.Join(dir, WeightsFile)); err != nil {
		return nil, err
	}
	return r.finish(ctx)
}

// Resume goes on with the run in dir after its last whole epoch. j must have
// been opened with the configuration of that run; see ReadConfig.
func (j *Job) Resume(ctx context.Context, dir string, w Watcher) (*Evaluation, error) {
	defer oneThread()()
	c, err := LoadCheckpoint(filepath.Join(dir, LastFile))
	if err != nil {
		return nil, err
	}
	if what := j.Config.Difference(c.Config); what != "" {
		return nil, fmt.Errorf("train: the run in %s was made with another %s: it can only go on as it began", dir, what)
	}
	r, err := j.start(dir, w)
	if err != nil {
		return nil, err
	}
	defer r.learner.adam.Close()
	if err := c.restore(r.learner.net, r.learner.adam); err != nil {
		return nil, err
	}
	r.state = c.State
	if err := writeMetrics(dir, r.state.Metrics); err != nil {
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

// ReadConfig reads the configuration of the run in dir.
func ReadConfig(dir string) (Config, error) {
	var c Config
	path := filepath.Join(dir, ConfigFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("train: %s is not a run folder: there is no %s in it", dir, ConfigFile)
	}
	if err != nil {
		return c, fmt.Errorf("train: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("train: %s: %w", path, err)
	}
	if _, err := os.Stat(filepath.Join(dir, WeightsFile)); err == nil {
		c.Weights = filepath.Join(dir, WeightsFile)
	}
	return c, nil
}

func newFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("train: cannot make the run folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("train: the run folder %s is not empty: name another one, or go on with the run in it (--resume)", dir)
	}
	return nil
}

// start builds the network, the optimiser and the loader.
func (j *Job) start(dir string, w Watcher) (*run, error) {
	c := j.Config
	if err := torchx.SetThreads(c.threads()); err != nil {
		return nil, err
	}
	opt := data.TrainOptions(c.Size, c.Batch, c.Seed)
	opt.Augment, opt.Workers, opt.CacheBytes = c.Augment, c.workers(), c.Cache
	opt.OnBadImage, opt.Report = c.OnBadImage, func(e *data.ImageError) { w.Note("skipped: " + e.Error()) }
	loader, err := data.NewLoader(j.train, opt)
	if err != nil {
		return nil, err
	}
	net, err := placed(c.Model, c.Seed, c.Device)
	if err != nil {
		return nil, err
	}
	settings := torchx.DefaultAdam
	settings.WeightDecay = c.WeightDecay
	adam, err := torchx.NewAdam(net.Parameters(), settings)
	if err != nil {
		return nil, err
	}
	return &run{
		Job: j, dir: dir, watch: w, loader: loader,
		learner:  &learner{net: net, adam: adam, loss: j.loss, device: c.Device, side: c.Size},
		rate:     c.Rate.over(c.Epochs, loader.Batches()),
		state:    State{Config: c, Classes: j.classes(), BestAP: -1},
		detector: &detector{net: net, device: c.Device, side: c.Size, batch: c.Batch, workers: c.workers(), flip: c.TestFlip, bad: c.OnBadImage, report: opt.Report},
	}, nil
}

// placed builds a network on a device.
func placed(c model.Config, seed uint64, device string) (*model.CenterNet, error) {
	net, err := model.NewCenterNet(c, seed)
	if err != nil {
		return nil, err
	}
	return net, net.Move(device, torchx.ChannelsLast)
}

// finish trains the epochs that are left and writes the results.
func (r *run) finish(ctx context.Context) (*Evaluation, error) {
	r.meter.begin(r.state.Epoch, r.Config.Epochs)
	for r.state.Epoch < r.Config.Epochs {
		if err := r.epoch(ctx); err != nil {
			return nil, err
		}
	}
	if r.val == nil {
		return nil, nil
	}
	if r.final == nil { // the run was already at its end
		e, err := r.evaluate(ctx)
		if err != nil {
			return nil, err
		}
		r.final = e
	}
	return r.final, writeEvaluation(r.dir, r.final)
}

// epoch trains one epoch, evaluates if it is time to, and saves the state.
func (r *run) epoch(ctx context.Context) error {
	m, err := r.trainEpoch(ctx)
	if err != nil {
		return err
	}
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
	}
	r.state.Epoch = m.Epoch
	r.state.Metrics = append(r.state.Metrics, m)
	if err := r.save(best); err != nil {
		return err
	}
	r.watch.Epoch(m)
	return nil
}

func (r *run) save(best bool) error {
	if best {
		if err := save(filepath.Join(r.dir, BestFile), r.learner.net, nil, r.state); err != nil {
			return err
		}
	}
	if err := save(filepath.Join(r.dir, LastFile), r.learner.net, r.learner.adam, r.state); err != nil {
		return err
	}
	return writeMetrics(r.dir, r.state.Metrics)
}

func (r *run) trainEpoch(ctx context.Context) (Metric, error) {
	epoch, steps, classes := r.state.Epoch, r.loader.Batches(), r.Config.Model.Classes
	m := Metric{Epoch: epoch + 1, Steps: (epoch + 1) * steps}
	begin := time.Now()
	n := 0
	for b, err := range r.loader.Epoch(ctx, epoch) {
		if err != nil {
			return m, err
		}
		moment := r.plan.At(float64(epoch) + float64(n)/float64(steps))
		m.Lambda, m.LR = moment.Lambda, r.rate.at(epoch*steps+n)
		r.weights = batchWeights(r.weights, moment, b.Objects)
		losses, err := r.learner.step(b, r.weights, classes, m.LR)
		if err != nil {
			return m, fmt.Errorf("train: epoch %d, step %d: %w", epoch+1, n+1, err)
		}
		if !losses.finite() {
			return m, fmt.Errorf("train: epoch %d, step %d: the loss is not finite: %v; images %v; use a lower learning rate or a longer warm-up", epoch+1, n+1, losses, b.ImageIDs)
		}
		n++
		m.Losses = running(m.Losses, losses, n)
		r.meter.step(losses, b.N)
		r.watch.Progress(r.progress(n, steps, false))
	}
	m.Seconds = time.Since(begin).Seconds()
	m.ImagesPerSecond = float64(n*r.Config.Batch) / m.Seconds
	return m, nil
}

// running updates the means of n-1 losses by the n-th.
func running(mean, l Losses, n int) Losses {
	update := func(m, x float64) float64 { return m + (x-m)/float64(n) }
	return Losses{update(mean.Total, l.Total), update(mean.Heatmap, l.Heatmap), update(mean.Size, l.Size), update(mean.Offset, l.Offset)}
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

func (r *run) evaluate(ctx context.Context) (*Evaluation, error) {
	detections, err := r.detector.run(ctx, r.val, func(done, total int) { r.watch.Progress(r.progress(done, total, true)) })
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

// meter measures speed and smooths the losses over about twenty steps.
type meter struct {
	losses       Losses
	rate         float64 // images per second
	steps        int
	before       time.Time
	began        time.Time
	first, total float64 // epochs at the beginning of the process, and all
}

func (m *meter) begin(epoch, epochs int) {
	m.began, m.before = time.Now(), time.Now()
	m.first, m.total = float64(epoch), float64(epochs)
}

func (m *meter) step(l Losses, images int) {
	m.steps++
	now := time.Now()
	window := min(m.steps, 20)
	m.losses = running(m.losses, l, window)
	if s := now.Sub(m.before).Seconds(); s > 0 {
		m.rate += (float64(images)/s - m.rate) / float64(window)
	}
	m.before = now
}

// left estimates the time to the end from the time that the epochs of this
// process took so far; at counts epochs.
func (m *meter) left(at float64) time.Duration {
	if at <= m.first {
		return 0
	}
	seconds := time.Since(m.began).Seconds() / (at - m.first) * (m.total - at)
	return time.Duration(math.Max(0, seconds) * float64(time.Second))
}
