package annotations

import (
	"maps"
	"math"
	"slices"
)

// Distribution is a summary of positive numbers that gives their quantiles: a
// histogram with 256 bins to the doubling from 2⁻³² to 2³². It depends only on
// the numbers added, not on their order or on how they were merged. The zero
// value is empty and ready for use.
//
// Up to 64 numbers are kept as they are, and quantiles are exact. Of more, a
// quantile is the lower edge of the bin that holds it: never above the true
// value, below it by less than 1/256 (0.4 %), and exact for whole numbers below
// 512. Numbers outside the range are in the outermost bins; Min and Max are
// exact in any case.
//
// It takes some 150 bytes, plus 8 for each of the first 64 numbers or, of more,
// plus 72 for each sixteenth of a doubling, times sixteen bins, in use. A bin
// holds at most 2³²−1 numbers.
type Distribution struct {
	few      []float64 // the numbers, while there are at most maxFew
	pages    []*page   // bins, from bin base·pageBins on; nil where all are 0
	base     int       // number of the first page
	n        int64
	min, max float64
}

// page is sixteen neighbouring bins.
type page [pageBins]uint32

const (
	maxFew     = 64
	pageBins   = 16
	binBits    = 8 // of the mantissa: 256 bins to the doubling
	lowestBin  = (1023 - 32) << binBits
	highestBin = (1023+32)<<binBits - 1
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
	if d.pages == nil {
		if len(d.few) < maxFew {
			d.few = append(d.few, v)
			return
		}
		d.spread()
	}
	bin := binOf(v)
	d.page(bin / pageBins)[bin%pageBins]++
}

// spread moves the few numbers to bins.
func (d *Distribution) spread() {
	for _, v := range d.few {
		bin := binOf(v)
		d.page(bin / pageBins)[bin%pageBins]++
	}
	d.few = nil
}

// binOf returns the bin of a number: its exponent and the first bits of its
// mantissa, counted from lowestBin.
func binOf(v float64) int {
	bin := int(math.Float64bits(v) >> (52 - binBits))
	return min(max(bin, lowestBin), highestBin) - lowestBin
}

// lowerEdge returns the lower edge of a bin.
func lowerEdge(bin int) float64 {
	return math.Float64frombits(uint64(bin+lowestBin) << (52 - binBits))
}

// page returns the page of a number, a new one if need be.
func (d *Distribution) page(number int) *page {
	if at := number - d.base; uint(at) < uint(len(d.pages)) && d.pages[at] != nil {
		return d.pages[at]
	}
	return d.newPage(number)
}

func (d *Distribution) newPage(number int) *page {
	switch at := number - d.base; {
	case len(d.pages) == 0:
		d.base, d.pages = number, make([]*page, 1, 2*pageBins)
	case at < 0:
		d.pages = slices.Insert(d.pages, 0, make([]*page, -at)...)
		d.base = number
	case at >= len(d.pages):
		d.pages = append(d.pages, make([]*page, at+1-len(d.pages))...)
	}
	p := new(page)
	d.pages[number-d.base] = p
	return p
}

// Merge adds the numbers of another distribution, which it leaves as it is.
func (d *Distribution) Merge(o *Distribution) {
	if o.pages == nil {
		for _, v := range o.few {
			d.Add(v)
		}
		return
	}
	if d.pages == nil {
		d.spread()
	}
	for i, p := range o.pages {
		if p == nil {
			continue
		}
		to := d.page(o.base + i)
		for j, n := range p {
			to[j] += n
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
	case d.pages == nil:
		return slices.Sorted(slices.Values(d.few))[rank-1]
	}
	return min(max(lowerEdge(d.binOfRank(rank)), d.min), d.max)
}

// binOfRank returns the bin of the number of a rank, from 1.
func (d *Distribution) binOfRank(rank int64) int {
	for i, p := range d.pages {
		if p == nil {
			continue
		}
		for j, n := range p {
			if rank -= int64(n); rank <= 0 {
				return (d.base+i)*pageBins + j
			}
		}
	}
	return highestBin - lowestBin
}

// Equal reports whether both summarise the same numbers, as far as they keep
// them apart.
func (d Distribution) Equal(o Distribution) bool {
	if d.n != o.n || d.min != o.min || d.max != o.max {
		return false
	}
	few, others := slices.Sorted(slices.Values(d.few)), slices.Sorted(slices.Values(o.few))
	return slices.Equal(few, others) && maps.Equal(d.filled(), o.filled())
}

// filled returns the pages in use by number.
func (d *Distribution) filled() map[int]page {
	pages := map[int]page{}
	for i, p := range d.pages {
		if p != nil {
			pages[d.base+i] = *p
		}
	}
	return pages
}
