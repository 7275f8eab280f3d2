package weights_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
	"cocostat/weights"
)

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestInverseFrequency(t *testing.T) {
	// By hand: n = 12 in 3 classes with instances.
	got := weights.InverseFrequency([]int64{8, 0, 3, 1})
	for y, want := range []float64{0.5, math.NaN(), 4.0 / 3, 4} {
		if math.IsNaN(want) != math.IsNaN(got[y]) {
			t.Errorf("alpha of class %d is %v, want %v", y, got[y], want)
		}
		if !math.IsNaN(want) {
			near(t, "alpha", got[y], want, 1e-15)
		}
	}
	for _, a := range weights.InverseFrequency([]int64{5, 5, 5}) {
		near(t, "alpha of equal classes", a, 1, 1e-15)
	}
}

// Expected values from Python's decimal with 80 digits, for the β that the
// float64 is.
func TestEffectiveNumber(t *testing.T) {
	for _, c := range []struct {
		n          int64
		beta, want float64
	}{
		{1, 0.9999, 1},
		{100, 0.9999, 0.010049583329027613},
		{262465, 0.9999, 0.00010000000000038776},
		{198, 0.999, 0.005564476845186097},
		{1_000_000_000, 0.999999999999, 1.000500072268285e-09},
		{1000, 0.999999999999, 0.001000000000499489},
		{5, 0.5, 0.5161290322580645},
		{7, 0.001, 0.999},
	} {
		got := weights.EffectiveNumber([]int64{c.n, 0}, c.beta)
		near(t, "weight", got[0], c.want, 1e-14)
		if !math.IsNaN(got[1]) {
			t.Errorf("weight of a class without instances is %v, want NaN", got[1])
		}
	}
}

// The effective number against arithmetic with 400 bits, for n up to 10⁹ and β
// up to 1−10⁻¹².
func TestEffectiveNumberAgainstBigFloats(t *testing.T) {
	big400 := func(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		n := int64(math.Pow(10, 9*rng.Float64()))
		beta := 1 - math.Pow(10, -12*rng.Float64())
		if beta <= 0 {
			continue
		}
		power, square := big400(1), big400(beta) // β^n by squaring
		for k := n; k > 0; k /= 2 {
			if k%2 == 1 {
				power.Mul(power, square)
			}
			square.Mul(square, square)
		}
		one := big400(1)
		want, _ := new(big.Float).Quo(new(big.Float).Sub(one, big400(beta)), new(big.Float).Sub(one, power)).Float64()
		near(t, fmt.Sprintf("weight of %d instances, β = %v", n, beta), weights.EffectiveNumber([]int64{n}, beta)[0], want, 5e-16)
	}
}

// shared returns the classes of a file of counts in ../shared/data.
func shared(t *testing.T, file string) (c *annotations.Counts) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../shared/data", file))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the counts are not here: ../shared/data/" + file + " is missing")
	}
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Annotated int64 `json:"images_with_annotations"`
		Classes   []struct {
			ID                int64 `json:"category_id"`
			Name, Frequency   string
			Instances, Images int64
		}
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	c = &annotations.Counts{AnnotatedImages: f.Annotated, Crowds: true}
	for _, class := range f.Classes {
		c.Categories = append(c.Categories, annotations.Category{ID: class.ID, Name: class.Name, Frequency: class.Frequency})
		c.Instances = append(c.Instances, class.Instances)
		c.Images = append(c.Images, class.Images)
		c.TotalInstances += class.Instances
	}
	return c
}

const (
	coco   = "coco_train2017/class_counts.json"
	cocoLT = "coco_lt/class_counts.json"
	lvis05 = "lvis/lvis_v0.5_train_counts.json"
)

// α of real counts. The expected values are from the formulas in mpmath with 50
// digits, but person 0.04096 = 860001/(80·262465) and hair drier 54.29 can be
// done by hand; those of "effective" are, in the 12 digits that float64 leaves it,
// the ones of the class-balanced loss's own code (richardaecn/class-balanced-loss,
// src/cifar_main.py: effective numbers by np.power, then a sum of C), run on the
// same counts.
func TestAlphaOfRealCounts(t *testing.T) {
	type values map[string]float64
	for _, c := range []struct {
		file  string
		alpha weights.Alpha
		want  values
	}{
		{coco, weights.Alpha{Method: "inverse"}, values{"person": 0.040957889623378355, "surfboard": 1.7548175808031342, "hair drier": 54.292992424242424}},
		{coco, weights.Alpha{Method: "inverse", Normalisation: "sum"}, values{"person": 0.011867762348891694, "surfboard": 0.50846755548512218, "hair drier": 15.731678004554841}},
		{coco, weights.Alpha{Method: "effective", Beta: 0.999}, values{"person": 0.87872753977101721, "surfboard": 0.88064613033177708, "hair drier": 4.889659048283166}},
		{coco, weights.Alpha{Method: "effective", Beta: 0.9999}, values{"person": 0.26487215830789052, "surfboard": 0.57822677094244077, "hair drier": 13.509585989646882}},
		{coco, weights.Alpha{Method: "power", Exponent: 0.5}, values{"person": 0.24385676935401039, "surfboard": 1.5961805653422657, "hair drier": 8.8784656699247352}},
		{coco, weights.Alpha{Method: "power", Exponent: 0.5, Normalisation: "none"}, values{"person": 0.20238055643608245, "surfboard": 1.3246952784709147, "hair drier": 7.3683778692628423}},
		{coco, weights.Alpha{Method: "log", Offset: 1.02}, values{"person": 0.15607691782428104, "surfboard": 1.6420543695758363, "hair drier": 2.1941204453986408}},
		{coco, weights.Alpha{Method: "log", Offset: 1.02, Normalisation: "none"}, values{"person": 3.5516789341019471, "surfboard": 37.366511296939854, "hair drier": 49.929300715550128}},
		{coco, weights.Alpha{Method: "uniform"}, values{"person": 1, "hair drier": 1}},
		{coco, weights.Alpha{Method: "inverse", Clip: &[2]float64{0.1, 10}}, values{"person": 0.1, "surfboard": 1.7548175808031342, "hair drier": 10}},
		{cocoLT, weights.Alpha{Method: "inverse"}, values{"person": 0.031741994170651325, "spoon": 8.1279634146341463, "fire hydrant": 757.37840909090909}},
		{cocoLT, weights.Alpha{Method: "effective", Beta: 0.9999}, values{"person": 0.010248184423221154, "spoon": 0.10518890569526068, "fire hydrant": 9.3211904911478834}},
		{cocoLT, weights.Alpha{Method: "inverse", Base: "images"}, values{"person": 0.045557981751540201, "spoon": 3.2856580427446569, "fire hydrant": 265.54090909090909}},
		{cocoLT, weights.Alpha{Method: "effective", Beta: 0.9999, Base: "images"}, values{"person": 0.0099731889559941894, "spoon": 0.11704670596813461, "fire hydrant": 9.0561745996771668}},
		{cocoLT, weights.Alpha{Method: "power", Exponent: 0.25, Base: "images"}, values{"person": 0.63540940804884242, "spoon": 1.8516892796599513, "fire hydrant": 5.5519478895106282}},
		{cocoLT, weights.Alpha{Method: "log", Offset: 1.02, Base: "images"}, values{"person": 0.23460768186988785, "spoon": 2.5731840122964909, "fire hydrant": 3.0498329712170751}},
	} {
		opt := weights.DefaultOptions()
		opt.Alpha = c.alpha
		table, err := weights.Build(shared(t, c.file), opt)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, r := range table.Rows {
			if want, ok := c.want[r.Name]; ok {
				seen++
				near(t, fmt.Sprintf("%s: %+v: %s", c.file, c.alpha, r.Name), r.Alpha, want, 1e-14)
			}
		}
		if seen != len(c.want) {
			t.Errorf("%s: %d of the classes %v found", c.file, seen, c.want)
		}
	}
}

// The equalization loss paper gives λ = 1.76e-3 for LVIS v0.5, which makes 912
// of the 1230 classes its tail, with 8.94 % of the (image, class) pairs.
func TestTailOfLVIS(t *testing.T) {
	opt := weights.DefaultOptions()
	opt.TailTarget = 0.0894
	table, err := weights.Build(shared(t, lvis05), opt)
	if err != nil {
		t.Fatal(err)
	}
	tail := 0
	for _, r := range table.Rows {
		if r.Group == "tail" {
			tail++
		}
	}
	if tail != 912 || len(table.Rows) != 1230 {
		t.Errorf("%d of %d classes in the tail, want 912 of 1230", tail, len(table.Rows))
	}
	near(t, "λ", table.Meta.TailRatio.Lambda, 0.00176, 0.005)
	near(t, "tail ratio", table.Meta.TailRatio.Reached, 0.0894, 0.0005)
}
