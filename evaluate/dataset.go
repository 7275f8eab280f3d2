package evaluate

import "cocostat/annotations"

// FromDataset returns the truths of a dataset, and parameters that evaluate
// all its images and categories, those without objects too. Annotations that
// have no box are left out.
func FromDataset(d *annotations.Dataset) ([]Truth, Params) {
	p := Params{Images: make([]int64, len(d.Images)), Classes: make([]int64, len(d.Categories))}
	for k := range d.Categories {
		p.Classes[k] = d.Categories[k].ID
	}
	var truths []Truth
	for i := range d.Images {
		p.Images[i] = d.Images[i].ID
		for j := range d.Objects[i] {
			a := &d.Objects[i][j]
			if a.Has&annotations.FieldBBox == 0 {
				continue
			}
			truths = append(truths, Truth{ID: a.ID, ImageID: a.ImageID, CategoryID: a.CategoryID,
				BBox: a.BBox, Area: a.Area, Crowd: a.Crowd})
		}
	}
	return truths, p
}
