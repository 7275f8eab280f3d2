package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Printed by numpy 2.4.6 for (1/(numpy.arange(n)+3.0)).sum(); one after the
// other, the last would be 10.590176129263376.
func TestPairwiseSum(t *testing.T) {
	for n, want := range map[int]float64{0: 0, 1: 0.3333333333333333, 7: 1.328968253968254, 8: 1.4289682539682538, 9: 1.5198773448773446,
		127: 3.940899030573669, 128: 3.948591338265976, 129: 3.956224926052236, 136: 4.008088162656104, 137: 4.01528240726042,
		255: 4.628236013400938, 256: 4.632111982393186, 257: 4.63597298625419, 1000: 5.987467865541362, 1010: 5.99739350452643,
		12345: 8.498424557589608, 100001: 10.590176129263444} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 1 / (float64(i) + 3)
		}
		if got := pairwiseSum(x); got != want {
			t.Errorf("sum of %d numbers %v, numpy %v", n, got, want)
		}
	}
}

// scene draws truths, some of them crowds, and detections, many with equal scores,
// of a number of classes.
func scene(rng *rand.Rand, images, classes, truths int) (t []Truth, d []Detection, p Params) {
	for i := range images {
		p.Images = append(p.Images, int64(i+1))
	}
	for k := range classes {
		p.Classes = append(p.Classes, int64(k+1))
	}
	for i := range truths {
		b := [4]float64{float64(rng.IntN(300)), float64(rng.IntN(300)), 2 + math.Exp(6*rng.Float64()), 2 + math.Exp(6*rng.Float64())}
		x := Truth{ID: int64(i + 1), ImageID: 1 + rng.Int64N(int64(images)), CategoryID: 1 + rng.Int64N(int64(classes)), BBox: b, Area: b[2] * b[3] * (0.5 + rng.Float64()/2), Crowd: rng.IntN(12) == 0}
		t = append(t, x)
		for range rng.IntN(5) {
			moved := b
			for j := range moved {
				moved[j] += rng.NormFloat64() * b[2+j%2] * 0.08
			}
			d = append(d, Detection{x.ImageID, 1 + (x.CategoryID-1+rng.Int64N(15)/14)%int64(classes), moved, float64(rng.IntN(50)) / 50})
		}
	}
	return t, d, p
}

// dense are the numbers of some IoU and recall thresholds, from … to−1, and classes
// of an array, in its order, without −1. Of the array Recall there is one recall.
func dense(array []float64, p *Params, recalls, from, to int, thresholds, classes []int, a, m int) (kept []float64) {
	_, _, ks, as, ms := p.Dims()
	for _, t := range thresholds {
		for r := from; r < to; r++ {
			for _, k := range classes {
				if v := array[(((t*recalls+r)*ks+k)*as+a)*ms+m]; v > -1 {
					kept = append(kept, v)
				}
			}
		}
	}
	return kept
}

// Means are, to the last bit, those of the same part of the arrays, which are
// pycocotools' own, whether the classes are one, a few, or many.
func TestMeansAreThoseOfTheArrays(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, classes := range []int{1, few, few + 1, 150, 700} {
		truths, dets, p := scene(rng, 40, classes, 2*classes+50)
		p.MaxDets = []int{1, 2, 50}
		m, err := Match(truths, dets, p)
		if err != nil {
			t.Fatal(err)
		}
		r := m.Result()
		arrays, err := m.Arrays()
		if err != nil {
			t.Fatal(err)
		}
		q, recalls := &r.Params, len(r.Params.RecallThresholds)
		every := make([]int, classes)
		for k := range every {
			every[k] = k
		}
		some := []int64{int64(classes), 1, int64(1 + classes/2), int64(classes), 9999}
		for name, group := range map[string]struct {
			Group
			classes []int
		}{
			"all": {r.All(), every}, "one": {r.Group(1), every[:1]}, "none": {r.Group(), nil},
			"some": {r.Group(some...), slices.Compact([]int{0, classes / 2, classes - 1})},
		} {
			for _, c := range []struct {
				Part
				thresholds []int
				area, m    int
			}{
				{Part{}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0, 2}, {Part{IoU: 0.5}, []int{0}, 0, 2}, {Part{IoU: 0.75, Area: "small"}, []int{5}, 1, 2},
				{Part{Area: "medium", MaxDets: 1}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2, 0}, {Part{IoU: 0.6, Area: "large", MaxDets: 2}, []int{2}, 3, 1},
				{Part{Area: "huge"}, nil, 0, 0}, {Part{MaxDets: 3}, nil, 0, 0}, {Part{IoU: 0.51}, nil, 0, 0},
			} {
				same := func(what string, got float64, numbers []float64) {
					t.Helper()
					want := pairwiseSum(numbers) / float64(len(numbers))
					if math.Float64bits(got) != math.Float64bits(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
						t.Errorf("%d classes, %s, %+v: %s %v, of the arrays %v", classes, name, c.Part, what, got, want)
					}
				}
				same("precision", group.Precision(c.Part), dense(arrays.Precision, q, recalls, 0, recalls, c.thresholds, group.classes, c.area, c.m))
				same("recall", group.Recall(c.Part), dense(arrays.Recall, q, 1, 0, 1, c.thresholds, group.classes, c.area, c.m))
				for i, got := range group.PrecisionByRecall(c.Part) {
					same("precision by recall", got, dense(arrays.Precision, q, recalls, i, i+1, c.thresholds, group.classes, c.area, c.m))
				}
			}
		}
	}
}
