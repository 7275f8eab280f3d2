package annotations

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Pairs count as a map does, however many wait, and whatever rows there are.
func TestPairList(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 4))
	for _, c := range []struct {
		n               int
		images, classes int32
	}{{0, 1, 1}, {1, 1, 1}, {100, 5, 3}, {5000, 3000, 2}, {3 * leastFresh, 40000, 80}, {leastFresh + 9, 1<<31 - 1, 1<<31 - 1}, {leastFresh * 2, 1, 1}} {
		want := map[[2]int32][2]int32{}
		var l pairList
		for range c.n {
			image, class, crowd := r.Int32N(c.images), r.Int32N(c.classes), r.IntN(9) == 0
			l.add(image, class, crowd)
			k := [2]int32{image, class}
			n := want[k]
			n[0]++
			if crowd {
				n[1]++
			}
			want[k] = n
		}
		got := l.all()
		if len(got) != len(want) {
			t.Fatalf("%+v: %d pairs, want %d", c, len(got), len(want))
		}
		for _, p := range got {
			if want[[2]int32{p.image, p.class}] != [2]int32{p.objects, p.crowd} {
				t.Fatalf("%+v: %+v, want %v", c, p, want[[2]int32{p.image, p.class}])
			}
		}
		if !slices.IsSortedFunc(got, func(a, b pairCount) int {
			if a.before(&b) {
				return -1
			}
			return 1
		}) {
			t.Fatalf("%+v: not in order", c)
		}
	}
}
