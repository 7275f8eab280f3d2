package export

import (
	"cocostat/internal/onnx"
	"cocostat/train/torchx"
)

// operators write the operators of torchx, by their names, in ONNX's terms.
var operators = map[string]func(c *call) onnx.Value{
	"convolution":            func(c *call) onnx.Value { return c.conv(c.number(0), c.number(1), c.number(2)) },
	"pointwise convolution":  func(c *call) onnx.Value { return c.conv(1, 0, 1) },
	"depthwise convolution":  func(c *call) onnx.Value { return c.conv(c.number(0), 1, c.shape(c.op.In[1])[0]) },
	"deformable convolution": (*call).deformable,
	"batch norm":             func(c *call) onnx.Value { return c.normalised(c.in(0), c.in(1)) },
	"group norm":             (*call).groupNorm,
	"relu":                   func(c *call) onnx.Value { return c.Apply("Relu", nil, c.in(0)) },
	"hardsigmoid":            func(c *call) onnx.Value { return c.hardSigmoid(c.in(0)) },
	"multiply":               func(c *call) onnx.Value { return c.Mul(c.in(0), c.in(1)) },
	"add":                    func(c *call) onnx.Value { return c.Add(c.in(0), c.in(1)) },
	"scaled exp":             func(c *call) onnx.Value { return c.Apply("Exp", nil, c.Mul(c.in(0), c.in(1))) },
	"concatenate":            func(c *call) onnx.Value { return c.Join(1, c.all()...) },
	"max pool": func(c *call) onnx.Value {
		k, s, p := c.number(0), c.number(1), c.number(2)
		return c.Apply("MaxPool", []onnx.Attribute{onnx.Ints("kernel_shape", k, k), onnx.Ints("strides", s, s), onnx.Ints("pads", p, p, p, p)}, c.in(0))
	},
	"mean pool":            func(c *call) onnx.Value { return c.Apply("GlobalAveragePool", nil, c.in(0)) },
	"double":               func(c *call) onnx.Value { return c.transposed(2, 1) },
	"depthwise upsampling": func(c *call) onnx.Value { return c.transposed(c.number(0), c.shape(c.op.In[1])[0]) },
	"add to a finer level": (*call).nearestAdd,
	"concatenate cells":    (*call).cells,
}

// all are all tensors that the operator reads.
func (c *call) all() []onnx.Value {
	in := make([]onnx.Value, len(c.op.In))
	for i := range in {
		in[i] = c.in(i)
	}
	return in
}

// source is what a convolution reads: what its normalisation makes of its input, if it
// has one.
func (c *call) source() onnx.Value {
	if c.op.Norm == nil {
		return c.in(0)
	}
	return c.normalised(c.in(0), "")
}

func (c *call) conv(stride, padding, groups int64) onnx.Value {
	kernel := c.shape(c.op.In[1])[2:]
	in := []onnx.Value{c.source(), c.in(1)}
	if len(c.op.In) > 2 && c.op.In[2].T != nil {
		in = append(in, c.in(2))
	}
	return c.Apply("Conv", []onnx.Attribute{onnx.Ints("kernel_shape", kernel...), onnx.Ints("strides", stride, stride),
		onnx.Ints("pads", padding, padding, padding, padding), onnx.Int("group", groups)}, in...)
}

// transposed is a transposed convolution that enlarges both sides by a factor, with
// kernels twice as large.
func (c *call) transposed(factor, groups int64) onnx.Value {
	kernel, padding := 2*factor, factor/2
	return c.Apply("ConvTranspose", []onnx.Attribute{onnx.Ints("kernel_shape", kernel, kernel), onnx.Ints("strides", factor, factor),
		onnx.Ints("pads", padding, padding, padding, padding), onnx.Int("group", groups)}, c.in(0), c.in(1))
}

// normalised is the operator's batch normalisation of x, with running statistics. added
// may be "".
func (c *call) normalised(x, added onnx.Value) onnx.Value {
	n := c.op.Norm
	if n.Activation == torchx.AfterReLU {
		x = c.Apply("Relu", nil, x)
	}
	x = c.Apply("BatchNormalization", []onnx.Attribute{onnx.Number("epsilon", n.Eps)}, x, c.value(n.Weight), c.value(n.Bias), c.value(n.RunningMean), c.value(n.RunningVar))
	if added != "" {
		x = c.Add(x, added)
	}
	switch n.Activation {
	case torchx.ReLU:
		return c.Apply("Relu", nil, x)
	case torchx.ReLU6:
		return c.Apply("Clip", nil, x, c.Floats([]float32{0}), c.Floats([]float32{6}))
	case torchx.HardSwish:
		return c.Mul(x, c.hardSigmoid(x))
	default:
		return x
	}
}

// hardSigmoid is min(max(x + 3, 0), 6) / 6.
func (c *call) hardSigmoid(x onnx.Value) onnx.Value {
	return c.Apply("HardSigmoid", []onnx.Attribute{onnx.Number("alpha", 1.0/6), onnx.Number("beta", 0.5)}, x)
}

// groupNorm is written with an instance normalisation of each group: ONNX's own
// GroupNormalization meant another thing before operator set 21.
func (c *call) groupNorm() onnx.Value {
	x, groups, channels := c.in(0), c.number(0), c.shape(c.op.In[1])[0]
	ones, zeros := make([]float32, groups), make([]float32, groups)
	for i := range ones {
		ones[i] = 1
	}
	grouped := c.Reshape(x, 0, groups, -1)
	grouped = c.Apply("InstanceNormalization", []onnx.Attribute{onnx.Number("epsilon", c.op.Numbers[1])}, grouped, c.Floats(ones, groups), c.Floats(zeros, groups))
	y := c.Apply("Reshape", nil, grouped, c.Shape(x))
	y = c.Mul(y, c.weight(c.op.In[1], 1, channels, 1, 1))
	return c.Add(y, c.weight(c.op.In[2], 1, channels, 1, 1))
}

// nearestAdd enlarges a map to twice its sides, and adds a finer one.
func (c *call) nearestAdd() onnx.Value {
	twice := c.Apply("Resize", []onnx.Attribute{onnx.Text("mode", "nearest"), onnx.Text("nearest_mode", "floor"), onnx.Text("coordinate_transformation_mode", "asymmetric")},
		c.in(0), "", c.Floats([]float32{1, 1, 2, 2}, 4))
	return c.Add(twice, c.in(1))
}

// cells puts the cells of maps B,C,H,W one after the other: B,C,1,A.
func (c *call) cells() onnx.Value {
	var rows []onnx.Value
	for _, v := range c.all() {
		rows = append(rows, c.Reshape(v, 0, 0, 1, -1))
	}
	return c.Join(3, rows...)
}
