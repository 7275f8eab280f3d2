package lt_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"cocostat/lt"
)

func TestBins(t *testing.T) {
	b, err := lt.NewBins([]int64{20, 400})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"[0,20)", "[20,400)", "[400,inf)"}; !slices.Equal(b.Names, want) {
		t.Errorf("names %q, want %q", b.Names, want)
	}
	got := b.Groups([]int64{0, 19, 20, 399, 400, 1e9})
	if want := []string{"[0,20)", "[0,20)", "[20,400)", "[20,400)", "[400,inf)", "[400,inf)"}; !slices.Equal(got, want) {
		t.Errorf("groups %q, want %q", got, want)
	}
	for _, bad := range [][]int64{nil, {0}, {-3}, {5, 5}, {5, 4}} {
		if _, err := lt.NewBins(bad); err == nil {
			t.Errorf("no error for the thresholds %v", bad)
		}
	}
}

// SimCal states 4, 24, 32 and 20 classes in its bins of COCO-LT.
func TestSimCalBinsOfCOCOLT(t *testing.T) {
	raw, err := os.ReadFile("../../shared/data/coco_lt/class_counts.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the COCO-LT counts are not here: ../shared/data/coco_lt is missing")
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Classes []struct{ Instances int64 } }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var n []int64
	for _, c := range file.Classes {
		n = append(n, c.Instances)
	}
	b, err := lt.NewBins(lt.SimCalBins)
	if err != nil {
		t.Fatal(err)
	}
	classes := map[string]int{}
	for _, g := range b.Groups(n) {
		classes[g]++
	}
	for i, want := range []int{4, 24, 32, 20} {
		if got := classes[b.Names[i]]; got != want {
			t.Errorf("%d classes in %s, want %d", got, b.Names[i], want)
		}
	}
}

// By hand: 60, 20, 10, 10 of 100. Of the equal ones the first is in the head.
func TestTopSplit(t *testing.T) {
	n := []int64{10, 60, 10, 20}
	for _, c := range []struct {
		k       int
		tail    []bool
		lambda  float64
		reached float64
	}{
		{1, []bool{true, false, true, true}, 0.6, 0.4},
		{2, []bool{true, false, true, false}, 0.2, 0.2},
		{3, []bool{false, false, true, false}, 0.1, 0.1},
		{4, []bool{false, false, false, false}, 0.1, 0},
		{9, []bool{false, false, false, false}, 0.1, 0},
	} {
		s := lt.TopSplit(n, 100, c.k)
		if !slices.Equal(s.Tail, c.tail) || s.Lambda != c.lambda || s.Reached != c.reached {
			t.Errorf("k = %d: %+v, want tail %v, λ %v, ratio %v", c.k, s, c.tail, c.lambda, c.reached)
		}
	}
	if s := lt.TopSplit(n, 100, 0); s.TailClasses != 4 || !(s.Lambda > 0.6) || s.Reached != 1 {
		t.Errorf("k = 0: %+v, want all in the tail", s)
	}
	if s := lt.TopSplit(nil, 0, 3); s.TailClasses != 0 || s.Reached != 0 {
		t.Errorf("no classes: %+v", s)
	}
}

// A class in the tail of one target is in that of every larger one.
func TestTailGrowsWithItsTarget(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	for range 300 {
		n := make([]int64, 1+random.IntN(30))
		for j := range n {
			n[j] = random.Int64N(100)
		}
		targets := make([]float64, 20)
		for i := range targets {
			targets[i] = random.Float64()
		}
		slices.Sort(targets)
		for _, split := range []func(float64) lt.Split{
			func(target float64) lt.Split { return lt.TailSplit(n, 100, target) },
			func(target float64) lt.Split { return lt.InstanceTailSplit(n, target) },
		} {
			var last lt.Split
			for i, target := range targets {
				s := split(target)
				for j := range n {
					if i > 0 && last.Tail[j] && !s.Tail[j] {
						t.Fatalf("%v: class %d is in the tail for %v and not for %v", n, j, targets[i-1], target)
					}
				}
				if i > 0 && (s.Lambda < last.Lambda || s.Reached < last.Reached) {
					t.Fatalf("%v: λ %v, ratio %v for %v, after %v and %v", n, s.Lambda, s.Reached, target, last.Lambda, last.Reached)
				}
				last = s
			}
		}
	}
}
