package reproduce

import (
	"context"
	"fmt"
	"time"

	"cocostat/train"
	"cocostat/train/data"
)

// Watcher is told how a study goes. All functions must be set.
type Watcher struct {
	Begin    func(r Run, number, of int, s State) // before a run is trained; number counts from 1
	Notes    func(notes []string)                 // of the data, before the first run
	Progress func(p Progress)
	Note     func(text string)
	Skipped  func(*data.ImageError) // as of train.Watcher
	Epoch    func(m train.Metric)
	End      func(r Run, o Outcome) error // after every run that was trained
}

// Progress is how far the study has come.
type Progress struct {
	Run    train.Progress
	Name   string
	Number int // of the run, 1…
	Of     int
	Left   time.Duration // to the end of the study; 0 while unknown
}

// Outcome is what a run gave: a result or an error; neither if it has not been
// trained yet.
type Outcome struct {
	Result *train.Evaluation
	Err    error
}

// Outcomes are outcomes by run folder.
type Outcomes map[string]Outcome

// Check reads the states of all runs and fails if one was made with other
// settings.
func (s Study) Check() ([]State, error) {
	runs := s.Runs()
	states := make([]State, len(runs))
	for i, r := range runs {
		var err error
		if states[i], err = r.State(); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// Train trains what is left of the study. A run that fails does not keep the
// others from being trained. What comes out goes into outcomes, that of
// finished runs first; the error of Train is that of Check, of the context, or
// of Watcher.End.
func (s Study) Train(ctx context.Context, outcomes Outcomes, w Watcher) error {
	states, err := s.Check()
	if err != nil {
		return err
	}
	runs := s.Runs()
	clock := clock{began: time.Now()}
	for i, r := range runs {
		if states[i].Result != nil {
			outcomes[r.Dir] = Outcome{Result: states[i].Result}
			continue
		}
		clock.left += float64(r.Config.Epochs - states[i].Epochs)
	}
	told := false
	for i, r := range runs {
		if states[i].Result != nil {
			continue
		}
		w.Begin(r, i+1, len(runs), states[i])
		job, err := train.Open(ctx, r.Config)
		if err == nil && !told {
			w.Notes(job.Notes)
			told = true
		}
		var o Outcome
		if o.Err = err; err == nil {
			clock.begin(states[i].Epochs)
			o.Result, o.Err = r.train(ctx, job, states[i], s.watch(w, r, i, len(runs), &clock))
			clock.end(r.Config.Epochs)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		outcomes[r.Dir] = o
		if err := w.End(r, o); err != nil {
			return err
		}
	}
	return nil
}

func (s Study) watch(w Watcher, r Run, i, of int, clock *clock) train.Watcher {
	return train.Watcher{
		Note:    w.Note,
		Skipped: w.Skipped,
		Epoch:   w.Epoch,
		Progress: func(p train.Progress) {
			done := float64(p.Epoch)
			if !p.Evaluating {
				done += float64(p.Step)/float64(max(1, p.Steps)) - 1
			}
			w.Progress(Progress{Run: p, Name: r.Name(), Number: i + 1, Of: of, Left: clock.estimate(done)})
		},
	}
}

// train trains the run, or goes on with it.
func (r Run) train(ctx context.Context, job *train.Job, s State, w train.Watcher) (*train.Evaluation, error) {
	run := job.Run
	if s.Begun {
		run = job.Resume
	}
	e, err := run(ctx, r.Dir, w)
	if err == nil && e == nil {
		err = fmt.Errorf("reproduce: %s: the dataset has no validation set to compare on", r.Dir)
	}
	return e, err
}

// clock estimates the time that is left from that of the epochs so far.
type clock struct {
	began   time.Time
	done    float64 // epochs trained in whole runs of this process
	left    float64 // epochs of all runs at the beginning
	started float64 // epochs that the current run had when it began
}

func (c *clock) begin(epochs int) { c.started = float64(epochs) }

func (c *clock) end(epochs int) { c.done += float64(epochs) - c.started }

// estimate takes the epochs of the current run.
func (c *clock) estimate(epochs float64) time.Duration {
	done := c.done + epochs - c.started
	if done <= 0 {
		return 0
	}
	return time.Duration(float64(time.Since(c.began)) / done * (c.left - done))
}
