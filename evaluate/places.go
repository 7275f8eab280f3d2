package evaluate

import "slices"

// index numbers ids 0, 1, … in the order of a list. Ids that lie close
// together, as nearly all do, are places in a slice.
type index struct {
	dense  []int32 // number+1, 0 where there is none
	sparse map[int64]int32
	n      int
}

const alwaysDense = 1 << 20 // identifiers below are always places in a slice

func newIndex(ids []int64) index {
	x := index{n: len(ids)}
	top := int64(-1)
	for _, id := range ids {
		if id < int64(max(alwaysDense, 16*len(ids))) {
			top = max(top, id)
		}
	}
	x.dense = make([]int32, top+1)
	for i, id := range ids {
		if uint64(id) < uint64(len(x.dense)) {
			x.dense[id] = int32(i) + 1
			continue
		}
		if x.sparse == nil {
			x.sparse = map[int64]int32{}
		}
		x.sparse[id] = int32(i)
	}
	return x
}

// find returns the number of an id.
func (x *index) find(id int64) (int32, bool) {
	if uint64(id) < uint64(len(x.dense)) {
		number := x.dense[id] - 1
		return number, number >= 0
	}
	number, ok := x.sparse[id]
	return number, ok
}

// indices number the images and classes of an evaluation.
type indices struct {
	images, classes index
	agnostic        bool // classes are taken for one
}

func newIndices(p *Params) *indices {
	return &indices{newIndex(p.Images), newIndex(p.Classes), p.ClassAgnostic}
}

// Runs are elements in runs: those of image 0, or of class 0, then those of 1, …
type Runs struct {
	elements []int32
	start    []int32 // of each run, and the end of the last
}

// Of returns the elements of an image or class. They may be reordered.
func (r *Runs) Of(i int) []int32 { return r.elements[r.start[i]:r.start[i+1]] }

// Len returns the number of images or classes.
func (r *Runs) Len() int { return len(r.start) - 1 }

// sortInto returns elements in the runs that key says, numbers below n; those of
// a run stay in their order. Elements whose key is below 0 are left out; nil are
// all that have a key.
func sortInto(elements, key []int32, n int) Runs {
	count := len(elements)
	if elements == nil {
		count = len(key)
	}
	element := func(i int) int32 {
		if elements == nil {
			return int32(i)
		}
		return elements[i]
	}
	start := make([]int32, n+1)
	for i := range count {
		if k := key[element(i)]; k >= 0 {
			start[k+1]++
		}
	}
	for k := range n {
		start[k+1] += start[k]
	}
	next, sorted := slices.Clone(start[:n]), make([]int32, start[n])
	for i := range count {
		e := element(i)
		if k := key[e]; k >= 0 {
			sorted[next[k]] = e
			next[k]++
		}
	}
	return Runs{sorted, start}
}

// Places say of which image and class the elements of a list are, truths or
// detections.
type Places struct {
	Image []int32 // by element: index in Params.Images; −1 where its image or its class is not evaluated
	Class []int32 // by element: class number, where Image is not −1

	images  int
	byClass Runs // of a class, by image, then in the order of the list
}

// arrange places n elements whose ids are told by a function, with two stable
// counting sorts, by image and then by class.
func (x *indices) arrange(n int, ids func(i int) (image, class int64)) Places {
	p := Places{Image: make([]int32, n), Class: make([]int32, n), images: x.images.n}
	for i := range n {
		imageID, classID := ids(i)
		image, ok := x.images.find(imageID)
		class, evaluated := x.classes.find(classID)
		if p.Image[i], p.Class[i] = image, class; !ok || !evaluated {
			p.Image[i] = -1
		}
	}
	if x.agnostic {
		p.joinClasses(x.classes.n)
		return p
	}
	byImage := p.ByImage()
	p.byClass = sortInto(byImage.elements, p.Class, x.classes.n)
	return p
}

// joinClasses takes the classes for one. The elements of an image are by class
// all the same, as in pycocotools.
func (p *Places) joinClasses(classes int) {
	byClass := sortInto(p.ByImage().elements, p.Class, classes)
	p.byClass = sortInto(byClass.elements, p.Image, p.images)
	p.byClass.start = []int32{0, int32(len(byClass.elements))}
	clear(p.Class)
}

// ByImage returns the elements of each image, in the order of the list. They
// are the caller's.
func (p *Places) ByImage() Runs { return sortInto(nil, p.Image, p.images) }
