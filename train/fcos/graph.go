package fcos

import (
	"math"

	"cocostat/internal/onnx"
	"cocostat/train/detector"
)

// Maps are the names of the maps that Forward gives.
func (d *Detector) Maps() []string { return []string{"logits", "distances", "centreness"} }

// Decode writes what Decoder.Decode does, for images that cover their inputs.
func (d *Detector) Decode(g *onnx.Graph, images onnx.Value, maps []onnx.Value, top int) detector.Objects {
	w := &writer{g, d.config.Test, g.Dim(images, 2), g.Dim(images, 3)}
	logits := g.Reshape(maps[logits], 0, 0, -1)         // B,C,A
	centreness := g.Reshape(maps[centreness], 0, 0, -1) // B,1,A
	boxes := w.boxes(g.Reshape(maps[distances], 0, 0, -1))

	products := g.Mul(g.Apply("Sigmoid", nil, logits), g.Apply("Sigmoid", nil, centreness))
	products = w.only(g.Apply("Greater", nil, logits, g.Number(float32(math.Log(w.test.Threshold/(1-w.test.Threshold))))), products)
	products = w.only(w.wide(boxes), w.best(products))
	products = w.suppress(products, boxes, top)

	scores, places := g.Top(g.Reshape(products, 0, -1), g.List(int64(top)))
	cells := g.Dim(boxes, 2)
	found := g.Take(boxes, g.Mod(places, cells), 4)
	if w.test.Score != ScoreProduct {
		scores = g.Apply("Sqrt", nil, scores)
	}
	return detector.Objects{
		Boxes:  g.Apply("Transpose", []onnx.Attribute{onnx.Ints("perm", 0, 2, 1)}, found),
		Scores: scores,
		Labels: g.Div(places, cells),
	}
}

// writer writes the decoding of inputs of height×width pixels.
type writer struct {
	*onnx.Graph
	test          Test
	height, width onnx.Value // lists of one integer
}

// side returns the number of cells of a level along a side: an eighth of the pixels on
// the first one, then half as many, rounded up.
func (w *writer) side(pixels onnx.Value, level int) onnx.Value {
	n := w.Div(pixels, w.List(int64(Strides[0])))
	for range level {
		n = w.Div(w.Apply("Add", nil, n, w.List(1)), w.List(2))
	}
	return n
}

// boxes returns the edges x1, y1, x2, y2 of the boxes of all cells, B,4,A, within the
// input.
func (w *writer) boxes(distances onnx.Value) onnx.Value {
	var xs, ys []onnx.Value
	for i, stride := range Strides {
		rows, columns := w.side(w.height, i), w.side(w.width, i)
		shape := w.Join(0, rows, columns)
		points := func(steps onnx.Value) onnx.Value {
			at := w.Add(w.Mul(steps, w.Number(float32(stride))), w.Number(float32(stride/2)))
			return w.Reshape(w.Apply("Expand", nil, at, shape), 1, 1, -1)
		}
		xs, ys = append(xs, points(w.Steps(columns, 1, -1))), append(ys, points(w.Steps(rows, -1, 1)))
	}
	x, y := w.Join(2, xs...), w.Join(2, ys...)
	edge := func(i int64) onnx.Value { return w.Part(distances, 1, w.List(i), w.List(i+1)) }
	clip := func(v, pixels onnx.Value) onnx.Value {
		return w.Min(w.Max(v, w.Number(0)), w.ToFloat(pixels))
	}
	return w.Join(1, clip(w.Sub(x, edge(0)), w.width), clip(w.Sub(y, edge(1)), w.height),
		clip(w.Add(x, edge(2)), w.width), clip(w.Add(y, edge(3)), w.height))
}

// wide tells which boxes have an area: B,1,A.
func (w *writer) wide(boxes onnx.Value) onnx.Value {
	edge := func(i int64) onnx.Value { return w.Part(boxes, 1, w.List(i), w.List(i+1)) }
	return w.Apply("And", nil, w.Apply("Greater", nil, edge(2), edge(0)), w.Apply("Greater", nil, edge(3), edge(1)))
}

// only returns the products where a condition holds, and 0 elsewhere.
func (w *writer) only(where, products onnx.Value) onnx.Value {
	return w.Apply("Where", nil, where, products, w.Number(0))
}

// best leaves the best candidates of each level, and makes the products of others 0.
func (w *writer) best(products onnx.Value) onnx.Value {
	var levels []onnx.Value
	from := w.List(0)
	for i := range Strides {
		to := w.Add(from, w.Mul(w.side(w.height, i), w.side(w.width, i)))
		level := w.Part(products, 2, from, to)
		values, _ := w.Top(w.Reshape(level, 0, -1), w.List(int64(w.test.Candidates)))
		last := w.Part(values, 1, w.List(-1), w.List(math.MaxInt64))
		levels = append(levels, w.only(w.Apply("GreaterOrEqual", nil, level, w.Insert(last, 2)), level))
		from = to
	}
	return w.Join(2, levels...)
}

// suppress makes the products of boxes 0 that overlap a better one of their class.
func (w *writer) suppress(products, boxes onnx.Value, top int) onnx.Value {
	rows := w.Apply("Transpose", []onnx.Attribute{onnx.Ints("perm", 0, 2, 1)}, boxes)
	kept := w.Apply("NonMaxSuppression", nil, rows, products, w.List(int64(top)), w.Floats([]float32{float32(w.test.Overlap)}, 1), w.Floats([]float32{0}, 1))
	none := w.Mul(products, w.Number(0))
	return w.Apply("ScatterND", nil, none, kept, w.Apply("GatherND", nil, products, kept))
}
