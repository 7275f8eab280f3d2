package charts

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"
)

func someRuns() []TrainingRun {
	nan := math.NaN()
	return []TrainingRun{
		{Name: "a <b>", Epochs: []float64{1, 2, 3, 4}, Loss: []float64{90, 9, 4, 3}, Lambda: []float64{0, 0.3, 0.7, 1}, Rate: []float64{5e-4, 4e-4, 2e-4, 0},
			AP: []float64{nan, 0.1, nan, 0.2}, APTail: []float64{nan, 0.05, nan, 0.1}, APHead: []float64{nan, 0.2, nan, 0.4}},
		{Name: "running", Epochs: []float64{1}, Loss: []float64{50}, Lambda: []float64{0}, Rate: []float64{5e-4}, AP: []float64{nan}, APTail: []float64{nan}, APHead: []float64{nan}},
	}
}

func trainingSVG(t *testing.T, runs []TrainingRun) string {
	t.Helper()
	var b strings.Builder
	if err := WriteTraining(&b, "svg", runs); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The picture names its panels and runs, marks each number that was measured,
// and has no NaN.
func TestTraining(t *testing.T) {
	svg := trainingSVG(t, someRuns())
	for _, words := range []string{">a &lt;b&gt;<", ">running<", ">Loss, mean of the epoch<", ">AP of the tail<", ">Learning rate<", ">0.0005<", ">0.4<"} {
		if !strings.Contains(svg, words) {
			t.Errorf("%q is missing", words)
		}
	}
	if strings.Contains(svg, "NaN") {
		t.Error("a NaN in the picture")
	}
	// 3 × 4 epochs and 3 × 2 evaluations; 3 × 1 of the other run.
	if first, second := strings.Count(svg, `fill="#2f6299" d="M`), strings.Count(svg, `fill="#f0a63c" d="M`); first != 18 || second != 3 {
		t.Errorf("%d and %d points, want 18 and 3", first, second)
	}
	if n := strings.Count(trainingSVG(t, someRuns()[1:]), "not measured"); n != 3 {
		t.Errorf("%d panels without measurements, want 3", n)
	}
}

func TestRealTicks(t *testing.T) {
	for high, want := range map[float64]string{0.0005: "0 0.0001 0.0002 0.0003 0.0004 0.0005", 0.42: "0 0.1 0.2 0.3 0.4", 1: "0 0.2 0.4 0.6 0.8 1", 37: "0 10 20 30"} {
		var got []string
		for _, tick := range realTicks(high) {
			got = append(got, tick.Label)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("up to %g: %v, want %s", high, got, want)
		}
	}
}

func TestTrainingPNG(t *testing.T) {
	var b bytes.Buffer
	if err := WriteTraining(&b, "png", someRuns()); err != nil {
		t.Fatal(err)
	}
	if im, err := png.Decode(&b); err != nil || im.Bounds().Dx() != 2*trainingWidth || im.Bounds().Dy() != 2*trainingHeight {
		t.Errorf("%v, %v", im.Bounds(), err)
	}
}
