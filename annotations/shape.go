package annotations

// shape is how the last element of a list was written: what stood before each
// of its values. Programs write one element like the other, and where the same
// bytes stand again, they mean the same and need not be taken apart.
type shape struct {
	steps []step
	quick bool // for quickAnnotation
}

const (
	maxSteps = 32
	maxStep  = 32 // bytes
)

// step is the text between two values of an object, with the key of the second
// one: `,"image_id": `; or from the object's brace to the first value.
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

// learn adds a step that was read.
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

// fields reads the members of the element whose brace is at pos into rec.
func (s *scanner) fields() bool {
	h := &s.shapes[s.list]
	n, ok := s.knownFields(h.steps)
	if !ok {
		return false
	}
	if n > 0 && n == len(h.steps) && s.buf[s.pos] == '}' {
		s.pop()
		return true
	}
	return s.otherFields(n)
}

// knownFields reads the members that follow each other in known steps, and
// returns how many they are.
func (s *scanner) knownFields(steps []step) (n int, ok bool) {
	if len(steps) == 0 || !steps[0].stands(s.buf, s.pos) {
		return 0, true
	}
	if !s.push(true) {
		return 0, false
	}
	p := s.pos - 1
	for ; n < len(steps); n++ {
		t := &steps[n]
		if !t.stands(s.buf, p) {
			break
		}
		p += t.size
		if end := s.plainField(t.member, p); end > p {
			p = end
			continue
		}
		s.pos = p
		if !s.field(t.member) {
			return n, false
		}
		p = s.pos
	}
	s.pos = p
	return n, true
}

// otherFields reads what follows the first n members, and learns the shape.
func (s *scanner) otherFields(n int) bool {
	h := &s.shapes[s.list]
	h.steps = h.steps[:n]
	members := n
	from := s.base + int64(s.pos) // where the last value ended
	var more bool
	ok := true
	if n > 0 {
		more, ok = s.comma('}')
	} else if ok = s.push(true); ok {
		more = s.next() != '}'
	}
	for more && ok {
		var m member
		if m, ok = s.fieldName(); !ok {
			return false
		}
		members++
		if s.next(); n == len(h.steps) && from >= s.base {
			h.learn(s.buf[from-s.base:s.pos], m)
			n++
		}
		p := s.pos
		if s.pos = s.plainField(m, p); s.pos == p && !s.field(m) {
			return false
		}
		from = s.base + int64(s.pos)
		more, ok = s.comma('}')
	}
	if ok {
		s.pop()
	}
	h.quick = len(h.steps) == members && h.regular()
	return ok
}

// fieldName reads a key and its colon.
func (s *scanner) fieldName() (m member, ok bool) {
	key, ok := s.key()
	if !ok {
		return other, false
	}
	m = s.list.member(key)
	return m, s.colon()
}

// field reads a member's value into rec.
func (s *scanner) field(m member) bool {
	if m == other {
		return s.skipValue()
	}
	return s.member(m)
}
