package weights

import (
	"cocostat/annotations"
	"cocostat/lt"
)

// BuildFromCounts makes the weights of classes of which nothing is known but
// their numbers of instances, which come from a source: a table of counts, not
// annotations. There are no images then: the tail ratio counts instances
// (CentricInstance), which also stand for the images in the LVIS groups, and
// frequencies are 0 and repeat factors 1. It fails as Build does.
func BuildFromCounts(categories []annotations.Category, instances []int64, source annotations.Source, opt Options) (*Table, error) {
	n := len(categories)
	opt.Centric = CentricInstance
	t, err := Build(&annotations.Counts{
		Sources: []annotations.Source{source}, Categories: categories,
		Instances: instances, Images: make([]int64, n), Crowd: make([]int64, n),
		TotalInstances: total(instances), Crowds: true,
	}, opt)
	if err != nil {
		return nil, err
	}
	t.Meta.Counted = CountedTable
	for i := range t.Rows {
		t.Rows[i].LVISGroup = lt.DeclaredGroup(categories[i].Frequency, instances[i])
	}
	return t, nil
}
