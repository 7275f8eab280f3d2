package stratify

import "container/heap"

// deal gives every item to a share: iterative stratification.
func (d *division) deal() {
	order := d.shuffled()
	byLabel := make([][]int32, d.labels) // items, in random order
	for _, i := range order {
		for _, l := range d.of(i) {
			if !d.few[l.Label] {
				byLabel[l.Label] = append(byLabel[l.Label], int32(i))
			}
		}
	}
	q := newRarest(byLabel)
	for len(q.labels) > 0 {
		label := q.labels[0]
		for _, i := range byLabel[label] {
			if d.share[i] == nowhere {
				d.put(int(i), d.needy(label))
				for _, l := range d.of(int(i)) {
					q.left[l.Label]--
				}
			}
		}
		q.left[label] = 0
		heap.Init(q) // the numbers of many labels have changed
		for len(q.labels) > 0 && q.left[q.labels[0]] == 0 {
			heap.Pop(q)
		}
	}
	for _, i := range order {
		if d.share[i] == nowhere {
			d.put(i, d.needy(nowhere))
		}
	}
}

// needy returns the share that lacks most of a label, or, where shares lack as
// much, most images, and of several one at random.
func (d *division) needy(label int32) int32 {
	best, ties := 0, 1
	for j := 1; j < len(d.size); j++ {
		order := 0.0
		if label != nowhere {
			at := int(label) * len(d.size)
			order = d.off[at+best] - d.off[at+j]
		}
		if order == 0 {
			order = float64((d.size[best] - d.want[best]) - (d.size[j] - d.want[j]))
		}
		switch {
		case order > 0:
			best, ties = j, 1
		case order == 0:
			if ties++; d.below(ties) == 0 {
				best = j
			}
		}
	}
	return int32(best)
}

// rarest is a queue of labels, the one that the fewest items hold first.
type rarest struct {
	labels []int32
	left   []int // items by label that are not dealt out
}

func newRarest(byLabel [][]int32) *rarest {
	q := &rarest{left: make([]int, len(byLabel))}
	for l, items := range byLabel {
		if q.left[l] = len(items); len(items) > 0 {
			q.labels = append(q.labels, int32(l))
		}
	}
	heap.Init(q)
	return q
}

func (q *rarest) Len() int      { return len(q.labels) }
func (q *rarest) Swap(i, j int) { q.labels[i], q.labels[j] = q.labels[j], q.labels[i] }
func (q *rarest) Push(any)      { panic("stratify: labels do not come back") }
func (q *rarest) Less(i, j int) bool {
	a, b := q.labels[i], q.labels[j]
	return q.left[a] < q.left[b] || q.left[a] == q.left[b] && a < b
}

func (q *rarest) Pop() any {
	last := q.labels[len(q.labels)-1]
	q.labels = q.labels[:len(q.labels)-1]
	return last
}
