package evaluate

// index numbers ids 0, 1, … in the order of a list.
type index struct {
	of map[int64]int32
	n  int
}

func newIndex(ids []int64) index {
	x := index{of: make(map[int64]int32, len(ids)), n: len(ids)}
	for i, id := range ids {
		x.of[id] = int32(i)
	}
	return x
}

// cursor looks ids up, without the map for runs of one id.
type cursor struct {
	index
	id     int64
	number int32
	found  bool
	primed bool
}

func (c *cursor) find(id int64) (int32, bool) {
	if !c.primed || id != c.id {
		c.number, c.found = c.of[id]
		c.id, c.primed = id, true
	}
	return c.number, c.found
}

// grouping holds the elements of known image and class, sorted by class, then
// image, then position in the input.
type grouping struct {
	order []int32 // positions in the input
	image []int32 // image number by position in the input; undefined for skipped elements
	start []int   // K+1: class k has order[start[k]:start[k+1]]
}

func (g *grouping) class(k int) []int32 { return g.order[g.start[k]:g.start[k+1]] }

// arrange groups n elements whose ids are told by a function, with two stable
// counting sorts, by image and then by class.
func arrange(n int, images, classes index, ids func(i int) (image, class int64)) grouping {
	imageOf, classOf := make([]int32, n), make([]int32, n)
	imageAt, classAt := cursor{index: images}, cursor{index: classes}
	known := make([]int32, 0, n)
	for i := range n {
		imageID, classID := ids(i)
		image, ok1 := imageAt.find(imageID)
		class, ok2 := classAt.find(classID)
		if ok1 && ok2 {
			imageOf[i], classOf[i] = image, class
			known = append(known, int32(i))
		}
	}
	byImage, _ := countingSort(known, imageOf, images.n)
	order, start := countingSort(byImage, classOf, classes.n)
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
