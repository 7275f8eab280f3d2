package train

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"cocostat/balance"
)

// behind is how many batches a training on a CUDA device is handed out before the
// losses of the first are looked at: so the device never waits for what follows. Until
// then it may have learnt from a loss that is not finite; nothing is saved before.
const behind = 1

// ahead reports whether losses are looked at later than the next batch is handed out.
// Several processes sum gradients after each step, and wait for them.
func (j *Job) ahead() bool {
	return j.world.Size() == 1 && (j.placed().Device != "cpu" || j.aheadOnCPU)
}

// awaited is a batch that was learnt from.
type awaited struct {
	reading
	images []int       // positions in the training set
	last   *conclusion // of the step that the batch was the last one of; nil: of none
	steps  int         // before
	moment balance.Moment
}

// begun is the number of steps of the epoch that were learnt from.
func (r *run) begun() int {
	n := r.state.Step
	for _, a := range r.waiting {
		if a.last != nil {
			n++
		}
	}
	return n
}

// settle looks at losses, but for those that may wait, and counts the steps that they
// belong to. Before the state is saved, and when the training is to stop, none may.
func (r *run) settle(ctx context.Context) error {
	whole, most := r.batch == 0, 0
	due, err := false, error(nil)
	if whole {
		due, err = r.record.due()
	}
	if r.learner.ahead && !due && !r.stops() {
		most = behind
	}
	if err != nil {
		return err
	}
	stop, err := r.settleDownTo(most)
	if err == nil && due {
		err = r.record.save(r.state)
	}
	if err == nil && stop {
		err = stopped(ctx)
	}
	return err
}

// stops reports whether a step is the last one because this process is to end.
func (r *run) stops() bool {
	n := len(r.waiting)
	return n > 0 && r.waiting[n-1].last != nil && r.waiting[n-1].last.stop
}

// settleAll looks at all losses.
func (r *run) settleAll() error {
	_, err := r.settleDownTo(0)
	return err
}

// settleDownTo looks at losses until so many batches wait. It reports whether a
// process wants to end.
func (r *run) settleDownTo(most int) (stop bool, err error) {
	for len(r.waiting) > most {
		a := r.waiting[0]
		if err := r.look(a); err != nil {
			return false, r.inStep(err)
		}
		r.waiting = append(r.waiting[:0], r.waiting[1:]...)
		if a.last == nil {
			continue
		}
		if err := r.count(a); err != nil {
			return false, err
		}
		stop = stop || a.last.out.stop
	}
	return stop, nil
}

// look ends a training whose loss is not finite.
func (r *run) look(a awaited) error {
	losses, err := r.learner.settle(a.reading, a.last)
	if err != nil {
		return err
	}
	if !losses.Finite() {
		r.broken = r.names(a.images)
		if r.world.Size() == 1 {
			return r.diverged(losses)
		}
	}
	if a.last != nil && !a.last.out.losses.Finite() {
		return r.diverged(a.last.out.losses)
	}
	return nil
}

// count notes a step.
func (r *run) count(a awaited) error {
	s, m, out := &r.state, &r.state.Part, a.last.out
	clock := &r.learner.clock
	s.Step++
	m.Epoch, m.Steps, m.Lambda, m.LR = s.Epoch+1, a.steps+1, a.moment.Lambda, a.last.rate
	m.Losses = m.Losses.Next(out.losses, s.Step)
	r.meter.step(out.losses, r.Config.StepImages())
	if err := r.record.step(s, out.losses, r.meter.rate); err != nil {
		return err
	}
	clock.charge(r.loader.Spent())
	m.Times, m.Seconds = clock.times, clock.times.Total()
	r.watch.Progress(r.progress(s.Step, r.loader.Steps(), false))
	return nil
}

// names lists images of the training set by id and file.
func (r *run) names(images []int) string {
	list := make([]string, len(images))
	for i, at := range images {
		item := r.train.Items[at]
		list[i] = fmt.Sprintf("%d (%s)", item.ID, filepath.Base(item.Path))
	}
	return strings.Join(list, ", ")
}
