package annotations

import (
	"cmp"
	"slices"
)

// canonical returns a settled tally in the form that is the same however the
// file was read: images and categories by ascending id, and one part.
func (t *Tally) canonical() *Tally {
	t.settle()
	images, imageRank := ranks(len(t.frames), func(i int32) int64 { return t.images.at(i).id })
	classes, classRank := ranks(len(t.classes), func(i int32) int64 { return t.classes[i].ID })
	out := newTally(t.file)
	out.files, out.ids, out.texts, out.trainable = t.files, t.ids, t.texts, t.trainable
	out.problems.merge(t.problems)
	for _, row := range images {
		out.images.add(*t.images.at(row))
		out.frames = append(out.frames, t.frames[row])
	}
	for _, row := range classes {
		out.classes = append(out.classes, t.classes[row])
	}
	one := newPart(t.file)
	out.parts = []*part{one}
	for _, p := range t.parts {
		out.problems.merge(p.problems)
		one.join(p, imageRank, classRank)
	}
	one.pairs.join()
	one.unusable.join()
	one.pending.sort()
	one.doubts.simplify()
	out.twins = joinTwins(t.twins, imageRank)
	return out
}

// ranks returns the rows by ascending id, and the place of each row among them.
func ranks(n int, id func(row int32) int64) (rows, rank []int32) {
	rows, rank = make([]int32, n), make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	slices.SortFunc(rows, func(a, b int32) int { return cmp.Compare(id(a), id(b)) })
	for place, row := range rows {
		rank[row] = int32(place)
	}
	return rows, rank
}

// join adds another part of the same file, but for its problems; images and
// classes map its rows to those here.
func (p *part) join(o *part, images, classes []int32) {
	p.annotations += o.annotations
	p.nameless += o.nameless
	p.doubts.merge(&o.doubts)
	p.boxes.join(&o.boxes, classes)
	p.crowds.join(&o.crowds, classes)
	for _, l := range []struct{ to, from *pairList }{{&p.pairs, &o.pairs}, {&p.unusable, &o.unusable}} {
		for _, s := range l.from.all() {
			s.image, s.class = images[s.image], classes[s.class]
			l.to.counts = append(l.to.counts, s)
		}
	}
	for m := range o.pending.all() {
		m.image, m.class = images[m.image], classes[m.class]
		p.pending.add(m)
	}
}

// join brings the counts into order, and makes one of those of a pair.
func (l *pairList) join() {
	slices.SortFunc(l.counts, func(a, b pairCount) int {
		return cmp.Or(cmp.Compare(a.image, b.image), cmp.Compare(a.class, b.class))
	})
	joined := l.counts[:0]
	for _, s := range l.counts {
		if n := len(joined); n > 0 && !joined[n-1].before(&s) {
			joined[n-1].objects += s.objects
			joined[n-1].crowd += s.crowd
			continue
		}
		joined = append(joined, s)
	}
	l.counts = joined
}

// sort brings the annotations into the order of the file.
func (l *pendingList) sort() {
	var all []measure
	for m := range l.all() {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b measure) int { return cmp.Compare(a.offset, b.offset) })
	l.chunks = nil
	if len(all) > 0 {
		l.chunks = [][]measure{all}
	}
}

// join adds the statistics of other boxes of the same file; class maps their
// rows to those here.
func (b *boxStats) join(o *boxStats, class []int32) {
	o.enter()
	b.grow(len(class))
	for row, n := range o.sizes {
		to := class[row]
		for i := range n {
			b.sizes[to][i] += n[i]
		}
		boxes := o.boxes[row]
		if boxes == nil {
			continue
		}
		if b.boxes[to] == nil {
			b.boxes[to], b.cells[to] = new(BoxSummary), new(cells)
		}
		b.boxes[to].Merge(boxes)
		for i, line := range cellsOf(boxes, o.cells[row]) {
			for j, n := range line {
				b.cells[to][i][j] += n
			}
		}
	}
}

// simplify takes away what nobody asks for any more, and what depends on which
// annotations were seen first.
func (d *doubts) simplify() {
	if d.areaVary {
		d.first, d.area, d.box, d.boxVary = mention{}, 0, 0, false
	} else if d.boxVary {
		d.box = 0
	}
}

// joinTwins adds up the twins of each image.
func joinTwins(twins []twinImage, images []int32) []twinImage {
	var out []twinImage
	for _, w := range twins {
		out = append(out, twinImage{images[w.row], w.twins})
	}
	slices.SortFunc(out, func(a, b twinImage) int { return cmp.Compare(a.row, b.row) })
	joined := out[:0]
	for _, w := range out {
		if n := len(joined); n > 0 && joined[n-1].row == w.row {
			joined[n-1].twins += w.twins
			continue
		}
		joined = append(joined, w)
	}
	return joined
}
