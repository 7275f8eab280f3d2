package lt_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cocostat/lt"
)

// Expected counts from Python: round(n_0 * 100 ** (-i/(C-1))) and
// round(n_0 * (i+1) ** (-log(100)/log(C))), with the classes in another order.
func TestProfileCounts(t *testing.T) {
	five, same := []int64{50, 1000, 0, 10, 500, 100}, []int64{1000, 1000, 1000, 1000}
	for _, c := range []struct {
		profile   lt.Profile
		instances []int64
		want      []int64
	}{
		{lt.Profile{Shape: lt.Exponential, Imbalance: 100}, five, []int64{32, 1000, 0, 10, 316, 100}},
		{lt.Profile{Shape: lt.Pareto, Imbalance: 100}, five, []int64{19, 1000, 0, 10, 138, 43}},
		{lt.Profile{Shape: lt.Exponential, Imbalance: 50}, same, []int64{1000, 271, 74, 20}},
		{lt.Profile{Shape: lt.Pareto, Imbalance: 50}, same, []int64{1000, 141, 45, 20}},
		{lt.Profile{Shape: lt.Exponential, Imbalance: 1}, same, []int64{1000, 1000, 1000, 1000}},
		{lt.Profile{Shape: lt.Exponential, Imbalance: 1}, five, []int64{10, 10, 0, 10, 10, 10}},
		{lt.Profile{Shape: lt.Exponential, Imbalance: 50, Largest: 100}, same, []int64{100, 27, 7, 2}},
		{lt.Profile{Shape: lt.Pareto, Imbalance: 1000, Largest: 10}, same, []int64{10, 1, 1, 1}}, // at least 1
		{lt.Profile{Shape: lt.Pareto, Imbalance: 10}, []int64{7}, []int64{7}},
		{lt.Profile{Shape: lt.Pareto, Imbalance: 10}, []int64{0, 0}, []int64{0, 0}},
	} {
		if got := c.profile.Counts(c.instances); !slices.Equal(got, c.want) {
			t.Errorf("%+v of %v: %v, want %v", c.profile, c.instances, got, c.want)
		}
	}
}

// By hand: with ρ = 4 and three classes, 1, 1/2 and 1/4 of the largest. The
// second class, of 30, allows 60; the third, of 20, allows 80.
func TestProfileLimit(t *testing.T) {
	p := lt.Profile{Shape: lt.Exponential, Imbalance: 4}
	largest, class := p.Limit([]int64{30, 100, 20})
	near(t, "largest", largest, 60, 1e-12)
	if class != 0 {
		t.Errorf("class %d limits the profile, want 0", class)
	}
	p.Largest = 7
	if largest, class = p.Limit([]int64{30, 100, 20}); largest != 7 || class != -1 {
		t.Errorf("limit %v of class %d, want 7 of none", largest, class)
	}
}

// What is asked for never exceeds what there is, falls with the rank, has the
// wanted imbalance up to rounding, and does not depend on the order of classes.
func TestProfileProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n := make([]int64, 2+random.IntN(20))
		for i := range n {
			n[i] = 1 + random.Int64N(1<<random.IntN(20))
		}
		p := lt.Profile{Shape: []string{lt.Exponential, lt.Pareto}[random.IntN(2)], Imbalance: 1 + 200*random.Float64()}
		asked := p.Counts(n)
		for i := range n {
			if asked[i] < 1 || asked[i] > n[i] {
				t.Fatalf("%+v: %d of %d asked for", p, asked[i], n[i])
			}
			for j := range n {
				if n[i] > n[j] && asked[i] < asked[j] {
					t.Fatalf("%+v: %v of %v: the order is another", p, asked, n)
				}
			}
		}
		largest, _ := p.Limit(n)
		if low, high := slices.Min(asked), slices.Max(asked); math.Abs(float64(high)-largest) > 0.5 || math.Abs(float64(low)-max(1, largest/p.Imbalance)) > 0.5+1e-9 {
			t.Fatalf("%+v of %v: from %d to %d, want %v and the share of it", p, n, low, high, largest)
		}
		reversed := slices.Clone(n)
		slices.Reverse(reversed)
		other := p.Counts(reversed)
		slices.Sort(other)
		slices.Sort(asked)
		if !slices.Equal(other, asked) {
			t.Fatalf("%+v of %v: %v, reversed %v", p, n, asked, other)
		}
	}
}

func TestProfileValidate(t *testing.T) {
	for _, c := range []struct {
		profile lt.Profile
		want    string
	}{
		{lt.Profile{Shape: "linear", Imbalance: 2}, `profile "linear"`},
		{lt.Profile{Shape: lt.Pareto, Imbalance: 0.5}, "imbalance factor 0.5"},
		{lt.Profile{Shape: lt.Pareto, Imbalance: math.NaN()}, "imbalance factor NaN"},
		{lt.Profile{Shape: lt.Pareto, Imbalance: math.Inf(1)}, "imbalance factor +Inf"},
		{lt.Profile{Shape: lt.Pareto, Imbalance: 2, Largest: -1}, "largest class -1"},
	} {
		if err := c.profile.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.profile, err, c.want)
		}
	}
}
