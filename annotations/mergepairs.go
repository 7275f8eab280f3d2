package annotations

import (
	"cmp"
	"iter"
	"slices"
)

// mergePairs makes Pairs and Crowd, and reports the annotations that refer to
// nothing. It returns how many refer to something.
//
// A counting sort brings the pairs into order by image; then the few of each
// image are sorted by class.
func (m *merger) mergePairs(noCrowd bool) (kept int64) {
	m.Crowd = make([]int64, len(m.Categories))
	next := make([]int32, len(m.ImageRows)+1) // where the next pair of an image goes
	for i, t := range m.tallies {
		rows := m.rows[i]
		for s := range t.pairs() {
			p := rows.pair(s, noCrowd)
			if p.Image < 0 || p.Class < 0 {
				m.reportPair(t, s, p)
				continue
			}
			kept += int64(s.objects)
			m.Crowd[p.Class] += int64(s.crowd)
			if p.Objects > 0 {
				next[p.Image+1]++
			}
		}
	}
	for i := range m.ImageRows {
		next[i+1] += next[i]
	}
	m.Pairs = make([]Pair, next[len(m.ImageRows)])
	for i, t := range m.tallies {
		rows := m.rows[i]
		for s := range t.pairs() {
			if p := rows.pair(s, noCrowd); p.Image >= 0 && p.Class >= 0 && p.Objects > 0 {
				m.Pairs[next[p.Image]] = p
				next[p.Image]++
			}
		}
	}
	m.joinPairs(next)
	return kept
}

// pairs yields the counts of all parts; a pair may be in several of them.
func (t *Tally) pairs() iter.Seq[pairCount] {
	return func(yield func(pairCount) bool) {
		for _, p := range t.parts {
			for _, s := range p.pairs.all() {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// pair translates what a tally counted. Image or Class is -1 where it is not
// known.
func (r *rowMap) pair(s pairCount, noCrowd bool) Pair {
	if noCrowd {
		s.objects -= s.crowd
	}
	return Pair{r.image[s.image], r.class[s.class], s.objects}
}

// reportPair reports what of a pair is not known.
func (m *merger) reportPair(t *Tally, s pairCount, p Pair) {
	report := func(kind Kind, first mention) {
		m.problems.add(kind, int64(s.objects), Example{File: t.file, ID: first.id, Offset: first.offset})
	}
	if p.Image < 0 {
		report(m.unknownImage(t.images.at(s.image).id), t.images.at(s.image).first)
	}
	switch {
	case p.Class <= leftOut && p.Image >= 0:
		m.LeftOut[leftOut-p.Class].Instances += int64(p.Objects)
	case p.Class == -1:
		report(m.unknownCategory(t.classes[s.class].ID), t.classes[s.class].first)
	}
}

// joinPairs sorts the pairs of each image by class and joins those that are
// equal. end is where those of each image end.
func (c *Counts) joinPairs(end []int32) {
	spans := spansOf(len(c.ImageRows))
	joined := make([][]Pair, len(spans))
	atOnce(len(spans), func(i int) {
		from := int32(0)
		if first := spans[i].from; first > 0 {
			from = end[first-1]
		}
		out := c.Pairs[from:from]
		for _, to := range end[spans[i].from:spans[i].to] {
			out = appendJoined(out, c.Pairs[from:to])
			from = to
		}
		joined[i] = out
	})
	all := c.Pairs[:0]
	for _, pairs := range joined {
		all = append(all, pairs...)
	}
	c.Pairs = all
}

// fewPairs is up to how many pairs are sorted fastest by inserting each.
const fewPairs = 16

// appendJoined appends the pairs of an image, which stand behind out in the same
// memory, by class; there are no two of a class in the result.
func appendJoined(out, of []Pair) []Pair {
	if len(of) > fewPairs {
		slices.SortFunc(of, func(a, b Pair) int { return cmp.Compare(a.Class, b.Class) })
	}
	n := len(out)
	for _, p := range of {
		i := len(out)
		for i > n && out[i-1].Class > p.Class {
			i--
		}
		if i > n && out[i-1].Class == p.Class {
			out[i-1].Objects += p.Objects
			continue
		}
		out = append(out, p)
		copy(out[i+1:], out[i:])
		out[i] = p
	}
	return out
}
