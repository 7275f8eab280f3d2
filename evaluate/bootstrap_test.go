package evaluate

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
)

// drawn is a set with truths and the detections of three detectors.
type drawn struct {
	truths []Truth
	dets   [3][]Detection
	params Params
}

// newDrawn draws a set of 15 images and 4 classes, the last of them without
// truths. Half of the sets have many equal scores.
func newDrawn(seed uint64) *drawn {
	rng := rand.New(rand.NewPCG(seed, 5))
	d := &drawn{params: Params{Classes: []int64{1, 2, 3, 4}, MaxDets: []int{1, 4}}}
	for image := range int64(15) {
		d.params.Images = append(d.params.Images, image)
	}
	score := func() float64 {
		if seed%2 == 0 {
			return float64(rng.IntN(4)) / 4
		}
		return rng.Float64()
	}
	for range 60 {
		image, class := rng.Int64N(14), 1+rng.Int64N(3)
		box := [4]float64{rng.Float64() * 100, rng.Float64() * 100, 5 + rng.Float64()*50, 5 + rng.Float64()*50}
		d.truths = append(d.truths, Truth{ID: int64(len(d.truths)), ImageID: image, CategoryID: class, BBox: box, Area: box[2] * box[3], Crowd: rng.IntN(9) == 0})
		for i := range d.dets {
			for range rng.IntN(4) {
				moved := box
				moved[0] += rng.NormFloat64() * 4 * float64(i+1)
				d.dets[i] = append(d.dets[i], Detection{ImageID: (image + rng.Int64N(12)/11) % 15, CategoryID: 1 + (class+rng.Int64N(12)/11)%4, BBox: moved, Score: score()})
			}
			d.dets[i] = append(d.dets[i], Detection{ImageID: image, CategoryID: class, BBox: box, Score: score()})
		}
	}
	return d
}

func (d *drawn) sample(t *testing.T, i int) *Sample {
	t.Helper()
	m, err := Match(d.truths, d.dets[i], d.params)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Sample("all")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// repeat returns the set that a draw stands for: each image as often as its
// weight says, under an id of its own, the copies one after the other.
func (d *drawn) repeat(weights []int32, i int) (truths []Truth, dets []Detection, p Params) {
	p = d.params
	p.Images = nil
	for image, weight := range weights {
		for range weight {
			id := int64(len(p.Images))
			p.Images = append(p.Images, id)
			for _, x := range d.truths {
				if x.ImageID == d.params.Images[image] {
					x.ImageID = id
					truths = append(truths, x)
				}
			}
			for _, x := range d.dets[i] {
				if x.ImageID == d.params.Images[image] {
					x.ImageID = id
					dets = append(dets, x)
				}
			}
		}
	}
	return truths, dets, p
}

// The rounds are what an evaluation of the drawn images gives.
func TestRoundsAsEvaluated(t *testing.T) {
	group := []int64{1, 3}
	for seed := range uint64(12) {
		d := newDrawn(seed)
		opt, err := BootstrapOptions{Rounds: 8, Seed: seed, Groups: []ClassGroup{{"some", group}}}.resolve()
		if err != nil {
			t.Fatal(err)
		}
		s := newSampling([]*Sample{d.sample(t, 0)}, []*Sample{d.sample(t, 1)}, opt)
		w := newRound(s)
		for n := range opt.Rounds + 1 {
			if w.draw(n); n == opt.Rounds {
				w.all()
			}
			w.compute(n)
			for side := range 2 {
				r, err := Evaluate(d.repeat(w.weights, side))
				if err != nil {
					t.Fatal(err)
				}
				check := func(row int, want APs) {
					for metric, ap := range [metrics]float64{want.AP, want.AP50, want.AP75} {
						got := s.values[side][metric][row][n]
						if math.IsNaN(got) != math.IsNaN(ap) || math.Abs(got-ap) > 1e-12 {
							t.Errorf("seed %d, round %d, side %d, row %d, metric %d: %v, evaluated %v", seed, n, side, row, metric, got, ap)
						}
					}
				}
				for k, id := range d.params.Classes {
					check(k, r.ClassAP(id))
				}
				check(len(d.params.Classes), r.GroupAPs(group))
				check(len(d.params.Classes)+1, r.GroupAPs(d.params.Classes))
			}
		}
	}
}

func TestBootstrap(t *testing.T) {
	d := newDrawn(3)
	a, b := d.sample(t, 0), d.sample(t, 2)
	opt := BootstrapOptions{Rounds: 300, Seed: 9, Groups: []ClassGroup{{"1 and 2", []int64{1, 2}}, {"none", []int64{4}}}}
	c, err := Bootstrap(context.Background(), []*Sample{a}, []*Sample{b}, opt)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Evaluate(d.truths, d.dets[0], d.params)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ got, want float64 }{
		{c.All.AP.A.Value, r.GroupAP(d.params.Classes)}, {c.All.AP50.A.Value, r.GroupAPs(d.params.Classes).AP50},
		{c.Classes[1].AP75.A.Value, r.ClassAP(2).AP75}, {c.Groups[0].AP.A.Value, r.GroupAP([]int64{1, 2})},
	} {
		if math.Abs(x.got-x.want) > 1e-12 {
			t.Errorf("value %v, evaluated %v", x.got, x.want)
		}
	}
	if x := c.All.AP; !(x.A.Low < x.A.Value && x.A.Value < x.A.High && x.Difference.Value == x.B.Value-x.A.Value && x.Above < 0.1) {
		t.Errorf("detector C moves boxes three times as far as A: %+v", x)
	}
	for _, x := range []APsCompared{c.Classes[3], c.Groups[1]} {
		if v := x.AP; !math.IsNaN(v.A.Value) || !math.IsNaN(v.Difference.Low) || !math.IsNaN(v.Above) {
			t.Errorf("without truths: %+v, want NaN", v)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	again, err := Bootstrap(context.Background(), []*Sample{a}, []*Sample{b}, opt)
	if err != nil || !reflect.DeepEqual(c.All, again.All) || !reflect.DeepEqual(c.Classes[:3], again.Classes[:3]) {
		t.Errorf("another number of processors: %+v, %v; before %+v", again.All, err, c.All)
	}
	same, err := Bootstrap(context.Background(), []*Sample{a}, []*Sample{a}, opt)
	if err != nil || same.All.AP.Difference != (Interval{}) || same.All.AP.Above != 0.5 {
		t.Errorf("a detector and itself: %+v, %v", same.All.AP, err)
	}
	alone, err := Bootstrap(context.Background(), []*Sample{a}, nil, opt)
	if err != nil || alone.All.AP.A != c.All.AP.A || !math.IsNaN(alone.All.AP.B.Value) {
		t.Errorf("one side alone: %+v, %v", alone.All.AP, err)
	}
}

// Runs of one side are averaged in each round; drawing them too widens the
// intervals.
func TestBootstrapRuns(t *testing.T) {
	d := newDrawn(4)
	m := []*Sample{d.sample(t, 0), d.sample(t, 2)}
	opt := BootstrapOptions{Rounds: 400, Seed: 1}
	pooled, err := Bootstrap(context.Background(), m, nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	var values []float64
	for _, one := range m {
		c, err := Bootstrap(context.Background(), []*Sample{one}, nil, opt)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, c.All.AP.A.Value)
	}
	if got, want := pooled.All.AP.A.Value, (values[0]+values[1])/2; math.Abs(got-want) > 1e-12 {
		t.Errorf("AP of two runs %v, mean %v", got, want)
	}
	opt.Runs = true
	drawn, err := Bootstrap(context.Background(), m, nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	width := func(c *Comparison) float64 { return c.All.AP.A.High - c.All.AP.A.Low }
	if drawn.All.AP.A.Value != pooled.All.AP.A.Value || width(drawn) < 1.2*width(pooled) {
		t.Errorf("runs drawn: %+v, not drawn: %+v", drawn.All.AP.A, pooled.All.AP.A)
	}
}

// Printed by numpy 2.4.6 for numpy.quantile([1, 2, 4, 8, 16, 32], q).
func TestQuantile(t *testing.T) {
	x := []float64{1, 2, 4, 8, 16, 32}
	for q, want := range map[float64]float64{0: 1, 0.025: 1.125, 0.5: 6, 0.9: 24, 0.975: 30, 1: 32} {
		if got := quantile(x, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v = %v, numpy %v", q, got, want)
		}
	}
	if !math.IsNaN(quantile(nil, 0.5)) || quantile(x[:1], 0.3) != 1 {
		t.Error("quantiles of nothing and of one value")
	}
}

func TestBootstrapErrors(t *testing.T) {
	d := newDrawn(1)
	a := d.sample(t, 0)
	d.truths = slices.Delete(d.truths, 0, 3)
	other := d.sample(t, 0)
	ended, end := context.WithCancel(context.Background())
	end()
	for _, c := range []struct {
		ctx  context.Context
		a, b []*Sample
		opt  BootstrapOptions
	}{
		{a: nil},
		{a: []*Sample{a}, b: []*Sample{other}},
		{a: []*Sample{a}, opt: BootstrapOptions{Rounds: -1}},
		{a: []*Sample{a}, opt: BootstrapOptions{Level: 1}},
		{a: []*Sample{a}, ctx: ended},
	} {
		if c.ctx == nil {
			c.ctx = context.Background()
		}
		if r, err := Bootstrap(c.ctx, c.a, c.b, c.opt); err == nil || r != nil {
			t.Errorf("%d and %d matches, %+v: no error", len(c.a), len(c.b), c.opt)
		}
	}
	if _, err := Match(d.truths, d.dets[0], Params{IoUThresholds: Linspace(0, 1, 65)}); err == nil {
		t.Error("65 thresholds: no error")
	}
	m, err := Match(d.truths, d.dets[0], Params{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Sample("tiny"); err == nil {
		t.Error("an unknown area range: no error")
	}
}
