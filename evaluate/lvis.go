package evaluate

import (
	"errors"
	"fmt"

	"cocostat/annotations"
)

// LVISRules make an evaluation federated, as that of LVIS is: no image was
// searched for all classes, so a detection counts only where its class was
// looked for.
//
//   - Of each image the best MaxDetections of all classes together are taken,
//     equal scores in input order.
//   - A detection counts if its class has a truth in its image or is among the
//     image's Negative classes; all others are left out.
//   - Where a class is NotExhaustive, a detection without a truth is ignored
//     rather than false.
//   - Crowds are truths like others. Truths and detections without an area do
//     not count.
//
// With the other parameters at their defaults, the precision and recall arrays
// (M = 1) equal those of lvis-api 0.5.3 for boxes bit for bit, with two
// exceptions: annotation id 0, which it takes for "no match", and a member
// "ignore" of annotations, which is not read here. The files of LVIS have
// neither.
//
// Source: A. Gupta, P. Dollár and R. Girshick, "LVIS: A Dataset for Large
// Vocabulary Instance Segmentation", CVPR 2019, section 3.
type LVISRules struct {
	// Images say what is known of each. Of one that is not listed only the
	// classes that have truths count; of two with one id the last holds.
	Images []LVISImage

	// Groups are the category ids by the training images that hold them, for
	// [Result.LVISStats]. Classes in none of them are in no group's mean.
	Groups LVISGroups

	// MaxDetections is how many of an image's detections are taken; 0 means 300.
	MaxDetections int
}

// LVISImage is an image and the classes known of it beyond its truths.
type LVISImage struct {
	ID            int64
	Negative      []int64 // category ids that it was searched for in vain
	NotExhaustive []int64 // category ids of which it has more than its truths
}

// LVISGroups are category ids by the number of training images that hold the
// class: rare up to 10, common up to 100, frequent above.
type LVISGroups struct {
	Rare, Common, Frequent []int64
}

// defaultLVISDetections is LVIS's limit on the detections of an image.
const defaultLVISDetections = 300

func (r *LVISRules) maxDetections() int {
	if r.MaxDetections == 0 {
		return defaultLVISDetections
	}
	return r.MaxDetections
}

func (p *Params) validateLVIS() error {
	switch {
	case p.LVIS.MaxDetections < 0:
		return fmt.Errorf("evaluate: LVIS: limit of %d detections an image: must not be negative", p.LVIS.MaxDetections)
	case p.ClassAgnostic:
		return errors.New("evaluate: LVIS: what an image was searched for is said by class, so classes cannot be taken for one")
	}
	return nil
}

// defaultMaxDets returns the limits for an empty list.
func (p *Params) defaultMaxDets() []int {
	if p.LVIS != nil {
		return []int{p.LVIS.maxDetections()}
	}
	return DefaultMaxDets()
}

// FromLVIS is [FromDataset] for a dataset of LVIS: the parameters hold its
// rules too. It fails if an image lacks neg_category_ids or
// not_exhaustive_category_ids. The groups are those that the categories'
// member frequency declares.
func FromLVIS(d *annotations.Dataset) ([]Truth, Params, error) {
	rules := &LVISRules{Images: make([]LVISImage, len(d.Images))}
	for i := range d.Images {
		im := &d.Images[i]
		if im.NegativeCategories == nil || im.NotExhaustiveCategories == nil {
			return nil, Params{}, fmt.Errorf("evaluate: %s: image %d (byte %d): the rules of LVIS need its neg_category_ids and not_exhaustive_category_ids, both lists of numbers",
				d.Path, im.ID, im.Offset)
		}
		rules.Images[i] = LVISImage{im.ID, im.NegativeCategories, im.NotExhaustiveCategories}
	}
	for i := range d.Categories {
		switch k := &d.Categories[i]; k.Frequency {
		case "r":
			rules.Groups.Rare = append(rules.Groups.Rare, k.ID)
		case "c":
			rules.Groups.Common = append(rules.Groups.Common, k.ID)
		case "f":
			rules.Groups.Frequent = append(rules.Groups.Frequent, k.ID)
		}
	}
	truths, p := FromDataset(d)
	p.LVIS = rules
	return truths, p, nil
}

// LVISCounts say what the rules of LVIS left out: detections, each for the
// first of the three reasons, and truths.
type LVISCounts struct {
	OverLimit  int // detections beyond the best of their image
	Unchecked  int // detections of classes that their image was not searched for
	Flat       int // detections whose box has no area
	FlatTruths int // truths that have no area
}
