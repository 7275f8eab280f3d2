package evaluate

import (
	"math/rand/v2"
	"testing"
)

// The counts are those of a map, whether images come one after the other or again,
// and after all were forgotten.
func TestTallies(t *testing.T) {
	type pair struct{ image, class int32 }
	const images, classes = 3000, 2000 // too many for a slice
	for name, p := range map[string]Params{
		"in rows": {Images: make([]int64, 30), Classes: make([]int64, 20), MaxDets: []int{3}},
		"rare":    {Images: make([]int64, images), Classes: make([]int64, classes), MaxDets: []int{3}},
		"of LVIS": {Images: make([]int64, images), Classes: make([]int64, classes), LVIS: &LVISRules{MaxDetections: 3}, MaxDets: []int{3}},
	} {
		for _, again := range []float64{0, 0.01, 1} { // how often another image follows
			rng := rand.New(rand.NewPCG(5, 6))
			var kept []pair
			counts := newTallies(p, func(count func(image, class int32)) {
				for _, d := range kept {
					count(d.image, d.class)
				}
			})
			if (counts.rare != nil) != (name == "rare") {
				t.Fatalf("%s: counted in a slice or not", name)
			}
			for range 2 {
				want, image, beyond := map[pair]int{}, int32(0), 0
				for i := range 20 * min(len(p.Images), 100) {
					if i%20 == 0 {
						image = int32(i / 20)
					}
					d := pair{image, rng.Int32N(5)}
					if rng.Float64() < again {
						d.image = rng.Int32N(int32(min(len(p.Images), 100)))
					}
					cell := d
					if p.LVIS != nil {
						cell.class = 0
					}
					want[cell]++
					if got := counts.beyond(d.image, d.class); got != (want[cell] > 3) {
						t.Fatalf("%s, %v: detection %d is beyond the limit: %v", name, again, i, got)
					}
					if kept = append(kept, d); want[cell] > 3 {
						beyond++
					}
				}
				if beyond == 0 {
					t.Errorf("%s: no detection was beyond the limit", name)
				}
				counts.reset()
				kept = kept[:0]
			}
		}
	}
}
