package boxform

import (
	"math"
	"testing"
)

// By hand: one box of 40 × 20 pixels at 30, 60 in an image of 200 × 100, in each
// form.
func TestToXYWH(t *testing.T) {
	for form, b := range map[Form][4]float64{
		XYWH:         {30, 60, 40, 20},
		Corners:      {30, 60, 70, 80},
		Unit:         {0.15, 0.6, 0.2, 0.2},
		UnitCorners:  {0.15, 0.6, 0.35, 0.8},
		Centres:      {50, 70, 40, 20},
		UnitCentres:  {0.25, 0.7, 0.2, 0.2},
		CornersYX:    {60, 30, 80, 70},
		UnitCornerYX: {0.6, 0.15, 0.8, 0.35},
	} {
		got := form.ToXYWH(b, 200, 100)
		for i, want := range [4]float64{30, 60, 40, 20} {
			if math.Abs(got[i]-want) > 1e-9 {
				t.Errorf("%s: %v", form, got)
				break
			}
		}
	}
}

func TestForm(t *testing.T) {
	type box = [4]float64
	repeat := func(n int, b box) (list []box) {
		for range n {
			list = append(list, b)
		}
		return list
	}
	for what, c := range map[string]struct {
		boxes []box
		want  Form
	}{
		"nothing":                       {nil, XYWH},
		"boxes that fill their images":  {repeat(50, box{1, 1, 638, 478}), XYWH}, // lie in it as corners, too
		"one that leaves among fifty":   {append(repeat(49, box{10, 10, 100, 100}), box{600, 10, 610, 100}), XYWH},
		"shifted boxes":                 {repeat(50, box{500, 400, 300, 200}), XYWH}, // leave it, but are no corners
		"corners":                       {append(repeat(40, box{10, 10, 100, 100}), repeat(10, box{400, 300, 600, 470})...), Corners},
		"corners, a little outside":     {repeat(50, box{400, 300, 645, 483}), Corners},
		"fractions":                     {repeat(50, box{0.2, 0.1, 0.3, 0.4}), Unit},
		"one fraction":                  {repeat(1, box{0, 0, 0.5, 0.5}), Unit},
		"boxes of a pixel":              {repeat(50, box{0, 0, 1, 1}), XYWH},
		"fractions among boxes":         {append(repeat(9, box{0.2, 0.1, 0.3, 0.4}), box{10, 10, 50, 60}), XYWH},
		"a corner by half a pixel out":  {repeat(50, box{540.5, 10, 100, 100}), XYWH},
		"two that leave, both as lists": {repeat(2, box{400, 300, 600, 470}), Corners},
	} {
		var count Count
		for i := range c.boxes {
			count.Add(&c.boxes[i], 640, 480)
		}
		if got := count.Form(); got != c.want {
			t.Errorf("%s: %s, want %s (%+v)", what, got, c.want, count)
		}
	}
	var unsized Count
	b := box{400, 300, 600, 470}
	for range 50 {
		unsized.Add(&b, 0, 0)
	}
	if got := unsized.Form(); got != XYWH || unsized.Sized != 0 {
		t.Errorf("without a size: %s", got)
	}
}
