package data

// Share is the part of the batches of a step, or of an evaluation's, that one of
// several processes loads: some in a row, in the order of the processes, as even
// as can be. The zero value is all of them, of a step of one batch.
type Share struct {
	Batches int // of a step; 0 means 1
	Parts   int // processes; 0 means 1
	Part    int // this one, from 0
}

// Own returns how many batches of a step the process loads, and how many of those
// before and after it.
func (s Share) Own() (before, own, after int) {
	batches, parts := max(s.Batches, 1), max(s.Parts, 1)
	each, rest := batches/parts, batches%parts
	before, own = s.Part*each+min(s.Part, rest), each
	if s.Part < rest {
		own++
	}
	return before, own, batches - before - own
}

// has reports whether the process loads a batch of the epoch.
func (s Share) has(batch int) bool {
	before, own, _ := s.Own()
	at := batch % max(s.Batches, 1)
	return at >= before && at < before+own
}
