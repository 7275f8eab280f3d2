package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The way for IoU that are NaN gives the outcomes of the usual one where none
// is.
func TestOddMatching(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	p := Params{Compat: true}.resolve(nil)
	m := &Matches{Params: p, columns: p.Areas}
	box := func() [4]float64 {
		return [4]float64{float64(rng.IntN(20)), float64(rng.IntN(20)), float64(rng.IntN(60)), float64(rng.IntN(60))}
	}
	reached := 0
	for range 500 {
		var truths []Truth
		var at []int32
		for i := range rng.IntN(8) {
			b := box()
			truths = append(truths, Truth{ID: int64(rng.IntN(8)), BBox: b, Area: b[2] * b[3], Crowd: rng.IntN(5) == 0})
			at = append(at, int32(i))
		}
		m.Truths = truths
		usual, odd := newMatcher(m), newMatcher(m)
		usual.startImage(at)
		odd.startImage(at)
		for range 10 {
			d := box()
			if len(truths) > 0 && rng.IntN(2) == 0 {
				d = truths[rng.IntN(len(truths))].BBox
			}
			usual.findOverlaps(&d)
			odd.findOverlaps(&d)
			for a := range p.Areas {
				forgiven := rng.IntN(2) == 0
				odd.odd = true
				got, want := odd.match(a, forgiven), usual.match(a, forgiven)
				if got != want {
					t.Fatalf("box %v, area range %d: %b, usually %b", d, a, got, want)
				}
				if want.Right|want.Ignored != 0 {
					reached++
				}
			}
		}
	}
	if reached < 5000 {
		t.Errorf("only %d matches", reached)
	}
}

// The area of such boxes underflows to 0, and IoU to NaN, which pycocotools
// takes for a match at every threshold.
func TestNotANumber(t *testing.T) {
	tiny := [4]float64{0, 0, 1e-200, 1e-200}
	r, err := Evaluate([]Truth{{ID: 1, ImageID: 1, CategoryID: 1, BBox: tiny, Area: 0}},
		[]Detection{{ImageID: 1, CategoryID: 1, BBox: tiny, Score: 0.5}}, Params{})
	if err != nil {
		t.Fatal(err)
	}
	if ap := r.Stats()[AP]; math.Abs(ap-1) > 1e-12 {
		t.Errorf("AP %v, want 1", ap)
	}
}

func TestSortRanked(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	scores := map[string]func() float64{
		"any":       rng.Float64,
		"tied":      func() float64 { return float64(rng.IntN(5)) / 4 },
		"signed":    func() float64 { return rng.NormFloat64() * 1e3 },
		"near 0.5":  func() float64 { return 0.5 + float64(rng.IntN(1000))*0x1p-50 },
		"one":       func() float64 { return 0.25 },
		"zeros":     func() float64 { return math.Copysign(0, rng.Float64()-0.5) },
		"tiny, big": func() float64 { return math.Ldexp(rng.Float64()-0.5, rng.IntN(2000)-1000) },
	}
	var scratch []ranked
	for name, score := range scores {
		for _, n := range []int{0, 1, fewRanked, fewRanked + 1, 5000} {
			given := make([]float64, n)
			items := make([]ranked, n)
			for i := range given {
				given[i] = score()
				items[i] = ranked{rankOf(given[i]), int32(i), 0}
			}
			items, scratch = sortRanked(items, scratch)
			want := make([]int32, n)
			for i := range want {
				want[i] = int32(i)
			}
			slices.SortStableFunc(want, func(a, b int32) int {
				switch {
				case given[a] > given[b]:
					return -1
				case given[a] < given[b]:
					return 1
				}
				return 0
			})
			for i, r := range items {
				if r.position != want[i] || scoreOf(r.key) != given[r.position] {
					t.Fatalf("%s, %d scores: place %d holds %d with %v, want %d", name, n, i, r.position, scoreOf(r.key), want[i])
				}
			}
		}
	}
}
