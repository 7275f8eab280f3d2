package charts

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"
)

// someCurves has a gap in the precision, two groups and three classes.
func someCurves() *Curves {
	nan := math.NaN()
	return &Curves{
		Title: "a.json <on> gt.json", Recall: []float64{0, 0.5, 1},
		Precision: []Line{{"IoU 0.50", []float64{1, 0.8, 0.1}}, {"IoU 0.75", []float64{1, 0.5, 0}}},
		Groups:    []Line{{"head", []float64{1, 0.7, 0.1}}, {"tail", []float64{0.9, 0.3, 0}}},
		IoU:       0.5, Scores: []float64{1, 0.75, 0.5, 0.25, 0}, Best: 0.5,
		ByScore: ScoreCurve{[]float64{nan, 0.9, 0.8, 0.6, 0.4}, []float64{0, 0.2, 0.6, 0.7, 0.8}, []float64{0, 0.3, 0.7, 0.6, 0.5}},
		GroupF1: []Line{{"head", []float64{0, 0.4, 0.8, 0.7, 0.6}}, {"tail", []float64{0, 0.1, 0.2, 0.3, 0.2}}},
		Classes: []ClassScore{{"cat", 500, 0.6, false}, {"dog", 40, 0.5, false}, {"owl", 3, 0.2, true}},
	}
}

func curvesSVG(t *testing.T, d *Curves) string {
	t.Helper()
	var b strings.Builder
	if err := WriteCurves(&b, "svg", d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The picture names what it shows, has a disc for each class, and no NaN.
func TestCurves(t *testing.T) {
	text := curvesSVG(t, someCurves())
	for _, words := range []string{"a.json &lt;on&gt; gt.json", ">IoU 0.75<", ">head<", ">tail<", ">best F1 at 0.50<", ">F1, tail<", ">objects of the class<"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q is missing", words)
		}
	}
	if strings.Contains(text, "NaN") {
		t.Error("a NaN in the picture")
	}
	d := someCurves()
	d.Classes = d.Classes[:2]
	discs := func(text string) int { return strings.Count(text, `fill="#2f6299" d="M`) }
	if with, without := strings.Count(text, `fill="#f0a63c" d="M`), strings.Count(curvesSVG(t, d), `fill="#f0a63c" d="M`); with != without+2 || discs(text) == 0 {
		t.Errorf("%d marks of the tail with its class (disc and legend), %d without", with, without)
	}
}

// Without detections, groups or classes the panels say so.
func TestCurvesOfNothing(t *testing.T) {
	text := curvesSVG(t, &Curves{Recall: []float64{0, 1}, Best: math.NaN()})
	for _, words := range []string{"no groups of classes", "no detections", "no classes with objects"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q is missing", words)
		}
	}
}

func TestCurvesPNG(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCurves(&b, "png", someCurves()); err != nil {
		t.Fatal(err)
	}
	im, err := png.Decode(&b)
	if err != nil || im.Bounds().Dx() != 2*curvesWidth || im.Bounds().Dy() != 2*curvesHeight {
		t.Errorf("%v, %v", im.Bounds(), err)
	}
}

// Each row has its name and a disc, dark where the interval excludes 0.
func TestDifferences(t *testing.T) {
	d := &Differences{Title: "A and B", Recall: []float64{0, 0.5, 1},
		A: []Line{{"IoU 0.50", []float64{1, 0.8, 0.1}}}, B: []Line{{"IoU 0.50", []float64{1, 0.9, 0.2}}},
		Rows: []Difference{{"all classes", 0.02, 0.01, 0.03, true}, {"cat", -0.05, -0.2, 0.1, false}, {"dog", 0.1, math.NaN(), math.NaN(), false}}}
	var b strings.Builder
	if err := WriteDifferences(&b, "svg", d); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{">all classes<", ">cat<", ">dog<", ">A, IoU 0.50<", ">B, IoU 0.50<", ">-0.2<", ">0.2<"} {
		if !strings.Contains(b.String(), words) {
			t.Errorf("%q is missing", words)
		}
	}
	// Two marks with 0 inside and their legend; one without and its legend.
	if with, without := strings.Count(b.String(), `fill="#b4bac2" d="M`), strings.Count(b.String(), `fill="#2f6299" d="M`); with != 3 || without != 2 {
		t.Errorf("%d marks with 0 and %d without", with, without)
	}
	if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), ">-0<") {
		t.Error("a NaN or −0 in the picture")
	}
}
