package lt_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"cocostat/lt"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

// Six classes in 100 images: Σ N_j = 100, so N_j are also percentages.
var (
	images    = []int64{50, 5, 0, 30, 5, 10}
	annotated = int64(100)
)

func TestTailSplit(t *testing.T) {
	// By hand. From the rarest on, the sums are 0, then 10 (two classes of 5
	// enter together), 20, 50, 100.
	for _, c := range []struct {
		target  float64
		tail    []int // class indices
		lambda  float64
		reached float64
	}{
		{0, []int{2}, 0.05, 0},
		{0.05, []int{2}, 0.05, 0}, // one 5 alone would fit, both do not
		{0.0999, []int{2}, 0.05, 0},
		{0.10, []int{1, 2, 4}, 0.10, 0.10}, // reached exactly
		{0.25, []int{1, 2, 4, 5}, 0.30, 0.20},
		{0.99, []int{1, 2, 3, 4, 5}, 0.50, 0.50},
		{1, []int{0, 1, 2, 3, 4, 5}, math.Nextafter(0.5, 1), 1},
	} {
		s := lt.TailSplit(images, annotated, c.target)
		var tail []int
		for j, in := range s.Tail {
			if in {
				tail = append(tail, j)
			}
			if want := map[bool]string{true: "tail", false: "head"}[in]; s.Group(j) != want {
				t.Errorf("target %v: group of class %d is %q, want %q", c.target, j, s.Group(j), want)
			}
		}
		if !slices.Equal(tail, c.tail) || s.TailClasses != len(c.tail) {
			t.Errorf("target %v: tail %v (%d classes), want %v", c.target, tail, s.TailClasses, c.tail)
		}
		if s.Lambda != c.lambda || s.Reached != c.reached {
			t.Errorf("target %v: λ %v and ratio %v, want %v and %v", c.target, s.Lambda, s.Reached, c.lambda, c.reached)
		}
	}
}

func TestTailSplitWithoutInstances(t *testing.T) {
	s := lt.TailSplit([]int64{0, 0}, 0, 0.1)
	if s.TailClasses != 2 || s.Reached != 0 || !(s.Lambda > 0) {
		t.Errorf("classes without images: %+v, want both in the tail, ratio 0, λ above 0", s)
	}
	if s := lt.TailSplit(nil, 0, 0.1); s.TailClasses != 0 || s.Reached != 0 {
		t.Errorf("no classes: %+v", s)
	}
}

// The threshold describes the tail, the ratio follows from the definition,
// and neither the order of classes nor a scaling of the counts matters.
func TestTailSplitProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n := make([]int64, 1+rng.IntN(12))
		var total int64
		for j := range n {
			n[j] = rng.Int64N(8)
			total += n[j]
		}
		f := lt.Frequencies(n, 8)
		last := 0
		for _, target := range []float64{0, 0.05, 0.0867, 0.2, 0.5, 0.9, 1} {
			s := lt.TailSplit(n, 8, target)
			var below int64
			for j := range n {
				if s.Tail[j] != (f[j] < s.Lambda) {
					t.Fatalf("%v, target %v: class %d with f %v, λ %v: tail %v", n, target, j, f[j], s.Lambda, s.Tail[j])
				}
				if s.Tail[j] {
					below += n[j]
				}
			}
			if total > 0 && s.Reached != float64(below)/float64(total) {
				t.Fatalf("%v, target %v: ratio %v, want %d/%d", n, target, s.Reached, below, total)
			}
			if s.Reached > target || s.TailClasses < last {
				t.Fatalf("%v, target %v: ratio %v, %d classes after %d", n, target, s.Reached, s.TailClasses, last)
			}
			last = s.TailClasses

			reversed, doubled := slices.Clone(n), slices.Clone(n)
			slices.Reverse(reversed)
			for j := range doubled {
				doubled[j] *= 2
			}
			r := lt.TailSplit(reversed, 8, target)
			slices.Reverse(r.Tail)
			if d := lt.TailSplit(doubled, 16, target); !slices.Equal(r.Tail, s.Tail) || !slices.Equal(d.Tail, s.Tail) {
				t.Fatalf("%v, target %v: reversed %v, doubled %v, want %v", n, target, r.Tail, d.Tail, s.Tail)
			}
		}
	}
}

func TestInstanceTailSplit(t *testing.T) {
	// By hand: shares 0.9, 0.06, 0.04; at 10 % both small classes fit.
	s := lt.InstanceTailSplit([]int64{90, 6, 4}, 0.1)
	if !slices.Equal(s.Tail, []bool{false, true, true}) || s.Lambda != 0.9 || s.Reached != 0.1 {
		t.Errorf("split %+v", s)
	}
}

// The equalization loss paper uses λ = 1.76e-3 on LVIS v0.5, which makes 912
// of the 1230 classes its tail; their ratio is 8.94 %. With the training set's
// image counts that threshold lies between 99 and 100 images.
func TestTailSplitOfLVIS(t *testing.T) {
	raw, err := os.ReadFile("../../shared/data/lvis/lvis_v0.5_train_counts.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the LVIS counts are not here: ../shared/data/lvis is missing")
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Annotated int64 `json:"images_with_annotations"`
		Classes   []struct {
			Frequency string
			Images    int64
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var n []int64
	for _, c := range file.Classes {
		n = append(n, c.Images)
		if got := lt.LVISGroup(c.Images)[:1]; got != c.Frequency {
			t.Errorf("%d images: group %q, LVIS says %q", c.Images, got, c.Frequency)
		}
	}
	s := lt.TailSplit(n, file.Annotated, 0.0894)
	if s.TailClasses != 912 {
		t.Errorf("%d tail classes, want 912", s.TailClasses)
	}
	near(t, "λ", s.Lambda, 0.00176, 0.000005)
	near(t, "tail ratio", s.Reached, 0.0894, 0.00005)
}

func TestLVISGroup(t *testing.T) {
	for n, want := range map[int64]string{0: "rare", 1: "rare", 10: "rare", 11: "common", 100: "common", 101: "frequent"} {
		if got := lt.LVISGroup(n); got != want {
			t.Errorf("%d images: %q, want %q", n, got, want)
		}
	}
}

func TestDeclaredGroup(t *testing.T) {
	for frequency, want := range map[string]string{"r": "rare", "c": "common", "f": "frequent", "": "common", "x": "common"} {
		if got := lt.DeclaredGroup(frequency, 50); got != want {
			t.Errorf("declared %q, 50 images: %q, want %q", frequency, got, want)
		}
	}
}

func TestRepeatFactors(t *testing.T) {
	// sqrt(0.001/0.00001) = 10, sqrt(0.001/0.00025) = 2.
	got := lt.RepeatFactors([]float64{0.5, 0.001, 0.00025, 0.00001, 0}, 0.001)
	for c, want := range []float64{1, 1, 2, 10, 1} {
		near(t, "repeat factor", got[c], want, 1e-12)
	}
}

func TestMeasures(t *testing.T) {
	for _, c := range []struct {
		counts                        []int64
		ratio, gini, entropy, classes float64
	}{
		{nil, 0, 0, 0, 0},
		{[]int64{0, 0}, 0, 0, 0, 0},
		{[]int64{7}, 1, 0, 0, 1},
		{[]int64{3, 3, 3, 3}, 1, 0, 2, 4},
		{[]int64{0, 9, 0, 0}, 1, 0.75, 0, 1}, // (C−1)/C
		// Mean absolute difference of 1, 1, 2 over all 9 ordered pairs is
		// 4/9; over twice the mean 4/3 that is 1/6. p = 1/4, 1/4, 1/2.
		{[]int64{2, 1, 1}, 2, 1.0 / 6, 1.5, 2 * math.Sqrt2},
	} {
		near(t, "imbalance ratio", lt.ImbalanceRatio(c.counts), c.ratio, 0)
		near(t, "Gini", lt.Gini(c.counts), c.gini, 1e-15)
		near(t, "entropy", lt.Entropy(c.counts), c.entropy, 1e-15)
		near(t, "effective classes", lt.EffectiveClasses(c.counts), c.classes, 1e-14)
	}
}

// By hand: of 100 pairs the rarest class holds 20, two of equal counts hold 50
// together; a class without any counts for nothing, and one alone cannot be divided.
func TestLeastTarget(t *testing.T) {
	for _, c := range []struct {
		counts  []int64
		target  float64
		classes []int
	}{
		{[]int64{50, 30, 20}, 0.2, []int{2}},
		{[]int64{25, 50, 25, 0}, 0.5, []int{0, 2}},
		{[]int64{7, 7}, 1, []int{0, 1}},
		{[]int64{9, 0}, math.NaN(), nil},
		{nil, math.NaN(), nil},
	} {
		target, classes := lt.LeastTarget(c.counts)
		if target != c.target && !(math.IsNaN(target) && math.IsNaN(c.target)) || !slices.Equal(classes, c.classes) {
			t.Errorf("%v: %v, %v; want %v, %v", c.counts, target, classes, c.target, c.classes)
		}
		if classes == nil {
			continue
		}
		if s := lt.InstanceTailSplit(c.counts, target); !s.Tail[classes[0]] || s.Reached != target {
			t.Errorf("%v: that target gives %+v", c.counts, s)
		}
		if s := lt.InstanceTailSplit(c.counts, target-1e-9); s.Tail[classes[0]] {
			t.Errorf("%v: less gives %+v", c.counts, s)
		}
	}
}
