package charts

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
)

// schedules has three moments of a training of 11 epochs: a rate of 1, ½ and 0,
// and weights that go from 1 to their full value.
func schedules() *Schedules {
	return &Schedules{
		Epochs: 11, Name: "deferred-linear", Deferred: 2, At: []float64{0, 5, 10}, Rate: []float64{1, 0.5, 0},
		Weighted: []Weighted{{"toaster", 2, []float64{1, 1.5, 2}}, {"person", 0, []float64{1, 0.5, 0}}},
		Class:    "toaster",
		Weight:   2,
		Courses:  []Course{{"constant", []float64{2, 2, 2}}, {"linear", []float64{1, 1.5, 2}}},
	}
}

// By hand: the weight of 2 has rate · weight = 1, ¾, 0 with the schedule and 2,
// 1, 0 without; the heights are measured at the marks of the axis.
func TestSchedules(t *testing.T) {
	var b bytes.Buffer
	if err := WriteSchedules(&b, "svg", schedules()); err != nil {
		t.Fatal(err)
	}
	p := parse(t, b.String())
	for _, words := range []string{"toaster 2", "person 0", "constant", "linear", "Schedules of toaster, whose weight is 2",
		"solid: deferred-linear, 2 epochs deferred; dashed: no schedule"} {
		p.text(t, words)
	}
	zero, half := p.text(t, "0.0").y, p.text(t, "0.5").y
	height := func(y float64) float64 { return (zero - y) / (zero - half) / 2 }
	var lines [][]float64
	for _, path := range p.paths {
		if path.color == "#7b3f9e" && len(path.line) == 3 {
			var at []float64
			for _, pt := range path.line {
				at = append(at, height(float64(pt.Y)))
			}
			lines = append(lines, at)
		}
	}
	if len(lines) < 2 {
		t.Fatalf("%d curves of the weight 2, want 2 at least", len(lines))
	}
	for i, want := range [][]float64{{2, 1, 0}, {1, 0.75, 0}} {
		for k := range want {
			near(t, "rate × weight", lines[i][k], want[k], 0.01)
		}
	}
}

// An axis that begins a little below 0 has its first mark at 0, which has no sign.
func TestSchedulesAboutZero(t *testing.T) {
	d := schedules()
	d.Weight, d.Courses = 51, []Course{{"constant", []float64{51, 51, 51}}, {"linear", []float64{1, 26, 51}}}
	var b bytes.Buffer
	if err := WriteSchedules(&b, "svg", d); err != nil {
		t.Fatal(err)
	}
	p := parse(t, b.String())
	zero := false
	for _, text := range p.texts {
		zero = zero || text.words == "0"
		if strings.HasPrefix(text.words, "-0") {
			t.Errorf("a mark %q", text.words)
		}
	}
	if !zero {
		t.Error("no mark 0: the test tests nothing")
	}
}

func TestSchedulesAsPNG(t *testing.T) {
	var b bytes.Buffer
	if err := WriteSchedules(&b, "png", schedules()); err != nil {
		t.Fatal(err)
	}
	im, err := png.Decode(&b)
	if err != nil || im.Bounds().Dx() != 2*schedulesWidth || im.Bounds().Dy() != 2*schedulesHeight {
		t.Errorf("picture of %v, error %v", im.Bounds(), err)
	}
}
