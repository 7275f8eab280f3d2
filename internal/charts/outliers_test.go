package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// scattered has n classes of AP 0.5 ± 0.01, the larger the better by a little, and
// those that are told.
func scattered(n int, aps map[int]float64) []ClassScore {
	classes := make([]ClassScore, n)
	for i := range classes {
		classes[i] = ClassScore{Name: fmt.Sprint("class", i), Instances: int64(10 + i), AP: 0.49 + 0.02*float64(i%2)}
		if ap, has := aps[i]; has {
			classes[i].AP = ap
		}
	}
	return classes
}

// Those far from their neighbours get names, the furthest first; of few classes all
// do, and a class without AP has no dot.
func TestOutlying(t *testing.T) {
	for _, c := range []struct {
		classes []ClassScore
		want    []int
	}{
		{scattered(40, map[int]float64{7: 0.9, 20: 0.05, 39: 0.58}), []int{20, 7}},
		{scattered(40, nil), []int{}},
		{scattered(4, nil), []int{0, 1, 2, 3}},
		{scattered(4, map[int]float64{1: math.NaN()}), []int{0, 2, 3}},
		{nil, nil},
	} {
		if got := outlying(c.classes); !slices.Equal(got, c.want) {
			t.Errorf("%d classes: %v, want %v", len(c.classes), got, c.want)
		}
	}
	large := scattered(40, nil)
	large[3].Instances = 200 // the next has 49
	if got := outlying(large); !slices.Equal(got, []int{3}) {
		t.Errorf("%v are outlying, want the class that is far larger", got)
	}
	// A trend is none: AP from 0 to 1 with the size.
	trend := scattered(30, nil)
	for i := range trend {
		trend[i].AP = float64(i) / 29
	}
	if got := outlying(trend); len(got) > 0 {
		t.Errorf("on a line %v are outlying", got)
	}
}

// The names stand beside their dots, and none over another.
func TestNamesOfDots(t *testing.T) {
	d := someCurves()
	d.Classes = scattered(60, map[int]float64{10: 0.9, 11: 0.9, 12: 0.9, 50: 0.1})
	svg := curvesSVG(t, d)
	p := parse(t, svg)
	var at []float64
	for _, name := range []string{"class10", "class11", "class12", "class50"} {
		at = append(at, p.text(t, name).y)
	}
	if at[3] < at[0] {
		t.Errorf("heights %v: a low AP is above a high one", at)
	}
	if strings.Contains(svg, ">class13<") {
		t.Error("a class among its neighbours has a name")
	}
	const width, height = 30, 8 // of such a name, at least
	for i, a := range p.texts {
		for _, b := range p.texts[:i] {
			if strings.HasPrefix(a.words, "class") && strings.HasPrefix(b.words, "class") && math.Abs(a.y-b.y) < height && math.Abs(a.x-b.x) < width {
				t.Errorf("%s and %s overlap", a.words, b.words)
			}
		}
	}
}
