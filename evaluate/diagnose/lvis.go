package diagnose

import (
	"cmp"
	"slices"

	"cocostat/evaluate"
)

// usualLVISDetections is LVIS's limit on the detections of an image.
const usualLVISDetections = 300

// pair is a class in an image.
type pair struct{ image, class int64 }

// federate applies the rules of LVIS: it returns the truths, none a crowd, and
// the detections of classes that their image was searched for, the best of the
// image; forgiven tells where a detection without a truth is not wrong.
func federate(rules *evaluate.LVISRules, truths []evaluate.Truth, dets []evaluate.Detection) ([]evaluate.Truth, []evaluate.Detection, map[pair]bool) {
	searched, forgiven := map[pair]bool{}, map[pair]bool{}
	for _, im := range rules.Images {
		for _, class := range im.Negative {
			searched[pair{im.ID, class}] = true
		}
		for _, class := range im.NotExhaustive {
			forgiven[pair{im.ID, class}] = true
		}
	}
	truths = slices.Clone(truths)
	for i := range truths {
		truths[i].Crowd = false
		searched[pair{truths[i].ImageID, truths[i].CategoryID}] = true
	}
	limit := cmp.Or(rules.MaxDetections, usualLVISDetections)
	var kept []evaluate.Detection
	for _, i := range bestOfImages(dets, limit) {
		if searched[pair{dets[i].ImageID, dets[i].CategoryID}] {
			kept = append(kept, dets[i])
		}
	}
	return truths, kept, forgiven
}

// bestOfImages returns the detections among the best of their image, in the
// order of the input.
func bestOfImages(dets []evaluate.Detection, limit int) []int {
	order := make([]int, len(dets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(dets[b].Score, dets[a].Score) })
	count := map[int64]int{}
	order = slices.DeleteFunc(order, func(i int) bool {
		count[dets[i].ImageID]++
		return count[dets[i].ImageID] > limit
	})
	slices.Sort(order)
	return order
}
