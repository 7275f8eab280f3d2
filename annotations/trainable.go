package annotations

import (
	"cmp"
	"math"
	"slices"
)

// BoxUse says whether a training can use a box, and why not.
type BoxUse uint8

// What ClipBox finds.
const (
	UsableBox BoxUse = iota
	FlatBox          // no box, or a side of it is 0, negative or not a finite number
	StrayBox         // no part of it lies in its image
)

// ClipBox returns the part of a box x, y, width, height that lies in an image
// of that size in pixels, or the whole box where the size is not known (0), and
// whether a training can use it. It is the one definition of what training and
// Options.Trainable leave out.
func ClipBox(box [4]float64, width, height int) ([4]float64, BoxUse) {
	x, y, w, h := box[0], box[1], box[2], box[3]
	if !(w > 0 && h > 0) || !finite(x, y, x+w, y+h) {
		return box, FlatBox
	}
	if width <= 0 || height <= 0 {
		return box, UsableBox
	}
	x0, y0 := max(x, 0), max(y, 0)
	x1, y1 := min(x+w, float64(width)), min(y+h, float64(height))
	if !(x1 > x0 && y1 > y0) {
		return box, StrayBox
	}
	return [4]float64{x0, y0, x1 - x0, y1 - y0}, UsableBox
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// judge notes an annotation of a listed image that no training can use, if
// these are to be left out.
func (p *part) judge(to target, box *[4]float64, crowd bool) {
	if !p.trainable {
		return
	}
	if _, use := ClipBox(*box, int(to.frame.width), int(to.frame.height)); use != UsableBox {
		p.unusable.add(to.image, to.class, crowd)
	}
}

// dropUnusable takes the annotations that no training can use out of Pairs, and
// counts them in Unusable.
func (m *merger) dropUnusable(noCrowd bool) {
	m.Unusable = make([]int64, len(m.Categories))
	for i, t := range m.tallies {
		for _, p := range t.parts {
			for _, s := range p.unusable.all() {
				m.drop(m.rows[i].pair(s, noCrowd))
			}
			for a := range p.pending.all() {
				m.dropPending(&a, m.rows[i], noCrowd)
			}
		}
	}
	m.Pairs = slices.DeleteFunc(m.Pairs, func(p Pair) bool { return p.Objects == 0 })
}

// dropPending judges an annotation whose image only another file lists.
func (m *merger) dropPending(a *measure, rows rowMap, noCrowd bool) {
	s := pairCount{image: a.image, class: a.class, objects: 1}
	if a.crowd {
		s.crowd = 1
	}
	p := rows.pair(s, noCrowd)
	if p.Image < 0 {
		return
	}
	im := &m.ImageRows[p.Image]
	if _, use := ClipBox(a.box, int(im.Width), int(im.Height)); use != UsableBox {
		m.drop(p)
	}
}

// drop takes annotations out of Pairs. Those that are not in it are of an
// unknown or left out category or image.
func (m *merger) drop(p Pair) {
	if p.Image < 0 || p.Class < 0 || p.Objects == 0 {
		return
	}
	at, found := slices.BinarySearchFunc(m.Pairs, p, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.Image, b.Image), cmp.Compare(a.Class, b.Class))
	})
	if found {
		m.Pairs[at].Objects -= p.Objects
		m.Unusable[p.Class] += int64(p.Objects)
	}
}
