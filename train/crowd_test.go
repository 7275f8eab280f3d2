package train

import "testing"

func TestCrowded(t *testing.T) {
	for _, c := range []struct {
		free    float64
		threads int
		already bool
		want    bool
	}{
		{2, 2, false, false},
		{1.8, 2, false, false}, // what a quiet machine does beside
		{1.7, 2, false, true},
		{1, 2, false, true},
		{1, 1, false, false}, // a processor is left for the only thread
		{12, 8, false, false},
		{7, 8, false, true},
		{1.8, 2, true, true}, // once crowded, crowded for a while
		{1.9, 2, true, false},
	} {
		if got := isCrowded(c.free, c.threads, c.already); got != c.want {
			t.Errorf("%g processors free for %d threads, crowded before %v: %v, want %v", c.free, c.threads, c.already, got, c.want)
		}
	}
}
