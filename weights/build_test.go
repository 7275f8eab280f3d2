package weights_test

import (
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/weights"
)

// sample is a dataset of four classes, one of them without instances, in four
// images, one of them without annotations.
func sample() *annotations.Counts {
	return &annotations.Counts{
		Sources: []annotations.Source{{Path: "train.json", Bytes: 1234, SHA256: strings.Repeat("ab", 32)}, {Path: "-", Bytes: 9}},
		Categories: []annotations.Category{
			{ID: 2, Name: "cat", Frequency: "f"}, {ID: 5, Name: "ünused"}, {ID: 7, Name: "dog"}, {ID: 90, Name: "owl"},
		},
		Instances: []int64{8, 0, 3, 1},
		Images:    []int64{3, 0, 2, 1},
		Crowd:     []int64{1, 0, 0, 0},
		ImageRows: []annotations.ImageCount{
			{ID: 10, FileName: "a.jpg", Objects: 6, Classes: 2},
			{ID: 11, FileName: "b.jpg", Objects: 5, Classes: 3},
			{ID: 12, FileName: "c.jpg", Objects: 1, Classes: 1},
			{ID: 1 << 40, FileName: "d.jpg"},
		},
		Pairs: []annotations.Pair{
			{Image: 0, Class: 0, Objects: 5}, {Image: 0, Class: 2, Objects: 1}, {Image: 1, Class: 0, Objects: 2},
			{Image: 1, Class: 2, Objects: 2}, {Image: 1, Class: 3, Objects: 1}, {Image: 2, Class: 0, Objects: 1},
		},
		AnnotatedImages: 3,
		TotalInstances:  12,
		Crowds:          true,
	}
}

func build(t *testing.T, change func(*weights.Options)) *weights.Table {
	t.Helper()
	opt := weights.DefaultOptions()
	if change != nil {
		change(&opt)
	}
	table, err := weights.Build(sample(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestBuild(t *testing.T) {
	table := build(t, func(o *weights.Options) { o.TailTarget, o.RepeatThreshold, o.Version = 0.2, 0.75, "v1.2.3" })
	// By hand. Six (image, class) pairs: owl's is 1/6 of them, with dog's 3/6.
	// r = sqrt(0.75/f): cat f = 1, dog 2/3, owl 1/3.
	want := []weights.Row{
		{0, 2, "cat", 8, 3, 1, 0.5, "head", "frequent", 1, nil},
		{1, 5, "ünused", 0, 0, 0, math.NaN(), "tail", "rare", 1, nil},
		{2, 7, "dog", 3, 2, 2.0 / 3, 4.0 / 3, "head", "rare", math.Sqrt(1.125), nil},
		{3, 90, "owl", 1, 1, 1.0 / 3, 4, "tail", "rare", 1.5, nil},
	}
	if len(table.Rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(table.Rows), len(want))
	}
	for i, w := range want {
		got := table.Rows[i]
		if math.IsNaN(w.Alpha) != math.IsNaN(got.Alpha) {
			t.Errorf("row %d: alpha %v, want %v", i, got.Alpha, w.Alpha)
		}
		if !math.IsNaN(w.Alpha) {
			near(t, "alpha", got.Alpha, w.Alpha, 1e-15)
		}
		near(t, "repeat factor", got.RepeatFactor, w.RepeatFactor, 1e-15)
		got.Alpha, got.RepeatFactor, w.Alpha, w.RepeatFactor = 0, 0, 0, 0
		if !reflect.DeepEqual(got, w) {
			t.Errorf("row %d: %+v, want %+v", i, got, w)
		}
	}
	m := table.Meta
	if m.Format != "weights/1" || m.Version != "v1.2.3" || m.Images != 4 || m.AnnotatedImages != 3 || m.Instances != 12 || !m.Crowds {
		t.Errorf("metadata %+v", m)
	}
	if m.Alpha != (weights.Alpha{Method: "inverse", Normalisation: "none", Base: "instances"}) || m.Eta != (weights.Eta{Value: 0.8, Reading: "base", Scope: "image"}) ||
		m.Schedule != (weights.Schedule{Name: "deferred-linear", DeferredEpochs: 5, Update: "epoch"}) || m.Intensity != 1 {
		t.Errorf("metadata %+v", m)
	}
	if m.TailRatio != (weights.TailRatio{Target: 0.2, Reached: 1.0 / 6, Lambda: 2.0 / 3, Centric: "image"}) {
		t.Errorf("tail ratio %+v", m.TailRatio)
	}
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	if m.Sources[0].Path != filepath.Join(folder, "train.json") || m.Sources[0].Bytes != 1234 || m.Sources[1].Path != "-" {
		t.Errorf("sources %+v", m.Sources)
	}
}

func TestBuildEffective(t *testing.T) {
	table := build(t, func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "effective", Beta: 0.5} })
	// By hand: 0.5/(1−0.5^n) is 128/255, 4/7 and 1; their sum becomes 3.
	raw := []float64{128.0 / 255, 4.0 / 7, 1}
	scale := 3 / (raw[0] + raw[1] + raw[2])
	alpha := slices.DeleteFunc(table.Alphas(), math.IsNaN)
	for i, a := range alpha {
		near(t, "alpha", a, raw[i]*scale, 1e-14)
	}
	if len(alpha) != 3 || table.Meta.Alpha != (weights.Alpha{Method: "effective", Beta: 0.5, Normalisation: "sum", Base: "instances"}) {
		t.Errorf("%d weights, %+v", len(alpha), table.Meta.Alpha)
	}
}

func TestBuildInstanceCentric(t *testing.T) {
	table := build(t, func(o *weights.Options) { o.TailTarget, o.Centric = 0.34, "instance" })
	// By hand: owl and dog have 4 of 12 instances.
	var tail []string
	for _, r := range table.Rows {
		if r.Group == "tail" {
			tail = append(tail, r.Name)
		}
	}
	if !slices.Equal(tail, []string{"ünused", "dog", "owl"}) || table.Meta.TailRatio.Reached != 1.0/3 {
		t.Errorf("tail %q, %+v", tail, table.Meta.TailRatio)
	}
}

// The instance-weighted mean of α is 1, whatever the counts, and counts of
// twice the size change nothing.
func TestInverseProperties(t *testing.T) {
	counts := []int64{1, 17, 0, 262465, 3}
	alpha := weights.InverseFrequency(counts)
	var sum, n float64
	doubled := make([]int64, len(counts))
	for y, count := range counts {
		doubled[y] = 2 * count
		if count > 0 {
			sum, n = sum+alpha[y]*float64(count), n+float64(count)
		}
	}
	near(t, "mean", sum/n, 1, 1e-14)
	for y, a := range weights.InverseFrequency(doubled) {
		if counts[y] > 0 {
			near(t, "alpha of doubled counts", a, alpha[y], 1e-15)
		}
	}
}

func TestBuildRefusesEmptyDataset(t *testing.T) {
	c := &annotations.Counts{Categories: []annotations.Category{{ID: 1}}, Instances: []int64{0}, Images: []int64{0}}
	_, err := weights.Build(c, weights.DefaultOptions())
	if !errors.Is(err, weights.ErrNoInstances) {
		t.Errorf("error %v, want ErrNoInstances", err)
	}
}

func TestOptionsRefuseNonsense(t *testing.T) {
	nan := math.NaN()
	for what, spoil := range map[string]func(*weights.Options){
		`"sqrt" is not inverse, effective, power, log or uniform`: func(o *weights.Options) { o.Alpha.Method = "sqrt" },
		"exponent 0 is not above 0":                               func(o *weights.Options) { o.Alpha.Method = "power" },
		"exponent -1 is not above 0":                              func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "power", Exponent: -1} },
		"exponent NaN is not above 0":                             func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "power", Exponent: nan} },
		"exponent +Inf is not above 0":                            func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "power", Exponent: math.Inf(1)} },
		"milder settings are needed": func(o *weights.Options) {
			o.Alpha = weights.Alpha{Method: "power", Exponent: 5000, Normalisation: "none"}
		},
		"offset 1 is not above 1":   func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "log", Offset: 1} },
		"offset NaN is not above 1": func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "log", Offset: nan} },
		"beta is a parameter of the alpha method effective, not of inverse": func(o *weights.Options) { o.Alpha.Beta = 0.9 },
		"exponent is a parameter of the alpha method power, not of inverse": func(o *weights.Options) { o.Alpha.Exponent = 0.9 },
		"offset is a parameter of the alpha method log, not of inverse":     func(o *weights.Options) { o.Alpha.Offset = 2 },
		`counting base "boxes" is not instances or images`:                  func(o *weights.Options) { o.Alpha.Base = "boxes" },
		"clip -1,2 is no interval":                                          func(o *weights.Options) { o.Alpha.Clip = &[2]float64{-1, 2} },
		"clip NaN,2 is no interval":                                         func(o *weights.Options) { o.Alpha.Clip = &[2]float64{nan, 2} },
		"clip 1,+Inf is no interval":                                        func(o *weights.Options) { o.Alpha.Clip = &[2]float64{1, math.Inf(1)} },
		"clip 2,1: the first must be below":                                 func(o *weights.Options) { o.Alpha.Clip = &[2]float64{2, 1} },
		"clip 1,1: the first must be below":                                 func(o *weights.Options) { o.Alpha.Clip = &[2]float64{1, 1} },
		"a normalisation changes nothing":                                   func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "uniform", Normalisation: "sum"} },
		"a counting base changes nothing":                                   func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "uniform", Base: "images"} },
		"there is nothing to clip":                                          func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "uniform", Clip: &[2]float64{0, 2}} },
		`eta scope "epoch" is not image or batch`:                           func(o *weights.Options) { o.Eta.Scope = "epoch" },
		"beta 1 is":           func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "effective", Beta: 1} },
		"beta 0 is":           func(o *weights.Options) { o.Alpha = weights.Alpha{Method: "effective"} },
		`normalisation "max"`: func(o *weights.Options) { o.Alpha.Normalisation = "max" },
		"eta -1":              func(o *weights.Options) { o.Eta.Value = -1 },
		`eta reading ""`:      func(o *weights.Options) { o.Eta.Reading = "" },
		"intensity 2":         func(o *weights.Options) { o.Intensity = 2 },
		`schedule "cosine" is not constant, deferred, linear or deferred-linear`: func(o *weights.Options) { o.Schedule.Name = "cosine" },
		"deferred epochs -3":    func(o *weights.Options) { o.Schedule.DeferredEpochs = -3 },
		`update period "day"`:   func(o *weights.Options) { o.Schedule.Update = "day" },
		"tail ratio NaN":        func(o *weights.Options) { o.TailTarget = nan },
		`centric "box"`:         func(o *weights.Options) { o.Centric = "box" },
		"repeat threshold -0.1": func(o *weights.Options) { o.RepeatThreshold = -0.1 },
	} {
		opt := weights.DefaultOptions()
		spoil(&opt)
		if _, err := weights.Build(sample(), opt); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one that says %q", err, what)
		}
	}
}

func TestCheckCategories(t *testing.T) {
	table := build(t, nil)
	if err := table.CheckCategories(sample().Categories); err != nil {
		t.Errorf("its own classes: %v", err)
	}
	others := []annotations.Category{{ID: 2, Name: "cat"}, {ID: 7, Name: "hound"}, {ID: 1, Name: "a"}, {ID: 3, Name: "b"}, {ID: 4, Name: "c"}, {ID: 6, Name: "d"}}
	err := table.CheckCategories(others)
	if err == nil {
		t.Fatal("other classes were accepted")
	}
	for _, part := range []string{
		`4 only in the dataset (1 "a", 3 "b", 4 "c", …)`,
		`2 only in the weights (5 "ünused", 90 "owl")`,
		`1 under another name (7 is "dog" in the weights and "hound" in the dataset)`,
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}
