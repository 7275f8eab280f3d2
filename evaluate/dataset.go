package evaluate

import (
	"cmp"
	"slices"

	"cocostat/annotations"
)

// FromDataset returns the truths of a dataset, and parameters that evaluate
// all its images and categories, those without objects too. Annotations that
// have no box are left out. The truths are by image, or, where several share an
// id, all in the order of the file, which decides between them with
// Params.Compat.
func FromDataset(d *annotations.Dataset) ([]Truth, Params) {
	p := Params{Images: make([]int64, len(d.Images)), Classes: make([]int64, len(d.Categories))}
	for k := range d.Categories {
		p.Classes[k] = d.Categories[k].ID
	}
	n := 0
	for i := range d.Objects {
		n += len(d.Objects[i])
	}
	truths, offsets := make([]Truth, 0, n), make([]int64, 0, n)
	for i := range d.Images {
		p.Images[i] = d.Images[i].ID
		for j := range d.Objects[i] {
			a := &d.Objects[i][j]
			if a.Has&annotations.FieldBBox == 0 {
				continue
			}
			truths = append(truths, Truth{ID: a.ID, ImageID: a.ImageID, CategoryID: a.CategoryID,
				BBox: a.BBox, Area: a.Area, Crowd: a.Crowd})
			offsets = append(offsets, a.Offset)
		}
	}
	if slices.ContainsFunc(d.Problems, func(p annotations.Problem) bool { return p.Kind == annotations.DuplicateID }) {
		inFileOrder(truths, offsets)
	}
	return truths, p
}

// inFileOrder sorts truths by the offsets that they have in a file.
func inFileOrder(truths []Truth, offsets []int64) {
	order := make([]int, len(truths))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(offsets[a], offsets[b]) })
	given := slices.Clone(truths)
	for i, from := range order {
		truths[i] = given[from]
	}
}
