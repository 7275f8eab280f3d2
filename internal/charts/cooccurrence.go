package charts

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxTogether is the most classes of the co-occurrence picture unless Data.Top
// says less.
const maxTogether = 30

// smallestRow is the least height of its rows in pixels.
const smallestRow = 8.5

// drawCooccurrence draws how many images hold each two of the classes with the
// most instances, as a square of cells. The diagonal stays empty.
func drawCooccurrence(d *Data, c draw.Canvas) {
	order := d.counted()
	side := min(c.Max.X-c.Min.X, c.Max.Y-c.Min.Y)
	names := min(px(nameLength), side/4)
	fitting := int((side - names) / px(smallestRow))
	shown := maxTogether
	if d.Top > 0 {
		shown = min(shown, d.Top)
	}
	order = order[:max(0, min(len(order), shown, fitting))]
	place := make([]int, len(d.Instances)) // 1 + row of the class; 0: not shown
	for i, class := range order {
		place[class] = i + 1
	}
	var marks [len(heat)][]paintedCell
	most := int64(0)
	for _, pair := range d.Together {
		if place[pair.A] > 0 && place[pair.B] > 0 {
			most = max(most, pair.Images)
		}
	}
	if most == 0 {
		note(c, "no two classes in one image")
		return
	}
	rows := float64(len(order))
	for _, pair := range d.Together {
		x, y := float64(place[pair.A]-1), float64(place[pair.B]-1)
		if x >= 0 && y >= 0 && pair.Images > 0 {
			color := heatOf(pair.Images, most)
			marks[color] = append(marks[color], paintedCell{x, rows - 1 - y, 1}, paintedCell{y, rows - 1 - x, 1})
		}
	}
	p := newPlot("", "")
	sideways(&p.X)
	size := px(min(smallSize, 0.92*(side-names).Points()/rows))
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = size, size
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, rows, 0, rows
	var across, down []plot.Tick
	s := p.X.Tick.Label
	for i, class := range order {
		name := fit(s, d.Names[class], names)
		across = append(across, plot.Tick{Value: float64(i) + 0.5, Label: name})
		down = append(down, plot.Tick{Value: rows - 0.5 - float64(i), Label: name})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(across), plot.ConstantTicks(down)
	p.Add(plotter(drawDiagonal), cells(&marks))
	p.Draw(squared(scale(c, most, "image with both", "images with both"), p))
}

// drawDiagonal marks where a class meets itself.
func drawDiagonal(c draw.Canvas, p *plot.Plot) {
	var path vg.Path
	for i := p.X.Min + 0.5; i < p.X.Max; i++ {
		x, y := c.X(p.X.Norm(i)), c.Y(p.Y.Norm(p.Y.Max-i))
		path = append(path, box(x-px(1.5), y-px(1.5), px(3), px(3))...)
	}
	c.SetColor(empty)
	c.Fill(path)
}

// squared crops the canvas so that the cells of the plot become squares.
func squared(c draw.Canvas, p *plot.Plot) draw.Canvas {
	inside := p.DataCanvas(c)
	width, height := inside.Max.X-inside.Min.X, inside.Max.Y-inside.Min.Y
	if width > height {
		return draw.Crop(c, 0, height-width, 0, 0)
	}
	return draw.Crop(c, 0, 0, height-width, 0) // from below: the top stays
}
