package evaluate

import (
	"cmp"
	"slices"
)

// likePycocotools returns the truths that pycocotools evaluates in place of
// the given ones. It looks them up by id, and so takes, for each, the last one
// with that id: in the place of an earlier one stands the last once more, with
// the image and class of the last. All are in order of the image in whose list
// they stood, then of the input.
func likePycocotools(truths []Truth, x *indices) []Truth {
	last := make(map[int64]int, len(truths))
	for i := range truths {
		last[truths[i].ID] = i
	}
	if len(last) == len(truths) {
		return truths
	}
	type place struct {
		image int32
		truth int
	}
	var places []place
	for i := range truths {
		t := &truths[i]
		image, ok := x.images.find(t.ImageID)
		_, evaluated := x.classes.find(t.CategoryID)
		if ok && (evaluated || x.agnostic) {
			places = append(places, place{image, last[t.ID]})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.image, b.image) })
	taken := make([]Truth, len(places))
	for i, p := range places {
		taken[i] = truths[p.truth]
	}
	return taken
}
