package world

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"cocostat/train/torchx"
)

// World is this process among those that train together. Nil is one process
// alone. All processes call Exchange and Wait in the same order; one goroutine of
// each does.
type World struct {
	place   Place
	timeout time.Duration
	hub     *hub // of process 0
	link    *link
	store   *torchx.Store
	group   *torchx.Group
	notes   func(string)

	ctx     context.Context // ends with a fault
	end     context.CancelCauseFunc
	stopped chan struct{}
	stop    sync.Once
	welcome chan struct{} // closed once all are there
	results chan message

	mu      sync.Mutex
	members []Identity // once all are there
	call    int64
	waiting bool
	what    string
	heard   time.Time // when the hub last said anything
	left    bool
}

// Rank is the number of this process, from 0.
func (w *World) Rank() int {
	if w == nil {
		return 0
	}
	return w.place.Rank
}

// Size is the number of processes.
func (w *World) Size() int {
	if w == nil {
		return 1
	}
	return w.place.Size
}

// Chief reports whether this process speaks and writes for all.
func (w *World) Chief() bool { return w.Rank() == 0 }

// Local is the number of this process among those of its machine, from 0.
func (w *World) Local() (n int) {
	for _, m := range w.members[:w.place.Rank] {
		if m.Host == w.members[w.place.Rank].Host {
			n++
		}
	}
	return n
}

// Group sums and spreads tensors; nil for one process alone.
func (w *World) Group() *torchx.Group {
	if w == nil {
		return nil
	}
	return w.group
}

// Sharing counts the processes of this machine, and those of them that share the
// processors which this one may run on, itself included.
func (w *World) Sharing() (machine, processors int) {
	if w == nil {
		return 1, 1
	}
	me := w.members[w.place.Rank]
	for _, m := range w.members {
		if m.Host == me.Host {
			machine++
			if m.CPUs == me.CPUs {
				processors++
			}
		}
	}
	return machine, processors
}

// Context returns a context that ends with a fault of any process, which is then
// its cause, but not with ctx, for more than one process: they must end together.
func (w *World) Context(ctx context.Context) context.Context {
	if w == nil {
		return ctx
	}
	return w.ctx
}

// Broken reports whether a fault has ended the training.
func (w *World) Broken() bool { return w != nil && w.ctx.Err() != nil }

// Stop asks all processes to end.
func (w *World) Stop() {
	if w == nil {
		return
	}
	w.stop.Do(func() {
		close(w.stopped)
		w.link.send(message{Kind: stop, Rank: w.place.Rank})
	})
}

// Stopped is closed once any process was asked to end; nil for one alone.
func (w *World) Stopped() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.stopped
}

// Note tells the user of process 0. One process alone has no one to tell.
func (w *World) Note(text string) {
	if w != nil {
		w.link.send(message{Kind: note, Rank: w.place.Rank, Text: text})
	}
}

// Exchange waits until all processes have come to it, each with something to
// bring. Process 0 gets what each has brought, by rank; the others what process 0
// has. what names it where one is late.
func (w *World) Exchange(what string, mine []byte) ([][]byte, error) {
	if w == nil {
		return [][]byte{mine}, nil
	}
	w.enter(what, message{Kind: offer, Data: mine})
	defer w.leaveCall()
	select {
	case m := <-w.results:
		if w.Chief() {
			return m.Many, nil
		}
		return [][]byte{m.Data}, nil
	case <-w.ctx.Done():
		return nil, w.fault()
	}
}

// Wait runs body, which returns when all processes run it, until a fault. It is
// left running then.
func (w *World) Wait(what string, body func() error) error {
	if w == nil {
		return body()
	}
	w.enter(what, message{Kind: beat})
	defer w.leaveCall()
	done := make(chan error, 1)
	go func() { done <- body() }()
	select {
	case err := <-done:
		if err != nil {
			return w.explain(err)
		}
		return nil
	case <-w.ctx.Done():
		return w.fault()
	}
}

// explain waits for the hub to say whose fault a failed connection is.
func (w *World) explain(err error) error {
	select {
	case <-w.ctx.Done():
		return w.fault()
	case <-time.After(2*pulse(w.timeout) + farewell):
		return err
	}
}

// Blame waits a moment for another process to say what is wrong, and else says err.
func (w *World) Blame(err error) error {
	if w == nil {
		return err
	}
	return w.explain(err)
}

// enter says that this process waits for the others.
func (w *World) enter(what string, m message) {
	w.mu.Lock()
	w.call++
	w.waiting, w.what = true, what
	m.Call, m.Waiting, m.Text = w.call, true, what
	w.mu.Unlock()
	if m.Kind == offer {
		w.link.send(m) // the pulse tells the rest
	}
}

func (w *World) leaveCall() {
	w.mu.Lock()
	w.waiting = false
	w.mu.Unlock()
}

// fault is why the training has ended.
func (w *World) fault() error { return context.Cause(w.ctx) }

// Fail tells the others that this process cannot go on, and returns err. It does
// nothing with a fault that came from elsewhere.
func (w *World) Fail(err error) error {
	if w == nil || err == nil {
		return err
	}
	if _, is := errors.AsType[*Fault](err); is {
		return err
	}
	w.link.send(message{Kind: fault, Rank: w.place.Rank, Text: fmt.Sprintf("%s: %s", name(w.place.Rank, w.me()), strings.TrimPrefix(err.Error(), "train: "))})
	select {
	case <-w.ctx.Done(): // the hub has heard it
	case <-time.After(farewell):
		w.end(err)
	}
	return err
}

func (w *World) me() Identity { return w.member(w.place.Rank) }

// member says who a process is, as far as that is known.
func (w *World) member(rank int) Identity {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.members == nil {
		return Identity{}
	}
	return w.members[rank]
}

// listen deals with what the hub says.
func (w *World) listen() {
	for {
		m, err := w.link.receive()
		w.mu.Lock()
		w.heard = time.Now()
		left := w.left
		w.mu.Unlock()
		switch {
		case err != nil && left:
			return
		case err != nil:
			w.end(&Fault{Rank: 0, Reason: w.chief() + " has ended: it was killed, or ran out of memory"})
			return
		case m.Kind == fault:
			w.end(&Fault{Rank: m.Rank, Reason: m.Text})
		case m.Kind == welcome:
			w.mu.Lock()
			w.members = m.Members
			w.mu.Unlock()
			close(w.welcome)
		case m.Kind == result:
			w.results <- m
		case m.Kind == stop:
			w.stop.Do(func() { close(w.stopped) })
		case m.Kind == note:
			w.notes(fmt.Sprintf("%s: %s", name(m.Rank, w.member(m.Rank)), m.Text))
		}
	}
}

func (w *World) chief() string { return name(0, w.member(0)) }

// live gives signs of life, and looks for those of the hub.
func (w *World) live() {
	last := time.Now()
	for range time.Tick(pulse(w.timeout)) {
		now := time.Now()
		w.mu.Lock()
		if now.Sub(last) > w.timeout/2 { // this process was stopped: the hub has its say first
			w.heard = now
		}
		last = now
		m := message{Kind: beat, Call: w.call, Waiting: w.waiting, Text: w.what}
		silent, left := time.Since(w.heard), w.left
		w.mu.Unlock()
		if left || w.ctx.Err() != nil {
			return
		}
		w.link.send(m)
		if silent > w.timeout+2*pulse(w.timeout) {
			w.end(&Fault{Rank: 0, Reason: fmt.Sprintf("%s gave no sign of life for %v: it, or its machine or network, has stopped", w.chief(), w.timeout)})
		}
	}
}

// Close leaves the world. After a fault it does so at once, else when all are
// done.
func (w *World) Close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.left = true
	w.mu.Unlock()
	w.link.send(message{Kind: leave})
	if w.hub != nil {
		w.hub.close()
	}
	w.link.close(farewell)
	if !w.Broken() && w.group != nil {
		w.group.Close()
		w.store.Close()
	}
	w.end(nil)
}

// Options are those of joining.
type Options struct {
	Timeout time.Duration // for which a process may be late or silent
	Program string        // what all processes must run
	Notes   func(string)  // of process 0: told what others have to say
}

// outcome is what a blocking call of libtorch gave.
type outcome[T any] struct {
	value T
	err   error
}

// within runs a call that does not know ctx, and leaves it when ctx ends.
func within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	done := make(chan outcome[T], 1)
	go func() {
		v, err := call()
		done <- outcome[T]{v, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
