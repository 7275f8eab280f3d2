package torchx_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/train/torchx"
)

// slowPeaks is the definition: the maximum over a 3×3 window by brute force, then a
// full sort.
func slowPeaks(heat []float32, h, w, k int, floor float32) []torchx.Peak {
	var all []torchx.Peak
	for i, v := range heat {
		c, y, x := i/(h*w), i/w%h, i%w
		highest := v
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				if yy, xx := y+dy, x+dx; yy >= 0 && yy < h && xx >= 0 && xx < w {
					highest = max(highest, heat[(c*h+yy)*w+xx])
				}
			}
		}
		if v == highest && v > floor {
			all = append(all, torchx.Peak{Value: v, Place: int64(i)})
		}
	}
	slices.SortStableFunc(all, func(a, b torchx.Peak) int { return cmp.Compare(b.Value, a.Value) })
	return all[:min(k, len(all))]
}

// Maps of few distinct values are full of ties.
func TestPeaksAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	step(t, func() {
		for round := range 500 {
			n, c, h, w := 1+rng.IntN(3), 1+rng.IntN(40), 1+rng.IntN(9), 1+rng.IntN(9)
			heat := make([]float32, n*c*h*w)
			for i := range heat {
				heat[i] = float32(rng.IntN(6))/5 - 0.5
			}
			layout := torchx.Layout(rng.IntN(2))
			x, err := torchx.FromFloats(heat, []int64{int64(n), int64(c), int64(h), int64(w)}, "cpu", layout)
			ok(t, err)
			k, floor := 1+rng.IntN(12), float32(rng.IntN(6))/5-0.6
			got, err := torchx.Peaks(x, floor, k)
			ok(t, err)
			for image := range n {
				if want := slowPeaks(heat[image*c*h*w:][:c*h*w], h, w, k, floor); !slices.Equal(got[image], want) {
					t.Fatalf("round %d, image %d:\n%v, want\n%v", round, image, got[image], want)
				}
			}
			torchx.Release(x)
		}
	})
}

func TestPeaksOfUnusualNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	step(t, func() {
		x := floats(t, []float32{nan, 0, -inf, 0.5}, 1, 1, 2, 2)
		got, err := torchx.Peaks(x, -inf, 10)
		ok(t, err)
		if want := []torchx.Peak{{Value: 0.5, Place: 3}}; !slices.Equal(got[0], want) {
			t.Errorf("got %v, want %v", got[0], want)
		}
		if got, err := torchx.Peaks(x, 0.5, 10); err != nil || len(got[0]) != 0 {
			t.Errorf("above 0.5: %v, error %v", got, err)
		}
		if _, err := torchx.Peaks(x, 0, 0); err == nil {
			t.Error("no peaks are asked for, and there is no error")
		}
		if _, err := torchx.Peaks(floats(t, []float32{1}, 1), 0, 1); err == nil {
			t.Error("peaks of a tensor that holds no maps")
		}
	})
}

// By hand: the mean of 1 2 3 and of 7 5 3 read backwards.
func TestMirroredMean(t *testing.T) {
	step(t, func() {
		x, y := floats(t, []float32{1, 2, 3}, 1, 1, 1, 3), floats(t, []float32{7, 5, 3}, 1, 1, 1, 3)
		if got, want := read(t, torchx.MirroredMean(x, y), 3), []float32{2, 3.5, 5}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
