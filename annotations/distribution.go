package annotations

import (
	"math"
	"slices"
)

// Distribution is a summary of numbers from 0 on that gives their quantiles: a
// histogram with 256 bins to the doubling from 2⁻¹⁶ to 2¹⁶. It depends only on
// the numbers added, not on their order or on how they were merged. The zero
// value is empty and ready for use.
//
// Up to 256 numbers are kept as they are, and quantiles are exact. Of more, a
// quantile is the lower edge of the bin that holds it: never above the true
// value, below it by less than 1/256 (0.4 %), and exact for whole numbers from
// 1 to 512. Numbers outside the range are in the outermost bins; Min and Max are
// exact in any case.
//
// It takes some 80 bytes, and 8 for each of the first 256 numbers or, of more,
// 1024 for each doubling between the least and the greatest. A bin holds at
// most 2³²−1 numbers.
type Distribution struct {
	few      []float64 // the numbers, while there are at most maxFew
	bins     []uint32  // whole doublings, from bin base on
	base     int
	n        int64
	min, max float64
}

const (
	maxFew     = 256
	binBits    = 8 // of the mantissa
	doubling   = 1 << binBits
	lowestBin  = (1023 - 16) << binBits
	highestBin = (1023+16)<<binBits - 1
)

// Add adds a number. It panics if v is negative or not a number.
func (d *Distribution) Add(v float64) {
	if !(v >= 0) {
		panic("annotations: Distribution.Add of a number below 0 or NaN")
	}
	if d.n == 0 || v < d.min {
		d.min = v
	}
	if v > d.max {
		d.max = v
	}
	d.n++
	if at := binOf(v) - d.base; uint(at) < uint(len(d.bins)) {
		d.bins[at]++
	} else {
		d.addSlow(v)
	}
}

// addAll adds numbers that are not negative: in a row they take less time.
func (d *Distribution) addAll(values []float64) {
	for len(values) > 0 && d.bins == nil {
		d.Add(values[0])
		values = values[1:]
	}
	least, most, bins, base := d.min, d.max, d.bins, d.base
	for _, v := range values {
		if v < least {
			least = v
		}
		if v > most {
			most = v
		}
		bin := binOf(v)
		if uint(bin-base) >= uint(len(bins)) {
			d.reserve(bin, bin)
			bins, base = d.bins, d.base
		}
		bins[bin-base]++
	}
	d.min, d.max, d.n = least, most, d.n+int64(len(values))
}

func (d *Distribution) addSlow(v float64) {
	if d.bins == nil {
		if len(d.few) < maxFew {
			d.few = append(d.few, v)
			return
		}
		d.spread()
	}
	d.addBin(binOf(v), 1)
}

// spread moves the few numbers to bins.
func (d *Distribution) spread() {
	few := d.few
	d.few = nil
	d.reserve(binOf(d.min), binOf(d.max))
	for _, v := range few {
		d.addBin(binOf(v), 1)
	}
}

// binOf returns the bin of a number: its exponent and the first bits of its
// mantissa.
func binOf(v float64) int {
	return min(max(int(math.Float64bits(v)>>(52-binBits)), lowestBin), highestBin)
}

// lowerEdge returns the lower edge of a bin.
func lowerEdge(bin int) float64 { return math.Float64frombits(uint64(bin) << (52 - binBits)) }

// addBin adds n numbers to a bin, for which it makes room.
func (d *Distribution) addBin(bin int, n uint32) {
	d.reserve(bin, bin)
	d.bins[bin-d.base] += n
}

// reserve makes room for two bins and all between them, in whole doublings.
func (d *Distribution) reserve(first, last int) {
	from, to := first&^(doubling-1), last|(doubling-1)+1
	if len(d.bins) > 0 {
		from, to = min(from, d.base), max(to, d.base+len(d.bins))
	}
	if to-from == len(d.bins) {
		return
	}
	bins := make([]uint32, to-from)
	if len(d.bins) > 0 {
		copy(bins[d.base-from:], d.bins)
	}
	d.base, d.bins = from, bins
}

// Merge adds the numbers of another distribution, which it leaves as it is.
func (d *Distribution) Merge(o *Distribution) {
	if o.bins == nil {
		for _, v := range o.few {
			d.Add(v)
		}
		slices.Sort(d.few)
		return
	}
	if d.bins == nil {
		d.spread()
	}
	d.reserve(o.base, o.base+len(o.bins)-1)
	for i, n := range o.bins {
		if n > 0 {
			d.addBin(o.base+i, n)
		}
	}
	if d.n == 0 || o.min < d.min {
		d.min = o.min
	}
	d.max = max(d.max, o.max)
	d.n += o.n
}

// Count returns how many numbers were added.
func (d *Distribution) Count() int64 { return d.n }

// Min returns the least number, NaN if there are none.
func (d *Distribution) Min() float64 {
	if d.n == 0 {
		return math.NaN()
	}
	return d.min
}

// Max returns the greatest number, NaN if there are none.
func (d *Distribution) Max() float64 {
	if d.n == 0 {
		return math.NaN()
	}
	return d.max
}

// Quantile returns the least number that at least the share q of all numbers
// do not exceed, 0 <= q <= 1: the one of rank max(1, ⌈q·n⌉), numpy's
// "inverted_cdf". It is a number that was added, within the error stated above,
// never a mean of two. Quantile(0) is Min, Quantile(1) is Max. It is NaN if
// there are no numbers or if q is out of range.
func (d *Distribution) Quantile(q float64) float64 {
	if d.n == 0 || !(q >= 0 && q <= 1) {
		return math.NaN()
	}
	rank := max(1, int64(math.Ceil(q*float64(d.n))))
	switch {
	case rank == 1:
		return d.min
	case rank >= d.n:
		return d.max
	case d.bins == nil:
		return d.sorted()[rank-1]
	}
	return min(max(lowerEdge(d.binOfRank(rank)), d.min), d.max)
}

// sorted returns the few numbers in ascending order.
func (d *Distribution) sorted() []float64 {
	if slices.IsSorted(d.few) {
		return d.few
	}
	return slices.Sorted(slices.Values(d.few))
}

// binOfRank returns the bin of the number of a rank, from 1.
func (d *Distribution) binOfRank(rank int64) int {
	for i, n := range d.bins {
		if rank -= int64(n); rank <= 0 {
			return d.base + i
		}
	}
	return highestBin
}

// Equal reports whether both summarise the same numbers, as far as they keep
// them apart.
func (d Distribution) Equal(o Distribution) bool {
	if d.n != o.n || d.min != o.min || d.max != o.max || !slices.Equal(d.sorted(), o.sorted()) {
		return false
	}
	for bin := lowestBin; bin <= highestBin; bin++ {
		if d.inBin(bin) != o.inBin(bin) {
			return false
		}
	}
	return true
}

func (d *Distribution) inBin(bin int) uint32 {
	if at := bin - d.base; at >= 0 && at < len(d.bins) {
		return d.bins[at]
	}
	return 0
}
