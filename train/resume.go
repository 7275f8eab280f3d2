package train

import (
	"context"
	"fmt"
)

// Resume goes on with the run in dir from its newest checkpoint, or from its
// beginning if it was stopped before the first, and ends with the same network,
// bit for bit, as if it had never been stopped. j must have been opened with the
// configuration of that run, see [ReadConfig]; the bits also depend on the
// machine and on Config.Threads.
func (j *Job) Resume(ctx context.Context, dir string, w Watcher) (*Evaluation, error) {
	defer oneThread()()
	f, err := claim(dir)
	if err != nil {
		return nil, err
	}
	defer f.release()
	if err := f.clean(); err != nil {
		return nil, err
	}
	c, err := f.newest()
	if err != nil {
		return nil, err
	}
	r, err := j.start(f, w, c == nil)
	if err != nil {
		return nil, err
	}
	defer r.learner.optimiser.Close()
	if err := r.goOnFrom(c); err != nil {
		return nil, err
	}
	return r.finish(ctx)
}

// goOnFrom puts the run where it was stopped; c is nil for its beginning.
func (r *run) goOnFrom(c *Checkpoint) error {
	if c == nil {
		r.watch.Note(r.folder.path + " holds no checkpoint yet: the run begins anew")
		return r.folder.writeStart(r.Job)
	}
	if what := r.Config.Difference(c.Config); what != "" {
		return fmt.Errorf("train: the run in %s was made with another %s: it can only go on as it began", r.folder.path, what)
	}
	if c.TrainingSet != "" && c.TrainingSet != r.state.TrainingSet {
		return fmt.Errorf("train: %s has other images or boxes than when the run in %s was stopped: bring them back, or begin a new run", r.Config.Data.TrainJSON, r.folder.path)
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
	now := r.state
	r.state = c.State
	r.state.Config, r.state.TrainingSet, r.state.ValidationSet = now.Config, now.TrainingSet, now.ValidationSet
	return writeMetrics(r.folder.path, r.state.Metrics)
}
