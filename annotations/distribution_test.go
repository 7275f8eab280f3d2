package annotations

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Quantiles of sqrt(i·7919 mod 104729)·(1 + i mod 13)/3, i = 1…n, by
// numpy.quantile(…, method="inverted_cdf") of numpy 2.
func TestQuantilesOfNumpy(t *testing.T) {
	shares := []float64{0, .001, .05, .1, .25, .5, .75, .9, .95, .999, 1}
	for n, want := range map[int][]float64{
		200: {18.74981481390031, 18.74981481390031, 71.73562573784382, 99.27011411072094, 197.65289440498125, 425.3228838841799,
			832.4061508662703, 1118.563364320502, 1204.074194834632, 1335.8198481332229, 1335.8198481332229},
		5000: {4.0276819911981905, 11.105554165971789, 71.43217451229911, 98.35649444749441, 213.82937122855688, 443.10319841369284,
			740.3256040418972, 1004.9129868357314, 1137.2106225321675, 1391.5331273255567, 1400.7663378784248},
	} {
		var d Distribution
		for i := 1; i <= n; i++ {
			d.Add(math.Sqrt(float64(i*7919%104729)) * float64(1+i%13) / 3)
		}
		for k, q := range shares {
			got, limit := d.Quantile(q), 1.0/256
			if n <= maxFew || q == 0 || q == 1 {
				limit = 1e-15
			}
			if got > want[k]*(1+1e-15) || got < want[k]*(1-limit) {
				t.Errorf("%d numbers: quantile %v is %v, want %v", n, q, got, want[k])
			}
		}
		if d.Min() != d.Quantile(0) || d.Max() != d.Quantile(1) || d.Count() != int64(n) {
			t.Errorf("%d numbers: min %v, max %v, count %d", n, d.Min(), d.Max(), d.Count())
		}
	}
}

// The bound on the error holds for numbers of any size, and whole numbers
// to 512 are exact: the definition of the quantile, by sorting.
func TestQuantileError(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 21))
	for _, draw := range []func() float64{
		func() float64 { return math.Exp(10.9 * (2*r.Float64() - 1)) }, // nearly the whole range
		func() float64 { return 640 * r.Float64() },
		func() float64 { return float64(1 + r.IntN(512)) },
	} {
		var d Distribution
		all := make([]float64, 3000)
		for i := range all {
			all[i] = draw()
			d.Add(all[i])
		}
		slices.Sort(all)
		whole := all[0] == math.Trunc(all[0]) && all[1500] == math.Trunc(all[1500])
		for q := 0.0; q <= 1; q += 1.0 / 512 {
			want, got := all[max(0, int(math.Ceil(q*3000))-1)], d.Quantile(q)
			if got > want || got < want*(1-1.0/256) || whole && got != want {
				t.Fatalf("quantile %v is %v, want %v", q, got, want)
			}
		}
	}
}

func TestDistributionExtremes(t *testing.T) {
	var d Distribution
	if !math.IsNaN(d.Quantile(0.5)) || !math.IsNaN(d.Min()) || !math.IsNaN(d.Max()) || d.Count() != 0 {
		t.Error("an empty distribution has numbers")
	}
	for range maxFew {
		d.Add(0)
		d.Add(math.Inf(1))
		d.Add(5e-324)
	}
	if d.Min() != 0 || !math.IsInf(d.Max(), 1) || d.Quantile(0.5) > 1.0/65536 || d.Quantile(0.9) < 65000 {
		t.Errorf("min %v, max %v, median %v", d.Min(), d.Max(), d.Quantile(0.5))
	}
	for _, q := range []float64{-0.1, 1.1, math.NaN()} {
		if !math.IsNaN(d.Quantile(q)) {
			t.Errorf("quantile %v is %v", q, d.Quantile(q))
		}
	}
	for _, v := range []float64{-1, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v was added", v)
				}
			}()
			d.Add(v)
		}()
	}
}

// However numbers are dealt to parts and the parts merged, the summary is that
// of all of them.
func TestDistributionMerge(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 22))
		var whole Distribution
		parts := make([]Distribution, 1+r.IntN(5))
		for range r.IntN(4 * maxFew) {
			v := math.Exp(3 * r.NormFloat64())
			whole.Add(v)
			parts[r.IntN(len(parts))].Add(v)
		}
		for len(parts) > 1 {
			i := 1 + r.IntN(len(parts)-1)
			parts[0].Merge(&parts[i])
			parts = slices.Delete(parts, i, i+1)
			r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		}
		if !whole.Equal(parts[0]) {
			t.Fatalf("seed %d: %d numbers, merged %d", seed, whole.Count(), parts[0].Count())
		}
		for q := 0.0; q <= 1; q += 0.125 {
			if a, b := whole.Quantile(q), parts[0].Quantile(q); a != b && whole.Count() > 0 {
				t.Fatalf("seed %d: quantile %v is %v, merged %v", seed, q, a, b)
			}
		}
		other := whole
		other.Add(1)
		if whole.Count() != other.Count() && whole.Equal(other) {
			t.Fatalf("seed %d: a number more makes no difference", seed)
		}
	}
}

// addAll is Add of each number, whatever was added before.
func TestDistributionAddAll(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	for range 200 {
		var one, all Distribution
		for range 4 {
			values := make([]float64, r.IntN(300))
			for i := range values {
				values[i] = math.Exp(12 * r.NormFloat64())
			}
			for _, v := range values {
				one.Add(v)
			}
			all.addAll(values)
			if !one.Equal(all) {
				t.Fatalf("after %d numbers the distributions differ", one.Count())
			}
		}
	}
}
