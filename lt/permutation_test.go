package lt_test

import (
	"context"
	"testing"

	"cocostat/lt"
)

// imageObjects turns a row of counts per image into ImageObjects.
func imageObjects(rows [][]int32) lt.ImageObjects {
	o := lt.ImageObjects{Start: []int{0}}
	for _, row := range rows {
		for c, n := range row {
			if n > 0 {
				o.Class, o.Objects = append(o.Class, int32(c)), append(o.Objects, n)
			}
		}
		o.Start = append(o.Start, len(o.Class))
	}
	return o
}

// Ten images, three classes. Expected values from numpy over all 210 splits
// into 4 and 6 images, and all 120 into 7 and 3: the distance of the first n
// from the others, the mean of all, and the share of the splits that are at
// least as far apart.
func TestPermutation(t *testing.T) {
	all := imageObjects([][]int32{{3, 0, 0}, {1, 1, 0}, {0, 0, 2}, {5, 0, 1}, {0, 1, 0},
		{2, 2, 0}, {0, 0, 1}, {1, 0, 0}, {0, 4, 0}, {1, 1, 1}})
	for _, c := range []struct {
		n                       int
		distance, mean, atLeast float64
	}{
		{4, 0.49450549450549447, 0.3247636925174519, 0.18571428571428572},
		{7, 0.4144736842105263, 0.34499069771742735, 0.3416666666666667},
	} {
		got, ok := lt.PermutationTest(context.Background(), all, c.n, 3, 20000, 1)
		if !ok || got.Splits != 20000 {
			t.Fatalf("%d images: %+v, %v", c.n, got, ok)
		}
		near(t, "distance", got.Distance, c.distance, 1e-15)
		// Three standard errors: sqrt(p(1−p)/20000) is below 0.0034, and the
		// distances lie within [0, 1].
		near(t, "mean", got.Expected, c.mean, 0.01)
		near(t, "p", got.P, c.atLeast, 0.0102)
		again, _ := lt.PermutationTest(context.Background(), all, c.n, 3, 20000, 1)
		if again != got {
			t.Errorf("the same seed gives %+v and %+v", got, again)
		}
	}
	// The 95th percentile of the 210 distances, sorted: number 200.
	got, _ := lt.PermutationTest(context.Background(), all, 4, 3, 20000, 1)
	near(t, "highest", got.Highest, 0.5921052631578947, 0.03)
}

// By hand: two images of each class. Of the six splits in halves, two separate
// the classes (distance 1), four do not at all (distance 0).
func TestPermutationByHand(t *testing.T) {
	all := imageObjects([][]int32{{1, 0}, {1, 0}, {0, 1}, {0, 1}})
	got, ok := lt.PermutationTest(context.Background(), all, 2, 2, 9999, 7)
	if !ok || got.Distance != 1 || got.Highest != 1 {
		t.Errorf("%+v, %v", got, ok)
	}
	near(t, "mean", got.Expected, 1.0/3, 0.015)
	near(t, "p", got.P, 1.0/3, 0.015)
	for _, n := range []int{0, 4} {
		if _, ok := lt.PermutationTest(context.Background(), all, n, 2, 9, 7); ok {
			t.Errorf("a test of %d of 4 images", n)
		}
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, ok := lt.PermutationTest(done, all, 2, 2, 9, 7); ok {
		t.Error("no end with its context")
	}
}
