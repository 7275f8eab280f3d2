// Package screen shows how a run goes, and what came of it.
package screen

import (
	"fmt"
	"io"

	"cocostat/internal/cli"
	"cocostat/internal/progress"
	"cocostat/internal/resident"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/torchx"
)

// Screen shows on standard error how a run goes.
type Screen struct {
	Line  *progress.Line
	err   io.Writer
	quiet bool
}

// New returns the screen of a command; a quiet one shows no progress.
func New(s cli.Streams, quiet bool) *Screen {
	w := s.Err
	if quiet {
		w = io.Discard
	}
	return &Screen{progress.New(w, cli.IsTerminal(w)), s.Err, quiet}
}

// Notef tells what those who want no progress need not know.
func (s *Screen) Notef(format string, args ...any) { s.Line.Printf(format, args...) }

// Warnf tells what those who want no progress must know as well.
func (s *Screen) Warnf(format string, args ...any) {
	if s.quiet {
		fmt.Fprintf(s.err, format+"\n", args...)
		return
	}
	s.Notef(format, args...)
}

// Skipped tells of a bad image that is left out.
func (s *Screen) Skipped(e *data.ImageError) { s.Warnf("skipped: %v", e) }

// Done ends the line of progress.
func (s *Screen) Done() { s.Line.Done() }

// Begin says what a user should know of the data and settings.
func (s *Screen) Begin(j *train.Job) {
	for _, note := range j.Notes {
		s.Notef("%s", note)
	}
	if note := j.Config.StartNote; note != "" {
		s.Warnf("%s: %s", j.Config.Recipe, note)
	}
}

// Describe says what is about to be trained, in so many processes.
func (s *Screen) Describe(j *train.Job, processes int, run string) {
	c := j.Config
	batches := fmt.Sprintf("batches of %d", c.Batch)
	if n := c.StepImages(); n > c.Batch {
		batches = fmt.Sprintf("steps of %d images in batches of %d", n, c.Batch)
	}
	if processes > 1 {
		batches += fmt.Sprintf(" in %d processes", processes)
	}
	s.Notef("training %s", c.Data.TrainJSON)
	for _, p := range c.More {
		s.Notef("and %s", p.Annotations)
	}
	if c.Data.ValJSON != "" {
		s.Notef("validating on %s", c.Data.ValJSON)
	}
	s.Notef("%s, %d classes, input %s; loss %v; %d epochs of %s, learning rate %.3g; libtorch %s on %s; run folder %s",
		c.Model, c.Model.Classes, c.ShapeText(), c.Loss, c.Epochs, batches, c.LR, torchx.Version(), c.Device, run)
}

// Watcher shows a training.
func (s *Screen) Watcher() train.Watcher {
	return train.Watcher{
		Note:     func(text string) { s.Notef("%s", text) },
		Skipped:  s.Skipped,
		Progress: func(p train.Progress) { s.Line.Update(func() string { return ProgressText(p) }) },
		Epoch:    func(m train.Metric) { s.Notef("%s", EpochText(m)) },
	}
}

// ProgressText says how far a training has come.
func ProgressText(p train.Progress) string {
	if p.Evaluating {
		return fmt.Sprintf("epoch %d/%d  evaluating, image %d/%d", p.Epoch, p.Epochs, p.Step, p.Steps)
	}
	memory := ""
	if n, known := resident.Bytes(); known {
		memory = fmt.Sprintf("  %.1f GB", float64(n)/1e9)
	}
	// What matters most comes first: a narrow terminal cuts the rest.
	return fmt.Sprintf("epoch %d/%d  step %d/%d  %s left  %.1f images/s%s  %v",
		p.Epoch, p.Epochs, p.Step, p.Steps, progress.Duration(p.Left), p.ImagesPerSecond, memory, p.Losses)
}

// EpochText says what came of an epoch.
func EpochText(m train.Metric) string {
	text := fmt.Sprintf("epoch %d: %v, λ %.2f, lr %.2g, %.1f images/s", m.Epoch, m.Losses, m.Lambda, m.LR, m.ImagesPerSecond)
	if m.Val != nil {
		text += fmt.Sprintf("; AP %s, AP50 %s", percent(m.Val.AP), percent(m.Val.AP50))
	}
	return text
}

// Tick shows how many images have been evaluated.
func (s *Screen) Tick(done, total int) {
	s.Line.Update(func() string { return fmt.Sprintf("evaluating, image %d/%d", done, total) })
}
