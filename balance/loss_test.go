package balance_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"cocostat/balance"
)

// The file holds losses and gradients computed by torch; testdata/make_losses.py
// made it.
func TestLossesOfTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/losses.json")
	if err != nil {
		t.Fatal(err)
	}
	type l1 struct {
		Pred, Target, Mask, Grad []float64
		Loss                     float64
	}
	type heatmap struct {
		Name                           string
		Shape                          balance.Shape
		Gamma, Alpha, Background, Loss float64
		Weighting                      balance.Weighting
		Tail                           []bool
		Logits, Heatmap, Weights, Grad []float64
	}
	type boxes struct {
		Kind         balance.BoxLoss
		Pred, Target []float64
		Loss         float64
		Grad         []float64
	}
	type centre struct {
		Distances, Logits []float64
		Loss              float64
		Grad              []float64
	}
	var file struct {
		Heatmap, Balanced []heatmap
		L1                []l1
		Boxes             []boxes
		Centre            []centre
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Heatmap) == 0 || len(file.Balanced) == 0 || len(file.L1) == 0 || len(file.Boxes) == 0 || len(file.Centre) == 0 {
		t.Fatal("no cases in the file")
	}
	for _, c := range slices.Concat(file.Heatmap, file.Balanced) {
		l := balance.HeatmapLoss{Weighting: c.Weighting}
		if c.Weighting == balance.Equalised {
			l = balance.NewEqualised(c.Tail, c.Background)
		}
		l.Gamma, l.Alpha = c.Gamma, c.Alpha
		loss, grad := l.Compute(c.Logits, c.Heatmap, c.Weights, c.Shape)
		near(t, c.Name, loss, c.Loss, 1e-12*(1+c.Loss))
		nearAll(t, c.Name+": gradient", grad, c.Grad, 1e-12)
	}
	for _, c := range file.L1 {
		loss, grad := balance.MaskedL1(c.Pred, c.Target, c.Mask)
		near(t, "L1", loss, c.Loss, 1e-12*(1+c.Loss))
		nearAll(t, "gradient of L1", grad, c.Grad, 1e-12)
	}
	for _, c := range file.Boxes {
		loss, grad := c.Kind.Compute(c.Pred, c.Target)
		near(t, string(c.Kind), loss, c.Loss, 1e-12*(1+c.Loss))
		nearAll(t, "gradient of "+string(c.Kind), grad, c.Grad, 1e-12)
	}
	for _, c := range file.Centre {
		var targets []float64
		for d := range slices.Chunk(c.Distances, 4) {
			targets = append(targets, balance.Centreness(d[0], d[1], d[2], d[3]))
		}
		loss, grad := balance.CentreLoss(c.Logits, targets)
		near(t, "centre-ness", loss, c.Loss, 1e-12*(1+c.Loss))
		nearAll(t, "gradient of centre-ness", grad, c.Grad, 1e-12)
	}
}

// focal is CenterNet's loss.
var focal = balance.HeatmapLoss{Gamma: balance.Gamma}

// One image, one class, three cells with p = 1/2, by hand: the centre gives
// (1/2)² ln 2, a background cell the same, and a cell of g = 1/2 a sixteenth.
func TestFocalByHand(t *testing.T) {
	logits, heatmap := []float64{0, 0, 0}, []float64{1, 0, 0.5}
	loss, grad := focal.Compute(logits, heatmap, []float64{3}, balance.Shape{1, 1, 1, 3})
	near(t, "loss", loss, 3*math.Ln2/4*(1+1+1.0/16), 1e-15)
	// d/dx = w (2·½·¼·ln ½ − ⅛) at the centre, opposite elsewhere.
	slope := 3 * (0.25*math.Ln2 + 0.125)
	nearAll(t, "gradient", grad, []float64{-slope, slope, slope / 16}, 1e-15)

	// Two centres halve it, none leaves it undivided.
	loss, _ = focal.Compute([]float64{0, 0}, []float64{1, 1}, nil, balance.Shape{1, 1, 1, 2})
	near(t, "two centres", loss, math.Ln2/4, 1e-15)
	loss, _ = focal.Compute([]float64{0, 0}, []float64{0, 0}, nil, balance.Shape{1, 1, 1, 2})
	near(t, "no centre", loss, math.Ln2/2, 1e-15)
}

// With γ = 0 and a target of zeros and ones the loss is the cross entropy
// −w log p_t, here computed from log(1+e^x).
func TestFocalOfGammaZeroIsCrossEntropy(t *testing.T) {
	logits, heatmap, weights, shape := random(3)
	var want float64
	centres := 0.0
	for i := range heatmap {
		heatmap[i] = math.Floor(heatmap[i])
		x := logits[i]
		if heatmap[i] == 1 {
			x, centres = -x, centres+1
		}
		want += weights[i/6] * math.Log1p(math.Exp(x))
	}
	loss, _ := balance.HeatmapLoss{Gamma: 0}.Compute(logits, heatmap, weights, shape)
	near(t, "loss", loss, want/centres, 1e-12)
}

// η = 1 and α = 1, or λ = 0, give the plain focal loss whatever the image holds.
func TestNeutralWeightsGivePlainFocal(t *testing.T) {
	logits, heatmap, _, shape := random(3)
	objects := []int32{0, 4, 1}
	plain, plainGrad := focal.Compute(logits, heatmap, nil, shape)
	for _, c := range []struct {
		alpha       []float64
		eta, lambda float64
	}{
		{[]float64{1, 1, 1}, 1, 1},
		{[]float64{50, 0.04, math.NaN()}, 0.8, 0},
	} {
		hat := balance.AlphaHat(c.alpha, c.lambda, 1)
		one := balance.Weights(hat, objects, balance.EtaBase, c.eta, c.lambda)
		loss, grad := focal.Compute(logits, heatmap, append(one, one...), shape)
		near(t, "loss", loss, plain, 0)
		nearAll(t, "gradient", grad, plainGrad, 0)
	}
}

func TestHeatmapGradientByDifferences(t *testing.T) {
	tail := []bool{true, false, true}
	for _, gamma := range []float64{0, 0.5, 1, 2, 5} {
		equalised := balance.NewEqualised(tail, 0.5)
		equalised.Gamma = gamma
		balanced := equalised
		balanced.Alpha = 0.25
		for _, l := range []balance.HeatmapLoss{
			{Gamma: gamma}, {Gamma: gamma, Weighting: balance.LocationWise}, equalised,
			{Gamma: gamma, Alpha: 0.25}, {Gamma: gamma, Alpha: 0.25, Weighting: balance.LocationWise}, balanced,
		} {
			logits, heatmap, weights, shape := random(3)
			f := func() float64 {
				loss, _ := l.Compute(logits, heatmap, weights, shape)
				return loss
			}
			_, grad := l.Compute(logits, heatmap, weights, shape)
			nearAll(t, string(l.Weighting)+" gradient", grad, differences(f, logits), 1e-8)
		}
	}
}

// Two classes at four locations with p = 1/2 and γ = 0, so that every term with
// g = 0 is ln 2, by hand: background, an object of class 0, one of class 1, and
// a tie, which class 0 wins. Values of 1/2 count a sixteenth.
func TestWeightingsByHand(t *testing.T) {
	logits := make([]float64, 8)
	heatmap := []float64{
		0, 0.5, 0, 0.5,
		0, 0, 0.5, 0.5,
	}
	weights, shape := []float64{2, 3}, balance.Shape{1, 2, 1, 4}
	const full, part = 1, 1.0 / 16
	for _, c := range []struct {
		loss balance.HeatmapLoss
		want float64
	}{
		{balance.HeatmapLoss{}, 2*(full+part+full+part) + 3*(full+full+part+part)},
		{balance.HeatmapLoss{Weighting: balance.LocationWise}, 1*(full+full) + 2*(part+full) + 3*(full+part) + 2*(part+part)},
		// Class 1 is the tail: nothing at the object of class 0, half of the background.
		{balance.HeatmapLoss{Weighting: balance.Equalised, Foreground: []float64{1, 0}, Background: []float64{1, 0.5}},
			2*(full+part+full+part) + 3*(0.5*full+0+part+part)},
	} {
		loss, _ := c.loss.Compute(logits, heatmap, weights, shape)
		near(t, string(c.loss.Weighting), loss, c.want*math.Ln2, 1e-14)
	}
}

func TestNewEqualised(t *testing.T) {
	l := balance.NewEqualised([]bool{true, false}, 0.5)
	nearAll(t, "foreground", l.Foreground, []float64{0, 1}, 0) // 1 − T_j
	nearAll(t, "background", l.Background, []float64{0.5, 1}, 0)
	if l.Gamma != 2 || l.Weighting != balance.Equalised {
		t.Errorf("γ %v, weighting %q", l.Gamma, l.Weighting)
	}
	// Without a tail it is the focal loss.
	logits, heatmap, weights, shape := random(3)
	plain, plainGrad := focal.Compute(logits, heatmap, weights, shape)
	loss, grad := balance.NewEqualised(make([]bool, 3), 0.5).Compute(logits, heatmap, weights, shape)
	near(t, "no tail", loss, plain, 0)
	nearAll(t, "gradient without a tail", grad, plainGrad, 0)
}

// A NaN is not hidden by the clamp.
func TestHeatmapOfNaN(t *testing.T) {
	for _, g := range []float64{0, 0.5, 1} {
		loss, grad := focal.Compute([]float64{math.NaN(), 0}, []float64{g, 0}, nil, balance.Shape{1, 1, 1, 2})
		if !math.IsNaN(loss) || !math.IsNaN(grad[0]) || math.IsNaN(grad[1]) {
			t.Errorf("heatmap %v: loss %v, gradient %v", g, loss, grad)
		}
	}
}

func TestHeatmapLossValidate(t *testing.T) {
	for want, l := range map[string]balance.HeatmapLoss{
		"":                             balance.NewEqualised(make([]bool, 3), 1),
		"gamma -1":                     {Gamma: -1},
		"gamma NaN":                    {Gamma: math.NaN()},
		"alpha 1 is not in (0, 1)":     {Alpha: 1},
		"alpha -0.5":                   {Alpha: -0.5},
		"alpha NaN":                    {Alpha: math.NaN()},
		`unknown weighting "box-wise"`: {Weighting: "box-wise"},
		"2 foreground and 2 background weights for 3 classes": balance.NewEqualised(make([]bool, 2), 1),
		"a class-wise loss has 0":                             {Weighting: balance.ClassWise, Foreground: make([]float64, 3)},
	} {
		err := l.Validate(3)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestMaskedL1GradientByDifferences(t *testing.T) {
	pred, target := []float64{1, -2, 3, 0.5}, []float64{0.5, -1, 9, 9}
	mask := []float64{1, 1, 1, 0}
	f := func() float64 {
		loss, _ := balance.MaskedL1(pred, target, mask)
		return loss
	}
	_, grad := balance.MaskedL1(pred, target, mask)
	nearAll(t, "gradient", grad, differences(f, pred), 1e-8)
	near(t, "loss", f(), 7.5/3.0001, 1e-15) // |½| + |−1| + |−6| over 3 + 1e-4
}

// Confident predictions keep the loss finite: p is clamped to 1e-4, the slope
// is 0 there, and a right prediction costs next to nothing.
func TestFocalExtremes(t *testing.T) {
	for _, x := range []float64{20, 750, math.Inf(1)} {
		loss, grad := focal.Compute([]float64{-x, x}, []float64{1, 0}, nil, balance.Shape{1, 1, 1, 2})
		near(t, "wrong", loss, 2*(1-1e-4)*(1-1e-4)*-math.Log(1e-4), 1e-9)
		nearAll(t, "gradient", grad, []float64{0, 0}, 0)
		loss, grad = focal.Compute([]float64{x, -x}, []float64{1, 0}, nil, balance.Shape{1, 1, 1, 2})
		near(t, "right", loss, 2e-8*-math.Log(1-1e-4), 1e-15)
		nearAll(t, "gradient", grad, []float64{0, 0}, 0)
	}
}

func TestLossesRefuseOtherLengths(t *testing.T) {
	for what, call := range map[string]func(){
		"heatmap": func() { focal.Compute(make([]float64, 4), make([]float64, 3), nil, balance.Shape{1, 1, 2, 2}) },
		"weights": func() {
			focal.Compute(make([]float64, 4), make([]float64, 4), make([]float64, 2), balance.Shape{1, 1, 2, 2})
		},
		"weighting": func() {
			balance.HeatmapLoss{Weighting: "box-wise"}.Compute(make([]float64, 4), make([]float64, 4), nil, balance.Shape{1, 1, 2, 2})
		},
		"mask":                 func() { balance.MaskedL1(make([]float64, 2), make([]float64, 2), make([]float64, 1)) },
		"box of three sides":   func() { balance.IoU.Compute(make([]float64, 3), make([]float64, 3)) },
		"boxes without target": func() { balance.IoU.Compute(make([]float64, 8), make([]float64, 4)) },
		"box loss":             func() { balance.BoxLoss("diou").Compute(nil, nil) },
		"centre-ness":          func() { balance.CentreLoss(make([]float64, 2), make([]float64, 1)) },
		"objects":              func() { balance.Weights(make([]float64, 2), make([]int32, 1), balance.EtaBase, 1, 1) },
		"eta hat":              func() { balance.EtaPower("hat", 1, 1, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			call()
		}()
	}
}

// random returns a batch of shape 2×3×2×3 with every kind of target value,
// logits in [−scale, scale].
func random(scale float64) (logits, heatmap, weights []float64, shape balance.Shape) {
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 36 {
		logits = append(logits, (rng.Float64()*2-1)*scale)
		heatmap = append(heatmap, []float64{1, 0, rng.Float64()}[i%3])
	}
	for range 6 {
		weights = append(weights, rng.Float64()*4)
	}
	return logits, heatmap, weights, balance.Shape{2, 3, 2, 3}
}

// differences returns the central differences of f in every x.
func differences(f func() float64, x []float64) []float64 {
	const h = 1e-5
	d := make([]float64, len(x))
	for i, at := range x {
		x[i] = at + h
		up := f()
		x[i] = at - h
		d[i] = (up - f()) / (2 * h)
		x[i] = at
	}
	return d
}
