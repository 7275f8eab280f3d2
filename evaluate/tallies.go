package evaluate

import "math"

// tallies count detections per image and class, or per image alone.
type tallies struct {
	limit   int32
	classes int32 // in a row; 1 if classes are not told apart
	dense   []int32
	rare    *imageTallies // in place of dense, where there are too many pairs for that
}

// maxCells is the largest number of images times classes for which all counts
// lie in a slice.
const maxCells = 1 << 22

// newTallies returns empty tallies. recount tells of all detections that were
// counted.
func newTallies(p Params, recount func(count func(image, class int32))) tallies {
	t := tallies{limit: int32(min(p.MaxDets[len(p.MaxDets)-1], math.MaxInt32)), classes: int32(len(p.Classes))}
	if p.LVIS != nil {
		t.limit, t.classes = int32(min(p.LVIS.maxDetections(), math.MaxInt32)), 1
	}
	if p.ClassAgnostic {
		t.classes = 1
	}
	if cells := int64(len(p.Images)) * int64(t.classes); cells <= maxCells || t.classes == 1 {
		t.dense = make([]int32, cells)
	} else {
		t.rare = newImageTallies(len(p.Images), len(p.Classes), recount)
	}
	return t
}

// beyond counts a detection and reports whether there are more than the limit.
func (t *tallies) beyond(image, class int32) bool {
	if t.dense == nil {
		return t.rare.count(image, class) > t.limit
	}
	if t.classes == 1 {
		class = 0
	}
	cell := int64(image)*int64(t.classes) + int64(class)
	t.dense[cell]++
	return t.dense[cell] > t.limit
}

// reset forgets the detections that were counted.
func (t *tallies) reset() {
	if t.rare != nil {
		t.rare.reset()
	}
	clear(t.dense)
}

// imageTallies count in one image after the other, as most files have them. Once
// an image comes again, they count in all images at once, in a map.
type imageTallies struct {
	recount func(count func(image, class int32))
	image   int32           // at hand, −1 before the first
	counts  []int32         // in it, by class
	counted []int32         // classes that are not 0 there
	done    []bool          // by image: it was at hand
	all     map[int64]int32 // by image and class; nil as long as no image came again
}

func newImageTallies(images, classes int, recount func(count func(image, class int32))) *imageTallies {
	return &imageTallies{recount: recount, image: -1, counts: make([]int32, classes), done: make([]bool, images)}
}

// count counts a detection and returns how many there are of its class in its
// image.
func (t *imageTallies) count(image, class int32) int32 {
	if t.all == nil && image != t.image {
		t.turnTo(image)
	}
	if t.all != nil {
		return t.countInAll(image, class)
	}
	if t.counts[class] == 0 {
		t.counted = append(t.counted, class)
	}
	t.counts[class]++
	return t.counts[class]
}

func (t *imageTallies) turnTo(image int32) {
	if t.done[image] {
		t.all = map[int64]int32{}
		t.recount(func(image, class int32) { t.countInAll(image, class) })
		return
	}
	for _, class := range t.counted {
		t.counts[class] = 0
	}
	t.image, t.counted, t.done[image] = image, t.counted[:0], true
}

func (t *imageTallies) countInAll(image, class int32) int32 {
	cell := int64(image)*int64(len(t.counts)) + int64(class)
	t.all[cell]++
	return t.all[cell]
}

func (t *imageTallies) reset() { *t = *newImageTallies(len(t.done), len(t.counts), t.recount) }
