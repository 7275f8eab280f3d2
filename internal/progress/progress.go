// Package progress shows how far a long job has come: one moving line on a
// terminal, a plain line every few seconds elsewhere.
package progress

import (
	"cmp"
	"fmt"
	"io"
	"sync"
	"time"

	"cocostat/internal/cli"
)

// Line is a progress line. The zero value is not usable; call New.
// All methods may be called from several goroutines.
type Line struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	every    time.Duration
	last     time.Time
	drawn    bool
}

// New returns a line that writes to w: in place, cut to the terminal's width,
// at most ten times a second if terminal is set, else as whole lines at most once in ten seconds.
func New(w io.Writer, terminal bool) *Line {
	every := 10 * time.Second
	if terminal {
		every = 100 * time.Millisecond
	}
	return &Line{w: w, terminal: terminal, every: every, last: time.Now()}
}

// Update shows the text that render returns, if it is time for a new one;
// render is not called otherwise.
func (l *Line) Update(render func() string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.last) < l.every {
		return
	}
	l.last = now
	if l.terminal {
		fmt.Fprintf(l.w, "\r\x1b[K%s", fitting(render(), l.columns()))
		l.drawn = true
		return
	}
	fmt.Fprintln(l.w, render())
}

// columns returns the width of the terminal, 80 if it does not tell.
func (l *Line) columns() int {
	return cmp.Or(cli.Columns(l.w), 80)
}

// fitting cuts text so that it stays on one line of the terminal: a line that
// wraps could not be redrawn in place.
func fitting(text string, columns int) string {
	r := []rune(text)
	return string(r[:min(len(r), columns-1)])
}

// Printf clears the moving line and writes a lasting one.
func (l *Line) Printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
	fmt.Fprintf(l.w, format+"\n", args...)
}

// Done removes the moving line.
func (l *Line) Done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

func (l *Line) clear() {
	if l.drawn {
		fmt.Fprint(l.w, "\r\x1b[K")
		l.drawn = false
	}
}

// Duration formats d as users read it: 7s, 3m05s, 2h07m.
func Duration(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	default:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
}
