package diagnose

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"cocostat/evaluate"
)

// scene has objects of classes 10, 20 and 30, a crowd of class 10, and a
// detection of each kind.
func scene() ([]evaluate.Truth, []evaluate.Detection, *evaluate.Params) {
	truths := []evaluate.Truth{
		{ImageID: 1, CategoryID: 10, BBox: [4]float64{0, 0, 10, 10}, Area: 100},
		{ImageID: 1, CategoryID: 20, BBox: [4]float64{20, 0, 10, 10}, Area: 100},
		{ImageID: 1, CategoryID: 10, BBox: [4]float64{50, 0, 50, 50}, Area: 2500, Crowd: true},
		{ImageID: 2, CategoryID: 30, BBox: [4]float64{0, 100, 10, 10}, Area: 100},
	}
	dets := []evaluate.Detection{
		{ImageID: 1, CategoryID: 20, BBox: [4]float64{200, 0, 10, 10}, Score: 0.5}, // on nothing
		{ImageID: 1, CategoryID: 10, BBox: [4]float64{0, 0, 10, 9}, Score: 0.9},    // right
		{ImageID: 1, CategoryID: 10, BBox: [4]float64{0, 0, 10, 10}, Score: 0.8},   // on the same
		{ImageID: 1, CategoryID: 10, BBox: [4]float64{20, 0, 10, 8}, Score: 0.7},   // on class 20
		{ImageID: 1, CategoryID: 10, BBox: [4]float64{60, 10, 10, 10}, Score: 0.6}, // in the crowd
		{ImageID: 1, CategoryID: 20, BBox: [4]float64{60, 10, 10, 10}, Score: 0.4}, // in a crowd of another class
		{ImageID: 1, CategoryID: 99, BBox: [4]float64{0, 0, 10, 10}, Score: 1},     // of no class
		{ImageID: 7, CategoryID: 10, BBox: [4]float64{0, 0, 10, 10}, Score: 1},     // of no image
	}
	return truths, dets, &evaluate.Params{Images: []int64{1, 2}, Classes: []int64{10, 20, 30}, MaxDets: []int{1, 100}}
}

func match(t *testing.T, truths []evaluate.Truth, dets []evaluate.Detection, p evaluate.Params) *Matching {
	t.Helper()
	matches, err := evaluate.Match(truths, dets, p)
	if err != nil {
		t.Fatal(err)
	}
	m, err := At(matches, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-12 || math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// By hand. Class 10 is best at 0.9, where its only object is found and nothing
// else; at 0.75 one of two detections is right.
func TestScores(t *testing.T) {
	truths, dets, p := scene()
	m := match(t, truths, dets, *p)
	if got := m.Detections(); !reflect.DeepEqual(got, []int64{4, 2, 0}) {
		t.Errorf("%v detections", got)
	}
	s := m.Scores()
	best := s.Best()
	near(t, "threshold", best[0].Threshold, 0.9)
	near(t, "F1", best[0].F1, 1)
	for k := 1; k < 3; k++ {
		near(t, "threshold without right detections", best[k].Threshold, math.NaN())
		near(t, "recall without right detections", best[k].Recall, 0)
		near(t, "precision without right detections", best[k].Precision, []float64{0, 0, math.NaN()}[k])
	}
	all := func(int) bool { return true }
	c := s.Curve([]float64{0.75, 0}, all)
	near(t, "precision at 0.75", c[0].Precision, 0.5) // class 10 alone has detections
	near(t, "recall at 0.75", c[0].Recall, 1.0/3)
	near(t, "F1 at 0.75", c[0].F1, 2.0/3/3)
	near(t, "precision at 0", c[1].Precision, (1.0/3+0)/2)
	near(t, "F1 at 0 of class 10", s.Curve([]float64{0}, func(k int) bool { return k == 0 })[0].F1, 2.0/(3+1))
	if low, high := s.Range(); low != 0.4 || high != 0.9 {
		t.Errorf("scores from %v to %v", low, high)
	}
}

// Equal scores count together: of two right ones and a wrong one at 0.5, the
// threshold 0.5 has all three.
func TestBestOfTies(t *testing.T) {
	c := classScores{right: []float64{0.5, 0.5, 0.7}, wrong: []float64{0.5, 0.6}, positives: 3}
	best := c.best()
	near(t, "threshold", best.Threshold, 0.5)
	near(t, "precision", best.Precision, 3.0/5)
	near(t, "F1", best.F1, 6.0/8)
}

func TestConfusion(t *testing.T) {
	truths, dets, p := scene()
	m := match(t, truths, dets, *p)
	got := m.Confusion([]float64{0, 0, 0})
	want := &Confusion{Objects: []int64{1, 1, 1}, Right: []int64{1, 0, 0}, Wrong: []Pair{{1, 0, 1}}, Missed: []int64{0, 0, 1},
		Twice: []int64{1, 0, 0}, Nowhere: []int64{0, 1, 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("confusion %+v, want %+v", got, want)
	}
	got = m.Confusion([]float64{0.75, math.NaN(), 0})
	want = &Confusion{Objects: []int64{1, 1, 1}, Right: []int64{1, 0, 0}, Missed: []int64{0, 1, 1}, Twice: []int64{1, 0, 0}, Nowhere: []int64{0, 0, 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("confusion from 0.75 on %+v, want %+v", got, want)
	}
	group := m.Confusion([]float64{0, 0, 0}).Group([]int{0, 1, -1}, 2)
	if want := (&GroupConfusion{[]int64{1, 1}, []int64{1, 0}, [][]int64{{0, 0}, {1, 0}}, []int64{0, 0}, []int64{1, 0}, []int64{0, 1}, []int64{0, 0}, 0, 0}); !reflect.DeepEqual(group, want) {
		t.Errorf("groups %+v, want %+v", group, want)
	}
}

// random returns crowded images with many equal scores and overlaps.
func random(rng *rand.Rand) ([]evaluate.Truth, []evaluate.Detection, evaluate.Params) {
	box := func() [4]float64 {
		return [4]float64{float64(rng.IntN(8)), float64(rng.IntN(8)), float64(1 + rng.IntN(8)), float64(1 + rng.IntN(8))}
	}
	p := evaluate.Params{Images: []int64{1, 2, 3}, Classes: []int64{1, 2, 3}, MaxDets: []int{1 + rng.IntN(12)}}
	var truths []evaluate.Truth
	var dets []evaluate.Detection
	for i := range rng.IntN(30) {
		b := box()
		truths = append(truths, evaluate.Truth{ID: int64(i + 1), ImageID: int64(1 + rng.IntN(4)), CategoryID: int64(1 + rng.IntN(4)),
			BBox: b, Area: b[2] * b[3], Crowd: rng.IntN(6) == 0})
	}
	for range rng.IntN(60) {
		dets = append(dets, evaluate.Detection{ImageID: int64(1 + rng.IntN(4)), CategoryID: int64(1 + rng.IntN(4)), BBox: box(), Score: float64(rng.IntN(5)) / 4})
	}
	return truths, dets, p
}

// The recall that is reached without a threshold is that of package evaluate,
// and every object is in one place of the confusion.
func TestAgreesWithEvaluate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		truths, dets, p := random(rng)
		if rng.IntN(3) == 0 {
			p.LVIS = &evaluate.LVISRules{MaxDetections: 1 + rng.IntN(10), Images: []evaluate.LVISImage{{ID: 1, Negative: []int64{1, 2, 3}, NotExhaustive: []int64{2}}}}
			p.MaxDets = []int{100}
		}
		r, err := evaluate.Evaluate(truths, dets, p)
		if err != nil {
			t.Fatal(err)
		}
		m := match(t, truths, dets, p)
		s := m.Scores()
		for k, id := range r.Params.Classes {
			near(t, "recall", s.classes[k].at(math.Inf(-1)).Recall, r.Group(id).Recall(evaluate.Part{IoU: 0.5}))
		}
		c := m.Confusion([]float64{0.5, math.NaN(), 0})
		total := make([]int64, 3)
		for k := range total {
			total[k] = c.Right[k] + c.Missed[k]
		}
		for _, w := range c.Wrong {
			total[w.Class] += w.Objects
			if w.Class == w.As {
				t.Errorf("class %d is confused with itself", w.As)
			}
		}
		if !reflect.DeepEqual(total, c.Objects) {
			t.Errorf("%v objects have a place, of %v", total, c.Objects)
		}
	}
}

// At IoU 1, rounding puts the IoU of some boxes with themselves below 1, as it
// does in pycocotools, which takes 1−1e−10: here all is found, and once more.
func TestWholeOverlap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var truths []evaluate.Truth
	var dets []evaluate.Detection
	below := 0
	for i := range int64(300) {
		b := [4]float64{rng.Float64() * 500, rng.Float64() * 500, rng.Float64() * 100, rng.Float64() * 100}
		truths = append(truths, evaluate.Truth{ID: i, ImageID: i, CategoryID: 1, BBox: b, Area: b[2] * b[3]})
		for range 2 {
			dets = append(dets, evaluate.Detection{ImageID: i, CategoryID: 1, BBox: b, Score: 0.5})
		}
		if truths[i].IoU(&b) < 1 {
			below++
		}
	}
	matches, err := evaluate.Match(truths, dets, evaluate.Params{IoUThresholds: []float64{0.5, 1}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := At(matches, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := m.Confusion([]float64{0})
	if c.Right[0] != 300 || c.Twice[0] != 300 || below < 20 {
		t.Errorf("%d right, %d found twice, want 300 each; %d boxes are below 1", c.Right[0], c.Twice[0], below)
	}
	if _, err := At(matches, 0.75); err == nil {
		t.Error("a threshold that was not matched at: no error")
	}
}

// Best is the largest F1 of all thresholds.
func TestBestAgainstAllThresholds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		truths, dets, p := random(rng)
		s := match(t, truths, dets, p).Scores()
		for k, best := range s.Best() {
			want := 0.0
			for i := range 5 {
				want = max(want, s.classes[k].at(float64(i)/4).F1)
			}
			if s.classes[k].positives == 0 {
				want = math.NaN()
			}
			near(t, "F1", best.F1, want)
		}
	}
}
