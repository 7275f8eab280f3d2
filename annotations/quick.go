package annotations

// regular reports whether the shape has each member of an annotation that is
// read at most once, and those without which it refers to nothing.
func (h *shape) regular() bool {
	var seen uint32
	for i := range h.steps {
		m := h.steps[i].member
		if m > memberCrowd || m != other && seen>>m&1 == 1 {
			return false
		}
		seen |= 1 << m
	}
	const needed = 1<<memberID | 1<<memberImageID | 1<<memberCategoryID
	return seen&needed == needed
}

// maxMisses is after how many more misses than hits annotations of a shape are
// not read by quickAnnotation any more.
const maxMisses = 64

// quickElement reads the annotation at pos with quickAnnotation, and reports
// whether it has.
func (s *scanner) quickElement() bool {
	h, b := &s.shapes[annotationList], s.batch
	if b == nil || s.list != annotationList || !h.quick {
		return false
	}
	a := b.addAnnotation()
	if !s.quickAnnotation(a) {
		b.annotations = b.annotations[:len(b.annotations)-1]
		if s.misses++; s.misses > maxMisses {
			s.misses, h.quick = 0, false
		}
		return false
	}
	s.misses = max(0, s.misses-1)
	b.ids = append(b.ids, a.ID)
	b.read++
	return true
}

// quickAnnotation reads the annotation at pos into a, if it is written like the
// last one and its values are plain. Otherwise it stays where it is, and what a
// holds then means nothing. It is for workers, whose window does not move.
func (s *scanner) quickAnnotation(a *Annotation) bool {
	*a = Annotation{Offset: s.base + int64(s.pos)}
	start, buf, p := s.pos, s.buf, s.pos
	steps := s.shapes[annotationList].steps
	for i := range steps {
		t := &steps[i]
		if !t.stands(buf, p) {
			return s.back(start)
		}
		p += t.size
		end := p
		if t.member != other {
			end = a.plainField(buf, p, t.member)
		} else if s.pos = p; s.skipMember() {
			end = s.pos
		}
		if end == p {
			return s.back(start)
		}
		p = end
	}
	if buf[p] != '}' {
		return s.back(start)
	}
	a.fillArea()
	s.pos = p + 1
	return true
}

// back returns to where an element starts, for another way to read it.
func (s *scanner) back(start int) bool {
	s.pos, s.err = start, nil
	return false
}

// skipMember moves past the value of a member of the element, whose brace was
// not counted.
func (s *scanner) skipMember() bool {
	if s.buf[s.pos] == '[' && s.plainList() {
		return true
	}
	depth := s.depth
	s.depth++
	ok := s.skipValue()
	s.depth = depth
	return ok
}
