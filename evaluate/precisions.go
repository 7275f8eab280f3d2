package evaluate

import (
	"slices"
	"sync"
)

// precisions are those of a part, in the order of the array [T, R, K]. V3Det's
// are 13 million; only those of one recall threshold are there at a time or,
// where the classes are few, of one IoU threshold.
type precisions struct {
	r    *Result
	p    part
	next int // IoU threshold, or row of the array

	rows  rows
	table []float64
	rest  []float64 // of what is there
	block [blockSize]float64
}

// buffers are used again: the numbers of each class are many short sums.
var buffers = sync.Pool{New: func() any { return new(precisions) }}

func (v *precisions) begin(r *Result, p part) { v.r, v.p, v.next, v.rest = r, p, 0, nil }

// few is how many classes do not fill a row.
const few = 8

// more makes the next numbers.
func (v *precisions) more() {
	recalls := len(v.r.Params.RecallThresholds)
	if len(v.p.classes) > few {
		if v.next%recalls == 0 {
			v.rows.begin(v.r, v.p, v.p.thresholds[v.next/recalls:][:1])
		}
		v.rest = v.rows.next()
		v.next++
		return
	}
	n := recalls * len(v.p.classes)
	v.table = slices.Grow(v.table[:0], n)[:n]
	for j, k := range v.p.classes {
		write(v.table[j:], len(v.p.classes), v.r.curve(k, v.p.area, v.p.limit, v.p.thresholds[v.next]).steps, recalls)
	}
	v.rest = v.table
	v.next++
}

// write writes the precisions of a curve at all recall thresholds, with a stride
// between them.
func write(values []float64, stride int, steps []step, recalls int) {
	i := 0
	for _, s := range steps {
		for ; i < int(s.end); i++ {
			values[i*stride] = s.precision
		}
	}
	for ; i < recalls; i++ {
		values[i*stride] = 0
	}
}

// sum is pairwiseSum of the next n numbers.
func (v *precisions) sum(n int) float64 {
	if n > blockSize {
		half := firstHalf(n)
		first := v.sum(half)
		return first + v.sum(n-half)
	}
	if n <= len(v.rest) {
		x := v.rest[:n]
		v.rest = v.rest[n:]
		return blockSum(x)
	}
	for have := 0; have < n; {
		if len(v.rest) == 0 {
			v.more()
		}
		taken := copy(v.block[have:n], v.rest)
		v.rest = v.rest[taken:]
		have += taken
	}
	return blockSum(v.block[:n])
}

// rows are the precisions of some curves, [T, K], at one recall threshold after
// the other. From one to the next, few change.
type rows struct {
	values  []float64
	changes []change // by recall threshold
	start   []int    // of those at each, and at one beyond the last
	at      int      // the next recall threshold

	unsorted []change
	places   []int
}

// change is a curve's precision from a recall threshold on.
type change struct {
	recall, curve int32
	precision     float64
}

// begin takes the curves of a part at some IoU thresholds.
func (r *rows) begin(result *Result, p part, thresholds []int) {
	n := len(thresholds) * len(p.classes)
	r.at, r.values, r.unsorted = 0, slices.Grow(r.values[:0], n), slices.Grow(r.unsorted[:0], 2*n) // most curves have two steps or fewer
	for _, t := range thresholds {
		for _, k := range p.classes {
			r.add(result.curve(k, p.area, p.limit, t).steps)
		}
	}
	r.sort(len(result.Params.RecallThresholds))
}

// add adds a curve: its precision at the first recall threshold to the values,
// and those from others on to the changes.
func (r *rows) add(steps []step) {
	if len(steps) == 0 {
		r.values = append(r.values, 0)
		return
	}
	curve := int32(len(r.values))
	r.values = append(r.values, steps[0].precision)
	for i, s := range steps {
		after := 0.0
		if i+1 < len(steps) {
			after = steps[i+1].precision
		}
		r.unsorted = append(r.unsorted, change{s.end, curve, after})
	}
}

// sort sorts the changes by recall threshold.
func (r *rows) sort(recalls int) {
	r.start = slices.Grow(r.start[:0], recalls+2)[:recalls+2]
	clear(r.start)
	for i := range r.unsorted {
		r.start[r.unsorted[i].recall+1]++
	}
	for i := range len(r.start) - 1 {
		r.start[i+1] += r.start[i]
	}
	r.places = append(r.places[:0], r.start...)
	r.changes = slices.Grow(r.changes[:0], len(r.unsorted))[:len(r.unsorted)]
	for _, c := range r.unsorted {
		r.changes[r.places[c.recall]] = c
		r.places[c.recall]++
	}
}

// next returns the precisions at the next recall threshold, which hold until it
// is called again.
func (r *rows) next() []float64 {
	for i := r.start[r.at]; i < r.start[r.at+1]; i++ {
		r.values[r.changes[i].curve] = r.changes[i].precision
	}
	r.at++
	return r.values
}
