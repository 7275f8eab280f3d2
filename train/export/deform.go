package export

import (
	"fmt"

	"cocostat/internal/onnx"
)

// DeformKind says how a deformable convolution is written.
type DeformKind string

// The ways to write a deformable convolution.
const (
	// DeformComposed makes it of operators that every runtime has: GridSample, and a
	// convolution of 1×1.
	DeformComposed DeformKind = "composed"
	// DeformNative is ONNX's DeformConv, of operator set 19.
	DeformNative DeformKind = "native"
)

// DeformKinds are the ways, the default first.
var DeformKinds = []string{string(DeformComposed), string(DeformNative)}

// taps of a kernel of 3×3.
const taps = 9

// deformable writes a deformable convolution, whose points are B,27,H,W: offsets y and x
// of each tap, then the logits of the masks.
func (c *call) deformable() onnx.Value {
	if shape := c.shape(c.op.In[2]); shape[2]*shape[3] != taps || c.number(0) != 1 || c.number(1) != 1 || c.number(2) != 1 {
		c.fail(fmt.Errorf("export: a deformable convolution with a kernel of %v and %v", shape, c.op.Numbers))
		return ""
	}
	x, points := c.in(0), c.in(1)
	offset, logits := c.Part(points, 1, c.List(0), c.List(2*taps)), c.Part(points, 1, c.List(2*taps), c.List(3*taps))
	mask := c.Apply("Sigmoid", nil, logits)
	if c.deform == DeformNative {
		return c.Apply("DeformConv", []onnx.Attribute{onnx.Ints("kernel_shape", 3, 3), onnx.Ints("pads", 1, 1, 1, 1)}, x, c.in(2), offset, c.in(3), mask)
	}
	return c.composed(x, offset, mask)
}

// composed samples the input at all taps of all cells at once, as rows of an image of
// 9·H×W, weighs the samples by the mask, and sums them up with a convolution of 1×1.
func (c *call) composed(x, offset, mask onnx.Value) onnx.Value {
	height, width := c.Dim(offset, 2), c.Dim(offset, 3)
	to := func(x onnx.Value, sizes ...int64) onnx.Value { // in front of H,W
		return c.Apply("Reshape", nil, x, c.Join(0, c.List(sizes...), height, width))
	}

	pairs := to(offset, 0, taps, 2) // B,9,2,H,W
	y := c.along(pairs, 0, height, c.Steps(height, 1, 1, -1, 1), c.Floats([]float32{-1, -1, -1, 0, 0, 0, 1, 1, 1}, 1, taps, 1, 1))
	x1 := c.along(pairs, 1, width, c.Steps(width, 1, 1, 1, -1), c.Floats([]float32{-1, 0, 1, -1, 0, 1, -1, 0, 1}, 1, taps, 1, 1))
	grid := c.Join(4, c.Insert(x1, 4), c.Insert(y, 4))                               // B,9,H,W,2
	grid = c.Apply("Reshape", nil, grid, c.Join(0, c.List(0, -1), width, c.List(2))) // B,9·H,W,2
	samples := c.Apply("GridSample", []onnx.Attribute{onnx.Int("align_corners", 0), onnx.Text("mode", "bilinear"), onnx.Text("padding_mode", "zeros")}, x, grid)

	w := c.shape(c.op.In[2]) // O,C,3,3
	samples = to(samples, 0, w[1], taps)
	samples = c.Mul(samples, c.Insert(mask, 1))
	samples = to(samples, 0, w[1]*taps)
	return c.Apply("Conv", []onnx.Attribute{onnx.Ints("kernel_shape", 1, 1)}, samples, c.weight(c.op.In[2], w[0], w[1]*taps, 1, 1), c.in(3))
}

// along returns where the taps lie along a dimension of n cells, in GridSample's terms,
// in which cell i of n lies at (2·i + 1)/n − 1: of the offsets pairs[:, :, which], the
// cells' own places, and those of the taps about them.
func (c *call) along(pairs onnx.Value, which int64, n, cells, taps onnx.Value) onnx.Value {
	offset := c.Apply("Gather", []onnx.Attribute{onnx.Int("axis", 2)}, pairs, c.Ints([]int64{which})) // B,9,H,W
	at := c.Add(c.Add(offset, cells), taps)
	twice := c.Add(c.Mul(at, c.Number(2)), c.Number(1))
	return c.Sub(c.Div(twice, c.ToFloat(n)), c.Number(1))
}
