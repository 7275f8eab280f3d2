package eval

import (
	"fmt"
	"testing"

	"cocostat/evaluate/diagnose"
)

// By hand: two pairs of three objects, of which the one is all there are of its
// class; then those of two.
func TestConfusedPairsByShare(t *testing.T) {
	c := &diagnose.Confusion{Objects: []int64{100, 3, 8, 4}, Wrong: []diagnose.Pair{
		{Class: 0, As: 1, Objects: 3}, {Class: 1, As: 0, Objects: 3}, {Class: 2, As: 0, Objects: 2}, {Class: 3, As: 0, Objects: 2},
	}}
	names := map[int64]string{10: "person", 11: "toaster", 12: "bear", 13: "drier"}
	got := fmt.Sprint(confusedPairs(c, []int64{10, 11, 12, 13}, names))
	if want := "[{toaster person 3 1} {person toaster 3 0.03} {drier person 2 0.5} {bear person 2 0.25}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if c.Wrong[0].Class != 0 {
		t.Error("the confusion itself is in another order")
	}
}
