package lt_test

import (
	"math"
	"testing"

	"cocostat/lt"
)

// Expected values from scipy 1.x and numpy: 0.5*abs(p-q).sum(),
// scipy.spatial.distance.jensenshannon(p, q, base=2)**2, and
// sqrt(0.5*((sqrt(p)-sqrt(q))**2).sum()).
func TestDistances(t *testing.T) {
	for _, c := range []struct {
		a, b                        []int64
		variation, shannon, helling float64
	}{
		{[]int64{50, 30, 20, 0}, []int64{10, 10, 0, 5}, 0.30000000000000004, 0.209185925460812, 0.45428652080627113},
		{[]int64{2382, 214, 209}, []int64{1000, 100, 80}, 0.008453427595999916, 0.0002750299105040607, 0.013808563871889593},
		{[]int64{860001, 1, 7}, []int64{36335, 3, 0}, 8.139542500445948e-05, 4.151113069350832e-05, 0.006011080236937091},
		{[]int64{1, 2, 3}, []int64{10, 20, 30}, 0, 0, 0}, // the same distribution
		{[]int64{5, 0}, []int64{0, 7}, 1, 1, 1},          // no class in common
	} {
		for _, side := range [][2][]int64{{c.a, c.b}, {c.b, c.a}} {
			near(t, "total variation", lt.TotalVariation(side[0], side[1]), c.variation, 1e-15)
			near(t, "Jensen–Shannon", lt.JensenShannon(side[0], side[1]), c.shannon, 1e-14)
			near(t, "Hellinger", lt.Hellinger(side[0], side[1]), c.helling, 1e-14)
		}
	}
}

func TestDistanceWithoutInstances(t *testing.T) {
	none, some := []int64{0, 0}, []int64{1, 2}
	for _, d := range []func(a, b []int64) float64{lt.TotalVariation, lt.JensenShannon, lt.Hellinger} {
		if !math.IsNaN(d(none, some)) || !math.IsNaN(d(some, none)) || !math.IsNaN(d(nil, nil)) {
			t.Error("a distance from nothing is a number")
		}
	}
	if lt.Shares(none) != nil {
		t.Error("shares of nothing")
	}
}

func TestDistanceWantsTheSameClasses(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for counts of different lengths")
		}
	}()
	lt.TotalVariation([]int64{1}, []int64{1, 2})
}
