package main

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

// screen shows on standard error how a run goes.
type screen struct {
	line  *progress.Line
	err   io.Writer
	quiet bool
}

func newScreen(s cli.Streams, quiet bool) *screen {
	w := s.Err
	if quiet {
		w = io.Discard
	}
	return &screen{progress.New(w, cli.IsTerminal(w)), s.Err, quiet}
}

func (s *screen) note(format string, args ...any) { s.line.Printf(format, args...) }

// warn tells what those who want no progress must know as well.
func (s *screen) warn(format string, args ...any) {
	if s.quiet {
		fmt.Fprintf(s.err, format+"\n", args...)
		return
	}
	s.note(format, args...)
}

// skipped tells of a bad image that is left out.
func (s *screen) skipped(e *data.ImageError) { s.warn("skipped: %v", e) }

func (s *screen) done() { s.line.Done() }

// begin says what a user should know of the data and settings.
func (s *screen) begin(j *train.Job) {
	for _, note := range j.Notes {
		s.note("%s", note)
	}
	if note := j.Config.StartNote; note != "" {
		s.warn("%s: %s", j.Config.Recipe, note)
	}
}

// describe says what is about to be trained, in so many processes.
func (s *screen) describe(j *train.Job, processes int, run string) {
	c := j.Config
	batches := fmt.Sprintf("batches of %d", c.Batch)
	if n := c.StepImages(); n > c.Batch {
		batches = fmt.Sprintf("steps of %d images in batches of %d", n, c.Batch)
	}
	if processes > 1 {
		batches += fmt.Sprintf(" in %d processes", processes)
	}
	s.note("training %s", c.Data.TrainJSON)
	if c.Data.ValJSON != "" {
		s.note("validating on %s", c.Data.ValJSON)
	}
	s.note("%s, %d classes, input %s; loss %v; %d epochs of %s, learning rate %.3g; libtorch %s on %s; run folder %s",
		c.Model, c.Model.Classes, c.ShapeText(), c.Loss, c.Epochs, batches, c.LR, torchx.Version(), c.Device, run)
}

func (s *screen) watcher() train.Watcher {
	return train.Watcher{
		Note:     func(text string) { s.note("%s", text) },
		Skipped:  s.skipped,
		Progress: func(p train.Progress) { s.line.Update(func() string { return progressText(p) }) },
		Epoch:    func(m train.Metric) { s.note("%s", epochText(m)) },
	}
}

func progressText(p train.Progress) string {
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

func epochText(m train.Metric) string {
	text := fmt.Sprintf("epoch %d: %v, λ %.2f, lr %.2g, %.1f images/s", m.Epoch, m.Losses, m.Lambda, m.LR, m.ImagesPerSecond)
	if m.Val != nil {
		text += fmt.Sprintf("; AP %s, AP50 %s", percent(m.Val.AP), percent(m.Val.AP50))
	}
	return text
}

func (s *screen) tick(done, total int) {
	s.line.Update(func() string { return fmt.Sprintf("evaluating, image %d/%d", done, total) })
}
