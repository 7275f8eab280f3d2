package weights

import (
	"cocostat/annotations"
	"cocostat/lt"
)

// ClassCounts are counts per class of a table of counts, which has no annotations.
type ClassCounts struct {
	Categories []annotations.Category // ascending ID
	Instances  []int64
	Images     []int64 // that hold the class; nil: not known
	// AnnotatedImages are the images with any annotation, TotalImages all; 0: not
	// known. Frequencies need Images and both.
	AnnotatedImages, TotalImages int64
	Source                       annotations.Source
}

// BuildFromCounts makes weights from counts per class alone. If the images are
// known, the weights are those of annotations with the same counts. If not, the
// tail ratio counts instances (CentricInstance), the LVIS groups take them for
// images unless Images are known, images and frequencies are 0 and repeat factors
// 1. It fails as Build does.
func BuildFromCounts(c ClassCounts, opt Options) (*Table, error) {
	n := len(c.Categories)
	counts := &annotations.Counts{
		Sources: []annotations.Source{c.Source}, Categories: c.Categories,
		Instances: c.Instances, Images: c.Images, Crowd: make([]int64, n),
		AnnotatedImages: c.AnnotatedImages, TotalInstances: total(c.Instances), Crowds: true,
	}
	known := c.Images != nil && c.AnnotatedImages > 0
	rarity := c.Images // what LVIS's groups go by
	if c.Images == nil {
		rarity, counts.Images = c.Instances, make([]int64, n)
	}
	if !known {
		opt.Centric, counts.AnnotatedImages = CentricInstance, 0
	}
	t, err := Build(counts, opt)
	if err != nil {
		return nil, err
	}
	t.Meta.Counted = CountedTable
	if known {
		t.Meta.Images = c.TotalImages
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		r.LVISGroup = lt.DeclaredGroup(c.Categories[i].Frequency, rarity[i])
		if !known {
			r.Images = 0
		}
	}
	return t, nil
}
