package charts

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Dots have names where they lie apart: leastApart and farApart times as far as half
// of the classes do from the median AP of their neighbours in size, or where a class
// is farLarger than any other. Of few classes all have names, of many mostNamed.
const (
	leastApart = 0.1
	farApart   = 3
	farLarger  = 3
	fewDots    = 6
	mostNamed  = 8
)

// outlying returns the classes whose dots get names, those furthest apart first.
func outlying(classes []ClassScore) []int {
	var order []int
	for i, k := range classes {
		if !math.IsNaN(k.AP) {
			order = append(order, i)
		}
	}
	if len(order) <= fewDots {
		return order
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(classes[a].Instances, classes[b].Instances) })
	apart := make(map[int]float64, len(order))
	var all []float64
	for place, i := range order {
		from, to := neighbours(place, len(order))
		var aps []float64
		for _, j := range order[from:to] {
			if j != i {
				aps = append(aps, classes[j].AP)
			}
		}
		apart[i] = math.Abs(classes[i].AP - median(aps))
		all = append(all, apart[i])
	}
	usual := median(all)
	if last := len(order) - 1; classes[order[last]].Instances >= farLarger*classes[order[last-1]].Instances {
		apart[order[last]] = math.Inf(1)
	}
	order = slices.DeleteFunc(order, func(i int) bool { return apart[i] < max(leastApart, farApart*usual) })
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(apart[b], apart[a]) })
	return order[:min(mostNamed, len(order))]
}

// neighbours are the places around one of n, itself among them: as many on either
// side, fewer at the ends.
func neighbours(place, n int) (from, to int) {
	reach := max(4, n/8)
	return max(0, place-reach), min(n, place+reach+1)
}

// median reorders x, which holds a number at least.
func median(x []float64) float64 {
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// nameDots writes the names of the outlying classes beside their dots, where there is
// room: on the canvas, and beside no other name.
func nameDots(c draw.Canvas, p *plot.Plot, classes []ClassScore) {
	const away, widest, height = 6, 150, 12
	s := style(smallSize, muted)
	var taken []vg.Rectangle
	for _, i := range outlying(classes) {
		name := fit(s, classes[i].Name, px(widest))
		dot := vg.Point{X: c.X(p.X.Norm(float64(classes[i].Instances))), Y: c.Y(p.Y.Norm(classes[i].AP))}
		width := s.Width(name)
		for _, at := range []struct {
			X, Y vg.Length // of the name's lower left corner, from the dot
		}{
			{px(away), -px(height / 2)}, {-px(away) - width, -px(height / 2)}, // at the right, at the left
			{-width / 2, px(away)}, {-width / 2, -px(away + height)}, // above, below
		} {
			box := vg.Rectangle{Min: dot.Add(vg.Point(at))}
			box.Max = vg.Point{X: box.Min.X + width, Y: box.Min.Y + px(height)}
			if !within(box, c.Rectangle) || slices.ContainsFunc(taken, func(other vg.Rectangle) bool { return overlap(box, other) }) {
				continue
			}
			taken = append(taken, box)
			c.FillText(aligned(s, text.XLeft, text.YCenter), vg.Point{X: box.Min.X, Y: (box.Min.Y + box.Max.Y) / 2}, name)
			break
		}
	}
}

func within(a, b vg.Rectangle) bool {
	return a.Min.X >= b.Min.X && a.Max.X <= b.Max.X && a.Min.Y >= b.Min.Y && a.Max.Y <= b.Max.Y
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}
