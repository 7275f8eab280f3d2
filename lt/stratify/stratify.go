package stratify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Items are what is divided: images, or groups of images that stay together.
type Items struct {
	// Size is how many images an item is, at least 1.
	Size []int32
	// Start has one element more than Size: item i holds Labels[Start[i]:Start[i+1]].
	Start  []int
	Labels []Label
}

// Label is something that an item holds, and how much of it, at least 1.
type Label struct{ Label, Amount int32 }

// Add adds an item.
func (it *Items) Add(size int32, labels []Label) {
	if len(it.Start) == 0 {
		it.Start = []int{0}
	}
	it.Size = append(it.Size, size)
	it.Labels = append(it.Labels, labels...)
	it.Start = append(it.Start, len(it.Labels))
}

func (it *Items) of(i int) []Label { return it.Labels[it.Start[i]:it.Start[i+1]] }

// Sizes returns how many of n images each share is to have: r_j n, rounded so that
// the sum is n, by largest remainder.
func Sizes(n int64, shares []float64) []int64 {
	sizes, order := make([]int64, len(shares)), make([]int, len(shares))
	rest := make([]float64, len(shares))
	left := n
	sum := 0.0
	for _, r := range shares {
		sum += r
	}
	for j, r := range shares {
		exact := float64(float64(n) * float64(r/sum))
		sizes[j] = int64(math.Floor(exact))
		rest[j], order[j] = exact-math.Floor(exact), j
		left -= sizes[j]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rest[a] > rest[b]:
			return -1
		case rest[a] < rest[b]:
			return 1
		}
		return 0
	})
	for k := 0; left > 0; k++ {
		sizes[order[k%len(order)]]++
		left--
	}
	return sizes
}

// Split divides items into shares, and returns the share of each. shares are the
// r_j, above 0; they need not sum up to 1. It fails for shares that are none, and
// if ctx ends.
func Split(ctx context.Context, items Items, shares []float64, seed uint64) ([]int32, error) {
	if err := check(shares); err != nil {
		return nil, err
	}
	d := newDivision(items, shares, seed)
	d.deal()
	if err := d.improve(ctx); err != nil {
		return nil, err
	}
	return d.share, nil
}

// Uniform divides items into shares of the same sizes at random.
func Uniform(items Items, shares []float64, seed uint64) ([]int32, error) {
	if err := check(shares); err != nil {
		return nil, err
	}
	d := newDivision(items, shares, seed)
	for _, i := range d.shuffled() {
		best := 0
		for j := range d.size {
			if d.size[j]-d.want[j] < d.size[best]-d.want[best] {
				best = j
			}
		}
		d.put(i, int32(best))
	}
	return d.share, nil
}

func check(shares []float64) error {
	if len(shares) == 0 {
		return fmt.Errorf("stratify: no shares")
	}
	for _, r := range shares {
		if !(r > 0) || math.IsInf(r, 0) {
			return fmt.Errorf("stratify: a share of %v: must be above 0", r)
		}
	}
	return nil
}

// nowhere is the share of an item that is not dealt out yet.
const nowhere = -1

// division is the state of the work.
type division struct {
	Items
	share  []int32 // of each item
	want   []int64 // images of each share
	size   []int64 // images that it has
	labels int
	few    []bool // by label: held by fewer items than there are shares

	// By label and share, label·shares + share:
	off   []float64 // n_jl − r_j T_l
	price []float64 // 1 / (r_j V_l)

	random *rand.PCG
}

// newDivision is the division of items before any is dealt out.
func newDivision(items Items, shares []float64, seed uint64) *division {
	items, few := pool(items, len(shares))
	d := &division{Items: items, share: make([]int32, len(items.Size)), size: make([]int64, len(shares)),
		random: rand.NewPCG(seed, streamOfSplits)}
	images := int64(0)
	for i, n := range items.Size {
		d.share[i] = nowhere
		images += int64(n)
	}
	d.want = Sizes(images, shares)
	d.labels, d.few = len(few), few
	total, squares := make([]float64, d.labels), make([]float64, d.labels)
	for _, l := range items.Labels {
		c := float64(l.Amount)
		total[l.Label] += c
		squares[l.Label] += float64(c * c)
	}
	sum := 0.0
	for _, r := range shares {
		sum += r
	}
	d.off, d.price = make([]float64, d.labels*len(shares)), make([]float64, d.labels*len(shares))
	for l := range d.labels {
		for j, r := range shares {
			d.off[l*len(shares)+j] = -float64(r / sum * total[l])
			if squares[l] > 0 {
				d.price[l*len(shares)+j] = 1 / float64(r/sum*squares[l])
			}
			if few[l] {
				d.price[l*len(shares)+j] /= fewerPrice
			}
		}
	}
	return d
}

// fewerPrice is how much less a label counts that too few items hold.
const fewerPrice = 8

// pool adds a label to all others: that of how many labels an item holds that fewer
// items hold than there are shares. It tells of each label whether it is one of
// these.
func pool(items Items, shares int) (pooled Items, few []bool) {
	labels := 0
	for _, l := range items.Labels {
		labels = max(labels, int(l.Label)+1)
	}
	holders := make([]int, labels)
	for _, l := range items.Labels {
		holders[l.Label]++
	}
	few = make([]bool, labels+1)
	for l, n := range holders {
		few[l] = n < shares
	}
	for i, size := range items.Size {
		held, own := int32(0), slices.Clone(items.of(i))
		for _, l := range own {
			if few[l.Label] {
				held++
			}
		}
		if held > 0 {
			own = append(own, Label{int32(labels), held})
		}
		pooled.Add(size, own)
	}
	return pooled, few
}

// streamOfSplits tells this use of a seed from others.
const streamOfSplits = 0x73706c6974

// shuffled returns the items in random order, by random numbers that are sorted,
// so that it follows from the generator alone.
func (d *division) shuffled() []int {
	numbers, order := make([]uint64, len(d.Size)), make([]int, len(d.Size))
	for i := range order {
		numbers[i], order[i] = d.random.Uint64(), i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case numbers[a] < numbers[b]:
			return -1
		case numbers[a] > numbers[b]:
			return 1
		}
		return 0
	})
	return order
}

// below returns a random number below n, which is at least 1.
func (d *division) below(n int) int { return int(d.random.Uint64() % uint64(n)) }

// put gives an item to a share.
func (d *division) put(i int, j int32) {
	d.enter(i, j, 1)
	d.share[i] = j
}

// move gives an item of a share to another.
func (d *division) move(i int, j int32) {
	d.enter(i, d.share[i], -1)
	d.put(i, j)
}

func (d *division) enter(i int, j int32, sign int32) {
	d.size[j] += int64(sign * d.Size[i])
	for _, l := range d.of(i) {
		d.off[int(l.Label)*len(d.size)+int(j)] += float64(sign * l.Amount)
	}
}
