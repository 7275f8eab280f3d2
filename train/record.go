package train

import "cocostat/internal/runlog"

// record is what a run leaves in its folder: checkpoints, metrics, events. Of
// several processes the first keeps it; that of the others is nil and does nothing.
type record struct {
	folder *folder
	saver  *saver
	events *events
}

// newRecord goes on with the files of a run at a state; f is nil for none.
func newRecord(f *folder, c Config, l *learner, s State, steps int) (*record, error) {
	if f == nil {
		return nil, nil
	}
	saver, err := newSaver(f, c.SaveEvery, l, s)
	if err != nil {
		return nil, err
	}
	events, err := f.openEvents(s, steps)
	return &record{f, saver, events}, err
}

// step notes a step's numbers, if it is time to.
func (r *record) step(s *State, l Losses, imagesPerSecond float64) error {
	if r == nil {
		return nil
	}
	err := r.events.step(s.Part, l, s.Step, imagesPerSecond)
	s.Events = r.events.files
	return err
}

// due reports whether it is time to save the state.
func (r *record) due() (bool, error) {
	if r == nil {
		return false, nil
	}
	return r.saver.due()
}

// save saves the state.
func (r *record) save(s State) error { return r.saver.save(s, false) }

// epoch notes the numbers of the last epoch and saves the state.
func (r *record) epoch(s *State, best bool) error {
	if r == nil {
		return nil
	}
	if err := r.events.epoch(s.Metrics[len(s.Metrics)-1]); err != nil {
		return err
	}
	s.Events = r.events.files
	if err := r.saver.save(*s, best); err != nil {
		return err
	}
	return runlog.Write(r.folder.path, s.Metrics)
}

// rest saves what was trained since the last time, and waits for it.
func (r *record) rest(s State) error {
	if r == nil {
		return nil
	}
	return r.saver.rest(s)
}

// wait waits for what is being written.
func (r *record) wait() error {
	if r == nil {
		return nil
	}
	return r.saver.wait()
}

// result writes the detections and their AP.
func (r *record) result(e *Evaluation) error {
	if r == nil {
		return nil
	}
	return writeEvaluation(r.folder.path, e)
}

func (r *record) close() {
	if r != nil {
		r.events.writer.Close()
	}
}
