package train

import (
	"context"
	"fmt"

	"cocostat/internal/runlog"
)

// Resume goes on with the run in dir from its newest checkpoint, or from its
// beginning if it was stopped before the first, and ends with the same network,
// bit for bit, as if it had never been stopped. j must have been opened with the
// configuration of that run, see [ReadConfig]; the bits also depend on the
// machine and on Config.Threads.
func (j *Job) Resume(ctx context.Context, dir string, w Watcher) (*Evaluation, error) {
	return j.run(ctx, w, func() (*folder, *Checkpoint, error) {
		f, err := claim(dir)
		if err != nil {
			return nil, nil, err
		}
		c, err := f.goOn()
		if err != nil {
			f.release()
			return nil, nil, err
		}
		if c == nil {
			w.Note(dir + " holds no checkpoint yet: the run begins anew")
		}
		return f, c, nil
	})
}

// goOn returns the checkpoint to go on from; nil if there is none yet.
func (f *folder) goOn() (*Checkpoint, error) {
	if err := f.clean(); err != nil {
		return nil, err
	}
	return f.newest()
}

// goOnFrom puts the run where it was stopped; c is nil for its beginning.
func (r *run) goOnFrom(f *folder, c *Checkpoint) error {
	if c == nil {
		return f.writeStart(r.Job)
	}
	if what := r.Config.Difference(c.Config); what != "" {
		return fmt.Errorf("train: the run in %s was made with another %s: it can only go on as it began", f.path, what)
	}
	if c.TrainingSet != "" && c.TrainingSet != r.state.TrainingSet {
		return fmt.Errorf("train: %s has other images or boxes than when the run in %s was stopped: bring them back, or begin a new run", r.Config.Data.TrainJSON, f.path)
	}
	if err := c.resume(r.learner); err != nil {
		return err
	}
	r.watch.Note(fmt.Sprintf("going on from %s: %s", c.path, c.at()))
	if note := c.versionNote(); note != "" {
		r.watch.Note(note)
	}
	if c.ValidationSet != "" && c.ValidationSet != r.state.ValidationSet {
		r.watch.Note(fmt.Sprintf("%s has other images or boxes than when the run was stopped: AP until then, the best among it, is of those", r.Config.Data.ValJSON))
	}
	if before, now := max(1, c.Processes), r.world.Size(); before != now {
		r.watch.Note(fmt.Sprintf("the run goes on in %d processes, and was stopped in %d: it learns from the same images in each step, and rounds in another way", now, before))
	}
	now := r.state
	r.state = c.State
	r.state.Config, r.state.TrainingSet, r.state.ValidationSet = now.Config, now.TrainingSet, now.ValidationSet
	return runlog.Write(f.path, r.state.Metrics)
}
