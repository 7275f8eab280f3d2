package onnx

// Shape returns the sizes of the dimensions of x, a list of integers.
func (g *Graph) Shape(x Value) Value { return g.Apply("Shape", nil, x) }

// Dim returns the size of a dimension of x, a list of one integer.
func (g *Graph) Dim(x Value, axis int64) Value {
	return g.Apply("Gather", nil, g.Shape(x), g.List(axis))
}

// Reshape gives x another shape, of which one size may be −1, what is left, and sizes
// of 0 are those of x.
func (g *Graph) Reshape(x Value, shape ...int64) Value {
	return g.Apply("Reshape", nil, x, g.List(shape...))
}

// Part returns the elements from and to, without the last, of a dimension.
func (g *Graph) Part(x Value, axis int64, from, to Value) Value {
	return g.Apply("Slice", nil, x, from, to, g.List(axis))
}

// Join puts tensors one after the other along a dimension.
func (g *Graph) Join(axis int64, parts ...Value) Value {
	return g.Apply("Concat", []Attribute{Int("axis", axis)}, parts...)
}

// Insert gives x another dimension, of size 1.
func (g *Graph) Insert(x Value, axis int64) Value {
	return g.Apply("Unsqueeze", nil, x, g.List(axis))
}

// ToFloat makes numbers of integers.
func (g *Graph) ToFloat(x Value) Value {
	return g.Apply("Cast", []Attribute{Int("to", int64(Float))}, x)
}

// Steps are 0, 1, … n−1 in a shape; n is a list of one integer.
func (g *Graph) Steps(n Value, shape ...int64) Value {
	n = g.Apply("Squeeze", nil, n)
	return g.Reshape(g.ToFloat(g.Apply("Range", nil, g.Ints([]int64{0}), n, g.Ints([]int64{1}))), shape...)
}

// Number is a float32 by itself.
func (g *Graph) Number(v float32) Value { return g.Floats([]float32{v}) }

// Add returns a + b.
func (g *Graph) Add(a, b Value) Value { return g.Apply("Add", nil, a, b) }

// Sub returns a − b.
func (g *Graph) Sub(a, b Value) Value { return g.Apply("Sub", nil, a, b) }

// Mul returns a · b.
func (g *Graph) Mul(a, b Value) Value { return g.Apply("Mul", nil, a, b) }

// Div returns a / b, of integers without the remainder.
func (g *Graph) Div(a, b Value) Value { return g.Apply("Div", nil, a, b) }

// Mod returns the remainder of a / b.
func (g *Graph) Mod(a, b Value) Value { return g.Apply("Mod", nil, a, b) }

// Min returns the smaller one of a and b.
func (g *Graph) Min(a, b Value) Value { return g.Apply("Min", nil, a, b) }

// Max returns the larger one of a and b.
func (g *Graph) Max(a, b Value) Value { return g.Apply("Max", nil, a, b) }

// Top returns the k largest of each row of x, B,N, falling, and where they are; k is a
// list of one integer, and where a row has fewer all of them.
func (g *Graph) Top(x, k Value) (values, places Value) {
	k = g.Min(k, g.Part(g.Shape(x), 0, g.List(1), g.List(2)))
	return g.ApplyTwo("TopK", []Attribute{Int("axis", 1), Int("largest", 1), Int("sorted", 1)}, x, k)
}

// Take returns of x, B,D,N, the elements at places, B,K, of all D rows: B,D,K.
func (g *Graph) Take(x, places Value, d int) Value {
	row := g.Insert(places, 1)
	rows := make([]Value, d)
	for i := range rows {
		rows[i] = row
	}
	return g.Apply("GatherElements", []Attribute{Int("axis", 2)}, x, g.Join(1, rows...))
}
