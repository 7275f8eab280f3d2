package data

import "iter"

// InOrder puts results that come nearly in order, as those of evaluations with
// inputs of unlike sizes, back into it.
type InOrder[T any] struct {
	next  int // the place whose turn it is
	slots []slot[T]
}

// slot holds what waits for its turn.
type slot[T any] struct {
	full  bool
	value T
}

// NewInOrder returns one that holds the values of window places: those of a
// loader's [Loader.Window].
func NewInOrder[T any](window int) *InOrder[T] {
	return &InOrder[T]{slots: make([]slot[T], window)}
}

// Put returns where the value of a place is to be written: over a value whose
// turn is past, and whose memory it can use. Each place, from 0 on, is put once.
// It panics if the place is further from its turn than the window.
func (o *InOrder[T]) Put(place int) *T {
	s := &o.slots[place%len(o.slots)]
	if s.full || place < o.next || place >= o.next+len(o.slots) {
		panic("data: a result outside the window")
	}
	s.full = true
	return &s.value
}

// Ready iterates over the values whose turn has come. They are valid until the
// next Put.
func (o *InOrder[T]) Ready() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for {
			s := &o.slots[o.next%len(o.slots)]
			if !s.full {
				return
			}
			s.full = false
			o.next++
			if !yield(&s.value) {
				return
			}
		}
	}
}
