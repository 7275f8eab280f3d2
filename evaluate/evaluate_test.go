package evaluate_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/evaluate"
)

func mustEvaluate(t *testing.T, truths []evaluate.Truth, dets []evaluate.Detection, p evaluate.Params) *evaluate.Result {
	t.Helper()
	r, err := evaluate.Evaluate(truths, dets, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustMatch(t *testing.T, truths []evaluate.Truth, dets []evaluate.Detection, p evaluate.Params) *evaluate.Matches {
	t.Helper()
	m, err := evaluate.Match(truths, dets, p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func truth(id, image, class int64, x, y, w, h float64) evaluate.Truth {
	return evaluate.Truth{ID: id, ImageID: image, CategoryID: class, BBox: [4]float64{x, y, w, h}, Area: w * h}
}

func det(image, class int64, x, y, w, h, score float64) evaluate.Detection {
	return evaluate.Detection{ImageID: image, CategoryID: class, BBox: [4]float64{x, y, w, h}, Score: score}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-12) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// By hand. Class 1 has truths A, B (image 1) and C (image 2), each 10×10.
//
//	score 0.9  on A, exact             IoU 1
//	score 0.8  in image 2, far off     no match
//	score 0.7  B moved by 2 of 10      IoU 8·10/(200−80) = 2/3: a match up to 0.65
//	score 0.6  A again                 taken: no match
//	C is not found.
//
// At IoU ≤ 0.65 (4 thresholds) the order is TP FP TP FP: recall 1/3 at
// precision 1, recall 2/3 at precision 2/3. Of the recall thresholds 0…1, the
// 34 up to 0.33 have precision 1, the 33 from 0.34 to 0.66 have 2/3, the rest
// 0: AP = (34 + 33·2/3)/101 = 56/101. At IoU ≥ 0.70 (6 thresholds) only A is
// found: AP = 34/101. Recall is 2/3 and 1/3; with one detection per image and
// class only A is found.
//
//	AP = (4·56 + 6·34)/10/101, AP50 = 56/101, AP75 = 34/101
//	AR1 = 1/3, AR10 = AR100 = (4·2/3 + 6·1/3)/10 = 7/15
//
// The first points lack ε each, 1e−16.
func TestByHand(t *testing.T) {
	r := mustEvaluate(t,
		[]evaluate.Truth{truth(1, 1, 1, 0, 0, 10, 10), truth(2, 1, 1, 50, 0, 10, 10), truth(3, 2, 1, 0, 0, 10, 10)},
		[]evaluate.Detection{
			det(1, 1, 52, 0, 10, 10, 0.7), det(1, 1, 0, 0, 10, 10, 0.6),
			det(2, 1, 80, 80, 10, 10, 0.8), det(1, 1, 0, 0, 10, 10, 0.9),
		}, evaluate.Params{})
	stats := r.Stats()
	want := map[int]float64{
		evaluate.AP: (4*56. + 6*34.) / 10 / 101, evaluate.AP50: 56. / 101, evaluate.AP75: 34. / 101,
		evaluate.APSmall: (4*56. + 6*34.) / 10 / 101, evaluate.APMedium: -1, evaluate.APLarge: -1,
		evaluate.AR1: 1. / 3, evaluate.AR10: 7. / 15, evaluate.AR100: 7. / 15, evaluate.ARSmall: 7. / 15,
		evaluate.ARMedium: -1, evaluate.ARLarge: -1,
	}
	for i, v := range want {
		near(t, "stats["+string(rune('a'+i))+"]", stats[i], v)
	}
	class := r.ClassAP(1)
	near(t, "class AP50", class.AP50, 56./101)
	near(t, "class AP75", class.AP75, 34./101)
}

// By hand. A crowd of 40×40 holds two detections of 10×10 entirely: IoU 1 with
// it each, and 1/16 if it were a plain truth. They are ignored, so that the
// exact detection of the one plain truth has precision 1 although it comes
// last; without the crowd it would be 1/3.
func TestCrowdForgives(t *testing.T) {
	truths := []evaluate.Truth{truth(1, 1, 1, 0, 0, 40, 40), truth(2, 1, 1, 100, 0, 10, 10)}
	dets := []evaluate.Detection{
		det(1, 1, 5, 5, 10, 10, 0.9), det(1, 1, 20, 20, 10, 10, 0.8), det(1, 1, 100, 0, 10, 10, 0.5),
	}
	truths[0].Crowd = true
	near(t, "AP with crowd", mustEvaluate(t, truths, dets, evaluate.Params{}).Stats()[evaluate.AP], 1)
	near(t, "AP without", mustEvaluate(t, truths[1:], dets, evaluate.Params{}).Stats()[evaluate.AP], 1./3)
}

// pycocotools gives 0 here, as it takes the matched id 0 for no match.
func TestAnnotationIDZero(t *testing.T) {
	r := mustEvaluate(t, []evaluate.Truth{truth(0, 1, 1, 0, 0, 10, 10)},
		[]evaluate.Detection{det(1, 1, 0, 0, 10, 10, 0.5)}, evaluate.Params{})
	near(t, "AP", r.Stats()[evaluate.AP], 1)
}

// random returns truths and detections over 12 images and 5 classes, all
// scores distinct.
func random(seed uint64) ([]evaluate.Truth, []evaluate.Detection) {
	rng := rand.New(rand.NewPCG(seed, 1))
	var truths []evaluate.Truth
	var dets []evaluate.Detection
	scores := rng.Perm(1000)
	for i := range int64(150) {
		x, y, w, h := rng.Float64()*500, rng.Float64()*500, 5+rng.Float64()*200, 5+rng.Float64()*200
		image, class := rng.Int64N(12), rng.Int64N(5)
		truths = append(truths, truth(i, image, class, x, y, w, h))
		for range 3 {
			dets = append(dets, det(image, class, x+rng.NormFloat64()*w/5, y, w, h*(0.8+rng.Float64()/2), float64(scores[len(dets)])/1000))
		}
	}
	return truths, dets
}

func TestPerfectDetections(t *testing.T) {
	truths, _ := random(1)
	var dets []evaluate.Detection
	for _, g := range truths {
		dets = append(dets, evaluate.Detection{ImageID: g.ImageID, CategoryID: g.CategoryID, BBox: g.BBox, Score: 0.5})
	}
	stats := mustEvaluate(t, truths, dets, evaluate.Params{}).Stats()
	for i, v := range stats {
		if i != evaluate.AR1 {
			near(t, "a number of perfect detections", v, 1)
		}
	}
}

func TestOrderChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for seed := range uint64(5) {
		truths, dets := random(seed)
		want := mustEvaluate(t, truths, dets, evaluate.Params{})
		wantArrays := mustArrays(t, mustMatch(t, truths, dets, evaluate.Params{}))
		rng.Shuffle(len(truths), func(i, j int) { truths[i], truths[j] = truths[j], truths[i] })
		rng.Shuffle(len(dets), func(i, j int) { dets[i], dets[j] = dets[j], dets[i] })
		got := mustArrays(t, mustMatch(t, truths, dets, evaluate.Params{Classes: []int64{3, 1, 4, 0, 2, 3}, Images: rng64(12)}))
		if !reflect.DeepEqual(got, wantArrays) {
			t.Errorf("seed %d: the order of the input changed the result", seed)
		}
		for i := range truths { // classes 0…4 become 104…100
			truths[i].CategoryID = 104 - truths[i].CategoryID
		}
		for i := range dets {
			dets[i].CategoryID = 104 - dets[i].CategoryID
		}
		renamed := mustEvaluate(t, truths, dets, evaluate.Params{})
		for id := range int64(5) {
			if renamed.ClassAP(104-id) != want.ClassAP(id) {
				t.Errorf("seed %d: class %d: %v, under another id %v", seed, id, want.ClassAP(id), renamed.ClassAP(104-id))
			}
		}
	}
}

// rng64 returns n−1 … 0.
func rng64(n int64) []int64 {
	var ids []int64
	for i := range n {
		ids = append(ids, n-1-i)
	}
	return ids
}

func TestGroups(t *testing.T) {
	truths, dets := random(3)
	r := mustEvaluate(t, truths, dets, evaluate.Params{Classes: []int64{0, 1, 2, 3, 4, 77}})
	if got, want := r.GroupAP(r.Params.Classes), r.Stats()[evaluate.AP]; got != want {
		t.Errorf("AP of the group of all classes = %v, AP = %v", got, want)
	}
	tail, head := []int64{4, 1, 77, 4}, []int64{0, 2, 3}
	near(t, "AP of two classes", r.GroupAP(tail), (r.ClassAP(1).AP+r.ClassAP(4).AP)/2)
	near(t, "AP of both groups", 2*r.GroupAP(tail)+3*r.GroupAP(head), 5*r.Stats()[evaluate.AP])
	alone := mustEvaluate(t, truths, dets, evaluate.Params{Classes: tail}).Stats()
	if got := r.GroupAPs(tail); got.AP != alone[evaluate.AP] || got.AP50 != alone[evaluate.AP50] || got.AP75 != alone[evaluate.AP75] {
		t.Errorf("group %+v, evaluated alone %v", got, alone[:3])
	}
	for _, none := range [][]int64{nil, {77}, {1234}} {
		if ap := r.GroupAP(none); !math.IsNaN(ap) {
			t.Errorf("AP of group %v = %v, want NaN", none, ap)
		}
	}
	if ap := r.ClassAP(77); !math.IsNaN(ap.AP) || !math.IsNaN(ap.AP50) || !math.IsNaN(ap.AP75) {
		t.Errorf("APs of a class without truth = %+v, want NaN", ap)
	}
}

// One limit only, and not COCO's 100: AP is taken at it, where pycocotools
// reports −1.
func TestOtherLimits(t *testing.T) {
	truths, dets := random(4)
	want := mustEvaluate(t, truths, dets, evaluate.Params{}).Stats()
	got := mustEvaluate(t, truths, dets, evaluate.Params{MaxDets: []int{300}}).Stats()
	for _, i := range []int{evaluate.AP, evaluate.AP50, evaluate.APLarge, evaluate.AR100} {
		if got[i] != want[i] || want[i] <= 0 {
			t.Errorf("stats[%d] = %v with 300 detections, %v with 100 (no image has more)", i, got[i], want[i])
		}
	}
}

func TestNothingToEvaluate(t *testing.T) {
	for _, p := range []evaluate.Params{{}, {Images: []int64{1}, Classes: []int64{2}}} {
		r := mustEvaluate(t, nil, []evaluate.Detection{det(1, 2, 0, 0, 5, 5, 0.5)}, p)
		for i, v := range r.Stats() {
			if v != -1 {
				t.Errorf("stats[%d] = %v without truths, want −1", i, v)
			}
		}
	}
}

// An image without truths spoils precision only when it is listed.
func TestImagesWithoutTruth(t *testing.T) {
	truths := []evaluate.Truth{truth(1, 1, 1, 0, 0, 10, 10), truth(2, 1, 9, 0, 0, 10, 10)}
	dets := []evaluate.Detection{det(1, 1, 0, 0, 10, 10, 0.5), det(2, 1, 0, 0, 10, 10, 0.9), det(1, 5, 0, 0, 10, 10, 0.9)}
	r := mustEvaluate(t, truths, dets, evaluate.Params{})
	near(t, "AP of class 1", r.ClassAP(1).AP, 1)
	if r.SkippedDetections != 2 || r.SkippedTruths != 0 {
		t.Errorf("skipped %d detections, %d truths; want 2, 0", r.SkippedDetections, r.SkippedTruths)
	}
	r = mustEvaluate(t, truths, dets, evaluate.Params{Images: []int64{1, 2}, Classes: []int64{1}})
	near(t, "AP of class 1 with image 2", r.ClassAP(1).AP, 0.5)
	if r.SkippedDetections != 1 || r.SkippedTruths != 1 {
		t.Errorf("skipped %d detections, %d truths; want 1, 1", r.SkippedDetections, r.SkippedTruths)
	}
}

func TestRejected(t *testing.T) {
	nan := math.NaN()
	badTruth, badArea, badBox := truth(8, 1, 1, 0, 0, math.Inf(1), 1), truth(8, 1, 1, 0, 0, 1, 1), det(1, 1, nan, 0, 1, 1, 0.5)
	badArea.Area = nan
	for _, c := range []struct {
		name   string
		truths []evaluate.Truth
		dets   []evaluate.Detection
		p      evaluate.Params
		says   string
	}{
		{name: "score", dets: []evaluate.Detection{det(3, 1, 0, 0, 1, 1, nan)}, says: "detection 0 (image 3, category 1): score NaN"},
		{name: "detection box", dets: []evaluate.Detection{badBox}, says: "bbox [NaN 0 1 1]"},
		{name: "truth box", truths: []evaluate.Truth{badTruth}, says: "truth 0 (id 8, image 1): bbox"},
		{name: "area", truths: []evaluate.Truth{badArea}, says: "truth 0 (id 8, image 1): area"},
		{name: "limits", p: evaluate.Params{MaxDets: []int{100, 10, 100}}, says: "limits on detections [100 10 100]"},
		{name: "limit 0", p: evaluate.Params{MaxDets: []int{0}}, says: "limits on detections [0]"},
		{name: "IoU", p: evaluate.Params{IoUThresholds: []float64{0.5, 1.5}}, says: "IoU thresholds [0.5 1.5]"},
		{name: "recall", p: evaluate.Params{RecallThresholds: []float64{0.5, 0.5}}, says: "recall thresholds [0.5 0.5]"},
		{name: "NaN threshold", p: evaluate.Params{RecallThresholds: []float64{nan}}, says: "recall thresholds [NaN]"},
		{name: "area range", p: evaluate.Params{Areas: []evaluate.AreaRange{{Name: "x", Min: 2, Max: 1}}}, says: `area range "x"`},
		{name: "31 areas", p: evaluate.Params{Areas: make([]evaluate.AreaRange, 31)}, says: "31 area ranges: at most 30"},
		{name: "257 limits", p: evaluate.Params{MaxDets: make([]int, 257)}, says: "257 limits on detections: at most 256"},
		{name: "curves", p: evaluate.Params{Classes: rng64(80_000)}, says: "10 IoU thresholds, 80000 classes, 4 areas and 3 limits on detections make too large a result"},
		{name: "area twice", p: evaluate.Params{Areas: []evaluate.AreaRange{{Name: "x"}, {Name: "x"}}}, says: `area range "x": two`},
	} {
		r, err := evaluate.Evaluate(c.truths, c.dets, c.p)
		if err == nil || r != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: result %v, error %v; want an error that says %q", c.name, r != nil, err, c.says)
		}
		if (c.truths != nil || c.dets != nil) && !errors.Is(err, evaluate.ErrNotFinite) {
			t.Errorf("%s: error %v does not wrap ErrNotFinite", c.name, err)
		}
	}
}

// Of 30,000 classes there are APs, but no arrays.
func TestArraysTooLarge(t *testing.T) {
	m := mustMatch(t, []evaluate.Truth{truth(1, 1, 7, 0, 0, 10, 10)}, []evaluate.Detection{det(1, 7, 0, 0, 10, 10, 0.5)}, evaluate.Params{Classes: rng64(30_000)})
	near(t, "AP", m.Result().Stats()[evaluate.AP], 1)
	if a, err := m.Arrays(); err == nil || a != nil || !strings.Contains(err.Error(), "30000 classes") {
		t.Errorf("arrays of 30,000 classes: error %v", err)
	}
}

// Printed by numpy 2.4.6 for numpy.linspace(.5, .95, 10) and, of
// numpy.linspace(0, 1, 101), those that are not i/100.
func TestDefaultThresholds(t *testing.T) {
	iou := []float64{0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95}
	if got := evaluate.DefaultIoUThresholds(); !slices.Equal(got, iou) {
		t.Errorf("IoU thresholds %v, want %v", got, iou)
	}
	odd := map[int]float64{35: 0.35000000000000003, 41: 0.41000000000000003, 47: 0.47000000000000003,
		57: 0.5700000000000001, 69: 0.6900000000000001, 70: 0.7000000000000001, 82: 0.8200000000000001,
		83: 0.8300000000000001, 94: 0.9400000000000001, 95: 0.9500000000000001}
	recall := evaluate.DefaultRecallThresholds()
	if len(recall) != 101 {
		t.Fatalf("%d recall thresholds, want 101", len(recall))
	}
	for i, got := range recall {
		want, ok := odd[i]
		if !ok {
			want = float64(i) / 100
		}
		if got != want {
			t.Errorf("recall threshold %d = %v, want %v", i, got, want)
		}
	}
}

func TestFromDataset(t *testing.T) {
	d := &annotations.Dataset{
		Categories: []annotations.Category{{ID: 3}, {ID: 5}},
		Images:     []annotations.Image{{ID: 20}, {ID: 10}},
		Objects: [][]annotations.Annotation{nil, {
			{ID: 1, ImageID: 10, CategoryID: 5, BBox: [4]float64{1, 2, 3, 4}, Area: 11, Crowd: true, Has: annotations.FieldBBox},
			{ID: 2, ImageID: 10, CategoryID: 3},
		}},
	}
	truths, p := evaluate.FromDataset(d)
	want := evaluate.Truth{ID: 1, ImageID: 10, CategoryID: 5, BBox: [4]float64{1, 2, 3, 4}, Area: 11, Crowd: true}
	if len(truths) != 1 || truths[0] != want {
		t.Errorf("truths %+v, want %+v alone", truths, want)
	}
	if !slices.Equal(p.Images, []int64{20, 10}) || !slices.Equal(p.Classes, []int64{3, 5}) {
		t.Errorf("images %v, classes %v", p.Images, p.Classes)
	}
}

// Where annotations share an id, the truths are in the order of the file.
func TestFromDatasetOrder(t *testing.T) {
	at := func(id, image, offset int64) annotations.Annotation {
		return annotations.Annotation{ID: id, ImageID: image, CategoryID: 3, Offset: offset, Has: annotations.FieldBBox}
	}
	d := &annotations.Dataset{
		Categories: []annotations.Category{{ID: 3}},
		Images:     []annotations.Image{{ID: 1}, {ID: 2}},
		Objects:    [][]annotations.Annotation{{at(7, 1, 10), at(8, 1, 40)}, {at(7, 2, 20), at(9, 2, 30)}},
		Problems:   []annotations.Problem{{Kind: annotations.DuplicateID, Count: 1}},
	}
	truths, _ := evaluate.FromDataset(d)
	var ids []int64
	for _, x := range truths {
		ids = append(ids, x.ID)
	}
	if !slices.Equal(ids, []int64{7, 7, 9, 8}) {
		t.Errorf("ids %v, want those at bytes 10, 20, 30, 40: 7 7 9 8", ids)
	}
}

// By hand. Two objects of different classes; each is found under the other's
// class. With classes told apart nothing is right, without all is.
func TestClassAgnostic(t *testing.T) {
	truths := []evaluate.Truth{truth(1, 1, 1, 0, 0, 10, 10), truth(2, 1, 2, 50, 0, 10, 10)}
	dets := []evaluate.Detection{det(1, 2, 0, 0, 10, 10, 0.9), det(1, 1, 50, 0, 10, 10, 0.8)}
	near(t, "AP", mustEvaluate(t, truths, dets, evaluate.Params{}).Stats()[evaluate.AP], 0)
	r := mustEvaluate(t, truths, dets, evaluate.Params{ClassAgnostic: true})
	near(t, "AP of classes taken for one", r.Stats()[evaluate.AP], 1)
	near(t, "AR1", r.Stats()[evaluate.AR1], 0.5) // the limit holds for the image
	if _, _, k, _, _ := r.Params.Dims(); k != 1 || !math.IsNaN(r.ClassAP(1).AP) {
		t.Errorf("K = %d, AP of class 1 %v; want 1, NaN", k, r.ClassAP(1).AP)
	}
}
