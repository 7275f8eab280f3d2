package centernet

import (
	"cocostat/internal/onnx"
	"cocostat/train/detector"
)

// Maps are the names of the maps that Forward gives.
func (d *Detector) Maps() []string { return []string{"heatmap", "size", "offset"} }

// Decode writes what decode does: peaks of the heatmap, the best ones of all classes, and
// their boxes.
func (d *Detector) Decode(g *onnx.Graph, _ onnx.Value, maps []onnx.Value, top int) detector.Objects {
	const nowhere = -1e30 // a logit that is no peak's
	heat := maps[0]
	highest := g.Apply("MaxPool", []onnx.Attribute{onnx.Ints("kernel_shape", 3, 3), onnx.Ints("strides", 1, 1), onnx.Ints("pads", 1, 1, 1, 1)}, heat)
	peaks := g.Apply("Where", nil, g.Apply("Equal", nil, heat, highest), heat, g.Number(nowhere))
	logits, places := g.Top(g.Reshape(peaks, 0, -1), g.List(int64(top)))

	width := g.Dim(heat, 3)
	area := g.Mul(g.Dim(heat, 2), width)
	cells := g.Mod(places, area)
	at := g.ToFloat(g.Join(1, g.Insert(g.Mod(cells, width), 1), g.Insert(g.Div(cells, width), 1))) // B,2,K
	size := g.Max(g.Take(g.Reshape(maps[1], 0, 0, -1), cells, 2), g.Number(0))
	centre := g.Add(at, g.Take(g.Reshape(maps[2], 0, 0, -1), cells, 2))
	half := g.Mul(size, g.Number(0.5))
	boxes := g.Mul(g.Join(1, g.Sub(centre, half), g.Add(centre, half)), g.Number(Stride))
	return detector.Objects{
		Boxes:  g.Apply("Transpose", []onnx.Attribute{onnx.Ints("perm", 0, 2, 1)}, boxes),
		Scores: g.Apply("Sigmoid", nil, logits),
		Labels: g.Div(places, area),
	}
}
