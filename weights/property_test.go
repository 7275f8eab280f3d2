package weights_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/balance"
	"cocostat/dataset"
	"cocostat/weights"
)

// schemes are settings of every kind that mean something.
func schemes() []weights.Alpha {
	var all []weights.Alpha
	for _, method := range []weights.Alpha{
		{Method: "inverse"}, {Method: "effective", Beta: 0.9}, {Method: "effective", Beta: 0.9999}, {Method: "power", Exponent: 0.5},
		{Method: "power", Exponent: 2}, {Method: "log", Offset: 1.02}, {Method: "log", Offset: 1.5},
	} {
		for _, normalisation := range append([]string{""}, weights.Normalisations...) {
			for _, base := range weights.Bases {
				for _, clip := range []*[2]float64{nil, {0.1, 3}} {
					a := method
					a.Normalisation, a.Base, a.Clip = normalisation, base, clip
					all = append(all, a)
				}
			}
		}
	}
	return append(all, weights.Alpha{Method: "uniform"})
}

// random returns counts of a few classes, some of them without instances.
func random(rng *rand.Rand) *annotations.Counts {
	n := 2 + rng.IntN(8)
	c := &annotations.Counts{AnnotatedImages: 5000, Crowds: true}
	for y := range n {
		images := int64(0)
		if y == 0 || rng.IntN(5) > 0 {
			images = 1 + rng.Int64N(1000)
		}
		instances := images
		if images > 0 {
			instances += rng.Int64N(20000)
		}
		c.Categories = append(c.Categories, annotations.Category{ID: int64(y), Name: fmt.Sprint(y)})
		c.Images, c.Instances = append(c.Images, images), append(c.Instances, instances)
		c.TotalInstances += instances
	}
	return c
}

func alphas(t *testing.T, c *annotations.Counts, a weights.Alpha) []float64 {
	t.Helper()
	opt := weights.DefaultOptions()
	opt.Alpha = a
	table, err := weights.Build(c, opt)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return table.Alphas()
}

// What holds of every scheme on any counts: no weight without instances, rarer
// classes never weigh less, the order of the classes changes no bit, and the
// normalisation and the clipping keep their word.
func TestSchemes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		c := random(rng)
		order := rng.Perm(len(c.Instances))
		shuffled := &annotations.Counts{AnnotatedImages: c.AnnotatedImages, TotalInstances: c.TotalInstances, Crowds: true, Categories: c.Categories}
		for _, y := range order {
			shuffled.Instances, shuffled.Images = append(shuffled.Instances, c.Instances[y]), append(shuffled.Images, c.Images[y])
		}
		for _, a := range schemes() {
			alpha := alphas(t, c, a)
			counts := c.Instances
			if a.Base == "images" {
				counts = c.Images
			}
			for k, v := range alphas(t, shuffled, a) {
				if want := alpha[order[k]]; v != want && !(math.IsNaN(v) && math.IsNaN(want)) {
					t.Fatalf("%+v: class of %d instances weighs %v, and %v in another order", a, counts[order[k]], want, v)
				}
			}
			checkAlphas(t, a, alpha, counts, c.Instances)
		}
	}
}

func checkAlphas(t *testing.T, a weights.Alpha, alpha []float64, counts, instances []int64) {
	t.Helper()
	var sum, classes, weighted, total float64
	for y, v := range alpha {
		if math.IsNaN(v) != (instances[y] == 0) {
			t.Fatalf("%+v: alpha of %d instances is %v", a, instances[y], v)
		}
		if math.IsNaN(v) {
			continue
		}
		sum, classes = sum+v, classes+1
		weighted, total = weighted+v*float64(instances[y]), total+float64(instances[y])
		if a.Clip != nil && !(v >= a.Clip[0] && v <= a.Clip[1]) {
			t.Fatalf("%+v: alpha %v", a, v)
		}
		for z, w := range alpha {
			if counts[z] > counts[y] && w > v {
				t.Fatalf("%+v: alpha %v for a count of %d, %v for %d", a, w, counts[z], v, counts[y])
			}
		}
	}
	if a.Clip != nil {
		return
	}
	switch a.Complete().Normalisation {
	case "sum", "mean":
		near(t, fmt.Sprintf("%+v: sum", a), sum, classes, 1e-13)
	case "instances":
		near(t, fmt.Sprintf("%+v: mean over the instances", a), weighted/total, 1, 1e-13)
	}
}

// Twice the counts: the shares stay, and with them every weight that is made of
// shares.
func TestDoubledCounts(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		c := random(rng)
		doubled := *c
		doubled.Instances, doubled.Images = slices.Clone(c.Instances), slices.Clone(c.Images)
		for y := range c.Instances {
			doubled.Instances[y] *= 2
			doubled.Images[y] *= 2
		}
		doubled.TotalInstances *= 2
		for _, a := range schemes() {
			if a.Method == "effective" {
				continue // a saturating function of the counts themselves
			}
			once, twice := alphas(t, c, a), alphas(t, &doubled, a)
			for y := range once {
				if once[y] != twice[y] && c.Instances[y] > 0 {
					t.Fatalf("%+v: alpha %v, of twice the counts %v", a, once[y], twice[y])
				}
			}
		}
	}
}

// The families meet where their formulas do.
func TestSchemesMeet(t *testing.T) {
	c := random(rand.New(rand.NewPCG(9, 10)))
	inverse := alphas(t, c, weights.Alpha{Method: "inverse"})
	for name, other := range map[string][]float64{
		"exponent 1": alphas(t, c, weights.Alpha{Method: "power", Exponent: 1}),
		"instances":  alphas(t, c, weights.Alpha{Method: "inverse", Normalisation: "instances"}),
	} {
		for y, a := range other {
			if c.Instances[y] > 0 {
				near(t, name, a, inverse[y], 1e-14)
			}
		}
	}
	for name, a := range map[string]weights.Alpha{
		"exponent 1e-9": {Method: "power", Exponent: 1e-9},
		"β 1e-9":        {Method: "effective", Beta: 1e-9},
		"offset 1e9":    {Method: "log", Offset: 1e9},
	} {
		for y, v := range alphas(t, c, a) {
			if c.Instances[y] > 0 {
				near(t, name, v, 1, 1e-7)
			}
		}
	}
	// eq. (4): β → 1 is the inverse frequency.
	limit, summed := alphas(t, c, weights.Alpha{Method: "effective", Beta: 1 - 1e-12}), alphas(t, c, weights.Alpha{Method: "inverse", Normalisation: "sum"})
	for y, v := range limit {
		if c.Instances[y] > 0 {
			near(t, "β → 1", v, summed[y], 1e-6)
		}
	}
}

// Intensity 0 gives 1, whatever the scheme and λ; at intensity 1 and λ = 1 the
// weights are α.
func TestIntensity(t *testing.T) {
	c := random(rand.New(rand.NewPCG(11, 12)))
	for _, a := range schemes() {
		alpha := alphas(t, c, a)
		for _, lambda := range []float64{0, 0.3, 1} {
			for _, v := range balance.AlphaHat(alpha, lambda, 0) {
				if v != 1 {
					t.Fatalf("%+v: α̂ %v at intensity 0", a, v)
				}
			}
		}
		for y, v := range balance.AlphaHat(alpha, 1, 1) {
			if c.Instances[y] > 0 {
				if math.Abs(v-alpha[y]) > 1e-15*max(1, alpha[y]) { // 1 + (α−1) rounds
					t.Fatalf("%+v: α̂ %v at full intensity, want %v", a, v, alpha[y])
				}
			} else if v != 1 {
				t.Fatalf("α̂ %v of a class without instances", v)
			}
		}
	}
}

// A dataset in one file, and in shards in either order: the same rows, the same
// η and the same repeat factors.
func TestShards(t *testing.T) {
	const categories = `"categories": [{"id": 4, "name": "a"}, {"id": 2, "name": "b"}, {"id": 9, "name": "unused"}]`
	first := [2]string{`{"id": 1, "file_name": "1.jpg"}, {"id": 5, "file_name": "5.jpg"}`,
		`{"id": 1, "image_id": 1, "category_id": 4, "bbox": [0, 0, 2, 2]}, {"id": 2, "image_id": 5, "category_id": 4, "bbox": [0, 0, 2, 2]},
		 {"id": 3, "image_id": 5, "category_id": 4, "bbox": [0, 0, 2, 2]}`}
	second := [2]string{`{"id": 3, "file_name": "3.jpg"}, {"id": 7, "file_name": "7.jpg"}`,
		`{"id": 4, "image_id": 3, "category_id": 2, "bbox": [0, 0, 2, 2]}, {"id": 5, "image_id": 3, "category_id": 4, "bbox": [0, 0, 2, 2]}`}
	dir := t.TempDir()
	file := func(name string, parts ...[2]string) string {
		var images, objects []string
		for _, p := range parts {
			images, objects = append(images, p[0]), append(objects, p[1])
		}
		path := filepath.Join(dir, name)
		text := fmt.Sprintf(`{"images": [%s], "annotations": [%s], %s}`, strings.Join(images, ","), strings.Join(objects, ","), categories)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	make := func(paths ...string) (*weights.Table, *weights.EtaTable, *weights.ImageTable) {
		c, err := dataset.Count(t.Context(), paths, annotations.Options{})
		if err != nil {
			t.Fatal(err)
		}
		opt := weights.DefaultOptions()
		opt.RepeatThreshold = 0.9
		table, err := weights.Build(c, opt)
		if err != nil {
			t.Fatal(err)
		}
		eta, err := weights.MakeEta(c, opt.Eta, "")
		if err != nil {
			t.Fatal(err)
		}
		images, err := weights.MakeImages(c, table)
		if err != nil {
			t.Fatal(err)
		}
		if err := eta.CheckWeights(table); err != nil {
			t.Error(err)
		}
		for i := range table.Rows { // NaN is not equal to itself
			if math.IsNaN(table.Rows[i].Alpha) {
				table.Rows[i].Alpha = -1
			}
		}
		return table, eta, images
	}
	a, b := file("a.json", first), file("b.json", second)
	whole, eta, images := make(file("whole.json", first, second))
	// By hand: "a" in 3 of 3 annotated images, "b" in 1 of them.
	want := []float64{1, math.Sqrt(0.9 * 3), 1, 1}
	for i, r := range images.Rows {
		near(t, fmt.Sprintf("repeat factor of image %d", r.ID), r.RepeatFactor, want[i], 1e-15)
	}
	near(t, "length of an epoch", images.EpochLength(false), 2+math.Sqrt(2.7), 1e-15)
	near(t, "length of an epoch with all images", images.EpochLength(true), 3+math.Sqrt(2.7), 1e-15)
	for _, order := range [][]string{{a, b}, {b, a}} {
		t2, e2, i2 := make(order...)
		if !reflect.DeepEqual(t2.Rows, whole.Rows) || !reflect.DeepEqual(e2.Rows, eta.Rows) || !reflect.DeepEqual(i2.Rows, images.Rows) {
			t.Errorf("shards %q give other weights than the whole", order)
		}
	}
}
