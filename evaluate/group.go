package evaluate

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

// grouping holds the elements of known image and class, sorted by class, then
// image, then position in the input.
type grouping struct {
	order []int32 // positions in the input
	image []int32 // image number by position in the input; undefined for skipped elements
	start []int   // K+1 numbers: class k has order[start[k]:start[k+1]]
}

func (g *grouping) class(k int) []int32 { return g.order[g.start[k]:g.start[k+1]] }

// arrange groups n elements whose ids are told by a function, with two stable
// counting sorts, by image and then by class. Where classes are taken for one,
// the elements of an image are by class all the same, as in pycocotools.
func (x *indices) arrange(n int, ids func(i int) (image, class int64)) grouping {
	imageOf, classOf := make([]int32, n), make([]int32, n)
	known := make([]int32, 0, n)
	for i := range n {
		imageID, classID := ids(i)
		image, ok1 := x.images.find(imageID)
		class, ok2 := x.classes.find(classID)
		if ok1 && ok2 {
			imageOf[i], classOf[i] = image, class
			known = append(known, int32(i))
		}
	}
	if x.agnostic {
		byClass, _ := countingSort(known, classOf, x.classes.n)
		order, _ := countingSort(byClass, imageOf, x.images.n)
		return grouping{order: order, image: imageOf, start: []int{0, len(order)}}
	}
	byImage, _ := countingSort(known, imageOf, x.images.n)
	order, start := countingSort(byImage, classOf, x.classes.n)
	return grouping{order: order, image: imageOf, start: start}
}

// countingSort returns the elements sorted by key[element] in [0, n), equal
// ones in their order, and where each key starts (n+1 numbers).
func countingSort(elements, key []int32, n int) (sorted []int32, start []int) {
	start = make([]int, n+1)
	for _, e := range elements {
		start[key[e]+1]++
	}
	for k := range n {
		start[k+1] += start[k]
	}
	next := append([]int(nil), start[:n]...)
	sorted = make([]int32, len(elements))
	for _, e := range elements {
		sorted[next[key[e]]] = e
		next[key[e]]++
	}
	return sorted, start
}
