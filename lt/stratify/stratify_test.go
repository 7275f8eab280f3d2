package stratify_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/lt/stratify"
)

// longTail makes images with up to four of n classes, of which class k is about
// k+1 times as rare as the first, and groups of images of up to largest.
func longTail(random *rand.Rand, images, n, largest int) stratify.Items {
	var items stratify.Items
	for range images {
		held := map[int32]int32{}
		for range random.IntN(5) {
			k := int32(float64(n) * math.Pow(random.Float64(), 3))
			held[k] += 1 + int32(random.IntN(4))
		}
		var labels []stratify.Label
		for k := range int32(n) {
			if held[k] > 0 {
				labels = append(labels, stratify.Label{Label: k, Amount: 1}, stratify.Label{Label: int32(n) + k, Amount: held[k]})
			}
		}
		if labels == nil {
			labels = []stratify.Label{{Label: 2 * int32(n), Amount: 1}}
		}
		items.Add(1+int32(random.IntN(largest)), labels)
	}
	return items
}

func split(t *testing.T, items stratify.Items, shares []float64, seed uint64) []int32 {
	t.Helper()
	share, err := stratify.Split(t.Context(), items, shares, seed)
	if err != nil {
		t.Fatal(err)
	}
	return share
}

// sizes counts the images of each share.
func sizes(items stratify.Items, share []int32, shares int) []int64 {
	out := make([]int64, shares)
	for i, j := range share {
		out[j] += int64(items.Size[i])
	}
	return out
}

// cost is F of the package comment, straight from the formula.
func cost(items stratify.Items, share []int32, shares []float64) (f float64, labels int) {
	type tally struct {
		total, squares float64
		of             []float64
	}
	tallies := map[int32]*tally{}
	for i, j := range share {
		for _, l := range items.Labels[items.Start[i]:items.Start[i+1]] {
			t := tallies[l.Label]
			if t == nil {
				t = &tally{of: make([]float64, len(shares))}
				tallies[l.Label] = t
			}
			c := float64(l.Amount)
			t.total, t.squares, t.of[j] = t.total+c, t.squares+c*c, t.of[j]+c
		}
	}
	sum := 0.0
	for _, r := range shares {
		sum += r
	}
	for _, t := range tallies {
		for j, n := range t.of {
			r := shares[j] / sum
			f += (n - r*t.total) * (n - r*t.total) / (r * t.squares)
		}
	}
	return f, len(tallies)
}

// By hand: with two shares of one size, of every class with an even number of images
// of one object each, all alike, one half is in each.
func TestSplitByHand(t *testing.T) {
	var items stratify.Items
	for n, images := range []int{2, 4, 10, 100} {
		for range images {
			items.Add(1, []stratify.Label{{Label: int32(n), Amount: 1}})
		}
	}
	for seed := range uint64(20) {
		share := split(t, items, []float64{1, 1}, seed)
		from := 0
		for n, images := range []int{2, 4, 10, 100} {
			in := 0
			for _, j := range share[from : from+images] {
				in += int(j)
			}
			if from += images; in != images/2 {
				t.Errorf("seed %d: %d of %d images of class %d in one share", seed, in, images, n)
			}
		}
	}
}

// Of single images, shares have the sizes that they ask for, to the image; the same
// seed gives the same; and the cost is far below what theory gives a random
// division, Σ (1 − r_j) a label, which Uniform is near to.
func TestSplitProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	found, theory := 0.0, 0.0 // F of random divisions
	for range 60 {
		items := longTail(random, 200+random.IntN(800), 5+random.IntN(40), 1)
		shares := make([]float64, 2+random.IntN(4))
		sum := 0.0
		for j := range shares {
			shares[j] = 1 + 9*random.Float64()
			sum += shares[j]
		}
		seed := random.Uint64()
		share := split(t, items, shares, seed)
		if !slices.Equal(split(t, items, shares, seed), share) {
			t.Fatal("the same seed gave another split")
		}
		got, want := sizes(items, share, len(shares)), stratify.Sizes(int64(len(items.Size)), shares)
		if !slices.Equal(got, want) {
			t.Errorf("sizes %v, want %v", got, want)
		}
		for j, n := range want {
			if exact := shares[j] / sum * float64(len(items.Size)); math.Abs(float64(n)-exact) >= 1 {
				t.Errorf("%d images of a share of %v", n, exact)
			}
		}
		f, labels := cost(items, share, shares)
		expected := float64(labels) * float64(len(shares)-1)
		if f > expected/3 {
			t.Errorf("F = %.1f; random divisions have %.1f", f, expected)
		}
		uniform, err := stratify.Uniform(items, shares, seed)
		if err != nil {
			t.Fatal(err)
		}
		f, _ = cost(items, uniform, shares)
		found, theory = found+f, theory+expected
		if got := sizes(items, uniform, len(shares)); !slices.Equal(got, want) {
			t.Errorf("Uniform: sizes %v, want %v", got, want)
		}
	}
	if ratio := found / theory; ratio < 0.8 || ratio > 1.2 {
		t.Errorf("Uniform has %.2f times the F of random divisions", ratio)
	}
}

// Groups are dealt out whole, so sizes are off by no more than the largest group.
func TestSplitOfGroups(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		const largest = 7
		items := longTail(random, 100+random.IntN(300), 12, largest)
		shares := []float64{7, 2, 1}
		share := split(t, items, shares, random.Uint64())
		images := int64(0)
		for _, n := range items.Size {
			images += int64(n)
		}
		want := stratify.Sizes(images, shares)
		for j, n := range sizes(items, share, len(shares)) {
			if d := n - want[j]; d > largest || d < -largest {
				t.Errorf("%d images in share %d, want %d", n, j, want[j])
			}
		}
	}
}

// More shares than items, items without labels, no items.
func TestSplitOfLittle(t *testing.T) {
	var items stratify.Items
	if share := split(t, items, []float64{1, 2}, 1); len(share) != 0 {
		t.Errorf("of nothing: %v", share)
	}
	items.Add(1, nil)
	items.Add(1, []stratify.Label{{Label: 3, Amount: 5}})
	share := split(t, items, []float64{1, 1, 1, 1}, 1)
	if slices.Max(sizes(items, share, 4)) != 1 {
		t.Errorf("two items in four shares: %v", share)
	}
	for _, shares := range [][]float64{nil, {1, 0}, {-1}, {math.NaN()}, {math.Inf(1), 1}} {
		if _, err := stratify.Split(t.Context(), items, shares, 1); err == nil {
			t.Errorf("shares %v are taken", shares)
		}
	}
}

// By hand: the largest remainders are rounded up.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		n      int64
		shares []float64
		want   []int64
	}{
		{10, []float64{80, 20}, []int64{8, 2}},
		{11, []float64{70, 20, 10}, []int64{8, 2, 1}}, // 7.7, 2.2, 1.1
		{3, []float64{1, 1}, []int64{2, 1}},
		{0, []float64{1, 1}, []int64{0, 0}},
	} {
		if got := stratify.Sizes(c.n, c.shares); !slices.Equal(got, c.want) {
			t.Errorf("%d as %v: %v, want %v", c.n, c.shares, got, c.want)
		}
	}
}

func TestSplitEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	items := longTail(rand.New(rand.NewPCG(1, 1)), 100, 5, 1)
	if _, err := stratify.Split(ctx, items, []float64{1, 1}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
