package diagnose

import (
	"math"
	"slices"

	"cocostat/internal/boxform"
)

// Size is that of an image in pixels, 0 where it is not known.
type Size struct{ Width, Height float64 }

// hitIoU is the overlap from which a box is on an object.
const hitIoU = 0.5

// The extent of a sample: so many images, spread over all that hold objects and
// detections, and in each the first objects and the surest detections.
const (
	sampleImages  = 200
	samplePerSide = 100
)

// Hits is how many objects of a sample a detection is on, of any class.
type Hits struct{ Hit, Objects int64 }

// Share is that of the objects that are hit, 0 of none.
func (h Hits) Share() float64 {
	if h.Objects == 0 {
		return 0
	}
	return float64(h.Hit) / float64(h.Objects)
}

// Clearer reports whether another reading of the same detections hits so many
// more objects that these numbers can hardly mean what they say: three times as
// many, a tenth of all and five at least.
func (h Hits) Clearer(other Hits) bool {
	return other.Hit >= 5 && other.Hit >= 3*h.Hit && 10*other.Hit >= other.Objects
}

// Forms counts what tells the form of the detected boxes; sizes are by image.
func (m *Matching) Forms(sizes []Size) boxform.Count {
	var c boxform.Count
	for image, size := range sizes {
		for _, d := range m.detsOf.Of(image) {
			c.Add(&m.dets[d].BBox, size.Width, size.Height)
		}
	}
	return c
}

// TruthForms is Forms of the objects.
func (m *Matching) TruthForms(sizes []Size) boxform.Count {
	var c boxform.Count
	for image, size := range sizes {
		for _, t := range m.truthsOf.Of(image) {
			c.Add(&m.truths[t].BBox, size.Width, size.Height)
		}
	}
	return c
}

// HitsAs returns how many objects are hit if boxes are of a form. Images
// without a size are left out, unless the form is COCO's.
func (m *Matching) HitsAs(form boxform.Form, sizes []Size) Hits {
	return m.hits(func(image int) (int, bool) {
		return image, !form.OfSize() || sizes[image].Width > 0 && sizes[image].Height > 0
	}, func(box [4]float64, image int) [4]float64 {
		return form.ToXYWH(box, sizes[image].Width, sizes[image].Height)
	})
}

// HitsIn returns how many objects are hit if the detections of each image i are
// those of image in[i]; below 0: of none.
func (m *Matching) HitsIn(in []int32) Hits {
	return m.hits(func(image int) (int, bool) { return int(in[image]), in[image] >= 0 },
		func(box [4]float64, _ int) [4]float64 { return box })
}

// hits counts the objects of a sample that are hit; in names the image in which
// detections of an image are, read makes x, y, width, height of their boxes.
func (m *Matching) hits(in func(image int) (int, bool), read func(box [4]float64, image int) [4]float64) (h Hits) {
	boxes := make([][4]float64, 0, samplePerSide)
	for _, image := range m.sample() {
		place, ok := in(image)
		if !ok {
			continue
		}
		boxes = boxes[:0]
		for _, d := range first(m.detsOf.Of(image)) {
			boxes = append(boxes, read(m.dets[d].BBox, image))
		}
		for _, t := range first(m.truthsOf.Of(place)) {
			if m.truths[t].Crowd {
				continue
			}
			h.Objects++
			for i := range boxes {
				if m.truths[t].IoU(&boxes[i]) >= hitIoU {
					h.Hit++
					break
				}
			}
		}
	}
	return h
}

func first(list []int32) []int32 { return list[:min(len(list), samplePerSide)] }

// sample returns the numbers of images with objects and detections.
func (m *Matching) sample() []int {
	var images []int
	for image := range m.detsOf.Len() {
		if len(m.detsOf.Of(image)) > 0 && len(m.truthsOf.Of(image)) > 0 {
			images = append(images, image)
		}
	}
	if len(images) <= sampleImages {
		return images
	}
	chosen := make([]int, sampleImages)
	for i := range chosen {
		chosen[i] = images[i*len(images)/sampleImages]
	}
	return chosen
}

// ClassPair is the class of an object and that of the detection on it.
type ClassPair struct{ Object, Detection int64 }

// ClassPairs counts the classes of the objects of a sample and of the detection
// that overlaps each most.
func (m *Matching) ClassPairs() map[ClassPair]int64 {
	pairs := map[ClassPair]int64{}
	for _, image := range m.sample() {
		dets := first(m.detsOf.Of(image))
		for _, t := range first(m.truthsOf.Of(image)) {
			if m.truths[t].Crowd {
				continue
			}
			best, most := int32(-1), math.Nextafter(hitIoU, 0)
			for _, d := range dets {
				if iou := m.truths[t].IoU(&m.dets[d].BBox); iou > most {
					best, most = d, iou
				}
			}
			if best >= 0 {
				pairs[ClassPair{m.truths[t].CategoryID, m.dets[best].CategoryID}]++
			}
		}
	}
	return pairs
}

// Objects is how many truths of each image are no crowds.
func (m *Matching) Objects() []int64 {
	count := make([]int64, m.truthsOf.Len())
	for image := range count {
		for _, t := range m.truthsOf.Of(image) {
			if !m.truths[t].Crowd {
				count[image]++
			}
		}
	}
	return count
}

// Repeated counts the detections with the image, class, box and score of one
// before.
func (m *Matching) Repeated() (n int64) {
	for image := range m.detsOf.Len() {
		dets := m.detsOf.Of(image)
		for from := 0; from < len(dets); {
			to := from + 1
			for to < len(dets) && m.dets[dets[to]].Score == m.dets[dets[from]].Score {
				to++
			}
			if to-from > 1 {
				n += m.repeatedIn(dets[from:to])
			}
			from = to
		}
	}
	return n
}

// fewEqual is up to how many detections of one score are compared with each
// other, which takes less time than a map.
const fewEqual = 16

// repeatedIn is Repeated of detections of one image and score.
func (m *Matching) repeatedIn(dets []int32) (n int64) {
	if len(dets) > fewEqual {
		return m.repeatedAmong(dets)
	}
	for i, d := range dets {
		if slices.ContainsFunc(dets[:i], func(e int32) bool {
			return m.detClass[e] == m.detClass[d] && m.dets[e].BBox == m.dets[d].BBox
		}) {
			n++
		}
	}
	return n
}

// repeatedAmong is repeatedIn of any number.
func (m *Matching) repeatedAmong(dets []int32) (n int64) {
	type detection struct {
		class int32
		box   [4]float64
	}
	seen := make(map[detection]bool, len(dets))
	for _, d := range dets {
		this := detection{m.detClass[d], m.dets[d].BBox}
		if seen[this] {
			n++
		}
		seen[this] = true
	}
	return n
}

// Undetected counts the objects, by class, of the classes without a detection
// that lie in images with one.
func (m *Matching) Undetected() []int64 {
	detections, count := m.Detections(), make([]int64, len(m.Classes))
	for image := range m.truthsOf.Len() {
		if len(m.detsOf.Of(image)) == 0 {
			continue
		}
		for _, t := range m.truthsOf.Of(image) {
			if k := m.truthClass[t]; k >= 0 && detections[k] == 0 && !m.truths[t].Crowd {
				count[k]++
			}
		}
	}
	return count
}

// OrderDecides reports whether all detections have one score, and a class has
// right and wrong ones at one IoU threshold: then another order of theirs could
// give another AP.
func (m *Matching) OrderDecides() bool {
	for i := range m.dets {
		if m.dets[i].Score != m.dets[0].Score {
			return false
		}
	}
	for k := range m.matches.Classes {
		c := &m.matches.Classes[k]
		right, noneWrong := uint64(0), ^uint64(0) // by IoU threshold
		for i := range c.Detections {
			o := c.Overall(&c.Detections[i])
			right |= o.Right
			noneWrong &= o.Right | o.Ignored
		}
		if right&^noneWrong != 0 {
			return true
		}
	}
	return false
}

// ObjectsBeyond counts the objects that a limit on the detections of a class in
// an image, or of all classes together, keeps from being found, and the images
// that hold them; most is the limit that none of them would need.
func (m *Matching) ObjectsBeyond(limit int, together bool) (objects, images int64, most int) {
	seen := make([]int, len(m.Classes))
	for image := range m.truthsOf.Len() {
		truths := m.truthsOf.Of(image)
		if len(truths) <= limit {
			continue
		}
		clear(seen)
		beyond := int64(0)
		for _, t := range truths {
			k := m.truthClass[t]
			if together {
				k = 0
			}
			if m.truths[t].Crowd {
				continue
			}
			if seen[k]++; seen[k] > limit {
				beyond++
				most = max(most, seen[k])
			}
		}
		if objects += beyond; beyond > 0 {
			images++
		}
	}
	return objects, images, most
}
