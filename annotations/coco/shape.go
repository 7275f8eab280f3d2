package coco

import (
	"encoding/binary"
)

// shape is how the last element of a list was written: what stood before each
// of its values. Programs write one element like the other, and where the same
// bytes stand again, they mean the same and need not be taken apart.
type shape struct{ steps []step }

const (
	maxSteps = 32
	maxStep  = 32 // bytes
)

// step is the text between two values of an object, with the key of the second
// one: `,"image_id": `; or from behind the object's brace to the first value.
type step struct {
	member      member
	size        int
	first, last uint64    // eight bytes of it from each end
	middle      [2]uint64 // the 16 bytes behind the first
}

// stands reports whether the text stands at position p of buf.
func (t *step) stands(buf []byte, p int) bool {
	differs := load(buf, p) ^ t.first
	if t.size < 8 {
		return differs<<(64-8*t.size) == 0
	}
	differs |= load(buf, p+t.size-8) ^ t.last
	if t.size > 16 {
		differs |= load(buf, p+8) ^ t.middle[0]
	}
	if t.size > 24 {
		differs |= load(buf, p+16) ^ t.middle[1]
	}
	return differs == 0
}

func load(b []byte, p int) uint64 { return binary.LittleEndian.Uint64(b[p:]) }

// learn adds a step that was read, behind all others.
func (h *shape) learn(text []byte, m member) {
	if len(text) > maxStep || len(h.steps) == maxSteps {
		return
	}
	var b [maxStep]byte
	copy(b[:], text)
	t := step{member: m, size: len(text), first: load(b[:], 0), middle: [2]uint64{load(b[:], 8), load(b[:], 16)}}
	if t.size >= 8 {
		t.last = load(b[:], t.size-8)
	}
	h.steps = append(h.steps, t)
}

// forget forgets what follows the first n steps.
func (h *shape) forget(n int) { h.steps = h.steps[:min(n, len(h.steps))] }
