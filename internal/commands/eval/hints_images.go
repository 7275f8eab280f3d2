package eval

import (
	"fmt"
	"slices"

	"cocostat/annotations"
	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/imagename"
	"cocostat/internal/textable"
)

// imageReading is what else image ids of detections may mean.
type imageReading struct {
	meaning, remedy string
	in              []int32 // by image as the ids are: the image then, -1 for none
	least           float64 // share of objects with a box on them that it takes
}

// imageIDs reports image ids that fit, and fit far better if they are shifted by
// one or numbers out of file names.
func (h *hinter) imageIDs(hits diagnose.Hits) bool {
	if h.file.Matched != evaluate.MatchID || hits.Share() >= 0.5 {
		return false
	}
	readings := h.shiftedImages()
	if h.o.match != evaluate.MatchID {
		readings = append(readings, h.numberedImages()...)
	}
	var best imageReading
	most := hits
	for _, r := range readings {
		if other := h.matching.HitsIn(r.in); hits.Clearer(other) && other.Hit > most.Hit && other.Share() >= r.least {
			best, most = r, other
		}
	}
	if best.in == nil {
		return false
	}
	h.add(annotations.ResultImageIDs, int64(len(h.file.Detections)), fmt.Sprintf(
		"image_id seems to be %s: boxes are on %s of %s so, and on %s as it is", best.meaning,
		textable.Integer(most.Hit), output.Plural(most.Objects, "object"), textable.Integer(hits.Hit)), best.remedy)
	return true
}

// leastShifted is high, for some of other ids than those meant are one off by
// chance.
const leastShifted = 0.3

// shiftedImages reads image ids as one too low and as one too high.
func (h *hinter) shiftedImages() []imageReading {
	ids := h.result.Params.Images
	shift := func(by int64) []int32 {
		in := make([]int32, len(ids))
		for i, id := range ids {
			at, ok := slices.BinarySearch(ids, id+by)
			if in[i] = int32(at); !ok {
				in[i] = -1
			}
		}
		return in
	}
	return []imageReading{
		{"one less than the id of the image", "add 1 to each image_id, for instance with jq 'map(.image_id += 1)'", shift(1), leastShifted},
		{"one more than the id of the image", "subtract 1 from each image_id, for instance with jq 'map(.image_id -= 1)'", shift(-1), leastShifted},
	}
}

// numberedImages reads image ids as numbers out of file names.
func (h *hinter) numberedImages() (readings []imageReading) {
	names := make([]string, len(h.dataset.Images))
	for i := range names {
		names[i] = h.dataset.Images[i].FileName
	}
	table, ids := imagename.New(names), h.result.Params.Images
	for _, rule := range imagename.Rules {
		numbers, in := table.Numbers(rule), make([]int32, len(ids))
		for i, id := range ids {
			in[i] = -1
			if found := numbers[id]; len(found) == 1 {
				if at, ok := slices.BinarySearch(ids, h.dataset.Images[found[0]].ID); ok {
					in[i] = int32(at)
				}
			}
		}
		readings = append(readings, imageReading{rule.String() + ", and no id", "--match file-name finds images by that", in, 0})
	}
	return readings
}

// emptyImages says in how many images nothing is detected.
func (h *hinter) emptyImages() {
	images := h.result.Params.Images
	seen := make([]bool, len(images))
	for _, id := range h.file.Images {
		if at, ok := slices.BinarySearch(images, id); ok {
			seen[at] = true
		}
	}
	empty, missed := int64(0), int64(0)
	for at, objects := range h.matching.Objects() {
		if !seen[at] {
			empty++
			missed += objects
		}
	}
	if missed == 0 {
		return
	}
	remedy := ""
	if 4*empty >= int64(len(images)) {
		remedy = "--images detected leaves them out, if these are detections for a part of the images"
	}
	h.add(annotations.ResultNoImage, empty, fmt.Sprintf("images of %s without a detection: %s missed",
		textable.Integer(len(images)), output.Plural(missed, "object")), remedy)
}
