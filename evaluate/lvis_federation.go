package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// federation is what the rules say of the images at hand.
type federation struct {
	images  index
	limit   int
	checked [][]checkedClass // by image number, ascending class
}

// checkedClass is what is known of a class in an image.
type checkedClass struct {
	class         int64
	counts        bool // its detections count
	notExhaustive bool
}

// federate applies the rules of resolved parameters: it returns the truths and
// detections that count and what is known of the others.
func (p *Params) federate(truths []Truth, dets []Detection) ([]Truth, []Detection, *federation, LVISCounts) {
	truths, flat := lvisTruths(truths)
	f := newFederation(p, truths)
	dets, counts := f.take(dets)
	counts.FlatTruths = flat
	return truths, dets, f, counts
}

// lvisTruths returns the truths that have an area, none marked as a crowd, and
// how many have none.
func lvisTruths(truths []Truth) (taken []Truth, flat int) {
	if !slices.ContainsFunc(truths, func(t Truth) bool { return t.Crowd || !hasArea(t.Area) }) {
		return truths, 0
	}
	taken = make([]Truth, 0, len(truths))
	for _, t := range truths {
		if !hasArea(t.Area) {
			flat++
			continue
		}
		t.Crowd = false
		taken = append(taken, t)
	}
	return taken, flat
}

// hasArea reports whether lvis-api finds something of this area.
func hasArea(area float64) bool { return area > 0 && area < math.Inf(1) }

// newFederation gathers the rules for the images of resolved parameters.
func newFederation(p *Params, truths []Truth) *federation {
	f := &federation{images: newIndex(p.Images), limit: p.LVIS.maxDetections()}
	f.checked = make([][]checkedClass, f.images.n)
	for i := range p.LVIS.Images {
		im := &p.LVIS.Images[i]
		image, ok := f.images.find(im.ID)
		if !ok {
			continue
		}
		list := f.checked[image][:0] // forgets an earlier image with this id
		for _, id := range im.Negative {
			list = append(list, checkedClass{class: id, counts: true})
		}
		for _, id := range im.NotExhaustive {
			list = append(list, checkedClass{class: id, notExhaustive: true})
		}
		f.checked[image] = list
	}
	for i := range truths {
		if image, ok := f.images.find(truths[i].ImageID); ok {
			f.checked[image] = append(f.checked[image], checkedClass{class: truths[i].CategoryID, counts: true})
		}
	}
	for i, list := range f.checked {
		f.checked[i] = unite(list)
	}
	return f
}

// unite sorts a list by class and merges what it says of each.
func unite(list []checkedClass) []checkedClass {
	slices.SortFunc(list, func(a, b checkedClass) int { return cmp.Compare(a.class, b.class) })
	n := 0
	for _, c := range list {
		if n > 0 && list[n-1].class == c.class {
			list[n-1].counts = list[n-1].counts || c.counts
			list[n-1].notExhaustive = list[n-1].notExhaustive || c.notExhaustive
			continue
		}
		list[n] = c
		n++
	}
	return list[:n]
}

// of returns what is known of a class in an image.
func (f *federation) of(image int32, class int64) checkedClass {
	list := f.checked[image]
	i, found := slices.BinarySearchFunc(list, class, func(c checkedClass, id int64) int { return cmp.Compare(c.class, id) })
	if !found {
		return checkedClass{class: class}
	}
	return list[i]
}

// forgives reports whether detections without a truth are ignored.
func (f *federation) forgives(image int32, class int64) bool {
	return f.of(image, class).notExhaustive
}

// take returns the detections that count, and those of other images, which are
// counted elsewhere.
func (f *federation) take(dets []Detection) ([]Detection, LVISCounts) {
	var counts LVISCounts
	over := f.overLimit(dets)
	kept := make([]Detection, 0, len(dets)-len(over))
	for i := range dets {
		if len(over) > 0 && over[0] == int32(i) {
			over = over[1:]
			counts.OverLimit++
			continue
		}
		if image, ok := f.images.find(dets[i].ImageID); ok {
			if !f.of(image, dets[i].CategoryID).counts {
				counts.Unchecked++
				continue
			}
			if b := &dets[i].BBox; !hasArea(b[2] * b[3]) {
				counts.Flat++
				continue
			}
		}
		kept = append(kept, dets[i])
	}
	return kept, counts
}

// overLimit returns the positions of the detections beyond the best of their
// image, in ascending order.
func (f *federation) overLimit(dets []Detection) []int32 {
	count := make([]int, f.images.n)
	for i := range dets {
		if image, ok := f.images.find(dets[i].ImageID); ok {
			count[image]++
		}
	}
	full := map[int32][]int32{} // positions by image number
	for i := range dets {
		if image, ok := f.images.find(dets[i].ImageID); ok && count[image] > f.limit {
			full[image] = append(full[image], int32(i))
		}
	}
	var over []int32
	for _, list := range full {
		slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(dets[b].Score, dets[a].Score) })
		over = append(over, list[f.limit:]...)
	}
	slices.Sort(over)
	return over
}
