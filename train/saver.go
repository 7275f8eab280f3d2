package train

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// saver writes checkpoints beside the training: it copies the numbers between
// two steps and writes the copy in the background. Its methods are called from
// one goroutine.
type saver struct {
	folder  *folder
	every   time.Duration // between checkpoints inside an epoch; 0: none
	copy    *snapshot
	taken   time.Time  // when the last copy was made
	saved   [2]int     // epoch and step of the last copy
	writing chan error // gets the result of what is being written; nil: nothing is
}

func newSaver(f *folder, every time.Duration, l *learner, s State) (*saver, error) {
	copy, err := newSnapshot(l)
	return &saver{folder: f, every: every, copy: copy, taken: time.Now(), saved: [2]int{s.Epoch, s.Step}}, err
}

// due reports whether it is time to save the state, and nothing is being written. It
// returns the error of what was being written before.
func (s *saver) due() (bool, error) {
	if s.writing != nil {
		select {
		case err := <-s.writing:
			s.writing = nil
			if err != nil {
				return false, err
			}
		default:
			return false, nil
		}
	}
	return s.every != 0 && time.Since(s.taken) >= s.every, nil
}

// save copies the state and writes it in the background, once what was being
// written before is there. The network is also kept as the best one if asked.
func (s *saver) save(state State, best bool) error {
	if err := s.wait(); err != nil {
		return err
	}
	if err := s.folder.check(); err != nil {
		return err
	}
	if err := s.copy.take(state); err != nil {
		return err
	}
	s.taken, s.saved = time.Now(), [2]int{state.Epoch, state.Step}
	s.writing = make(chan error, 1)
	go func(done chan<- error) { done <- s.explain(s.write(best)) }(s.writing)
	return nil
}

// rest saves what was trained since the last copy and waits for it.
func (s *saver) rest(state State) error {
	if s.saved != [2]int{state.Epoch, state.Step} {
		if err := s.save(state, false); err != nil {
			return err
		}
	}
	return s.wait()
}

// wait waits for what is being written and returns its error.
func (s *saver) wait() error {
	if s.writing == nil {
		return nil
	}
	err := <-s.writing
	s.writing = nil
	return err
}

// explain says what became of a checkpoint that could not be written.
func (s *saver) explain(err error) error {
	if err == nil || errors.Is(err, ErrDiverged) {
		return err
	}
	if gone := s.folder.check(); gone != nil {
		return gone
	}
	if number, is := errors.AsType[syscall.Errno](err); is {
		err = number // without temporary names
	}
	return fmt.Errorf("train: cannot save %s: %w; what was saved before is whole: go on from there with --resume", s.folder.file(LastFile), err)
}

// write puts the copy in the place of the last checkpoint, which becomes the
// previous one. At each moment the last one is whole.
func (s *saver) write(best bool) error {
	if best {
		if err := writeCheckpoint(s.folder.file(BestFile), s.copy.used()); err != nil {
			return err
		}
	}
	last, next := s.folder.file(LastFile), s.folder.file("."+LastFile+".tmp-next")
	if err := writeCheckpoint(next, s.copy.all()); err != nil {
		return err
	}
	if err := s.folder.keepPrevious(); err != nil {
		return err
	}
	return os.Rename(next, last)
}

// keepPrevious makes the last checkpoint the previous one as well, or instead
// where the file system has no second names.
func (f *folder) keepPrevious() error {
	last, previous, second := f.file(LastFile), f.file(PreviousFile), f.file("."+PreviousFile+".tmp-next")
	if _, err := os.Stat(last); os.IsNotExist(err) {
		return nil
	}
	if err := os.Link(last, second); err != nil {
		return os.Rename(last, previous)
	}
	if err := os.Rename(second, previous); err != nil {
		return err
	}
	// Renaming a name of the same file does nothing and leaves both.
	if err := os.Remove(second); !os.IsNotExist(err) {
		return err
	}
	return nil
}
