package export

import (
	"fmt"
	"strings"

	"cocostat/internal/onnx"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// network adds what a network computes of images to a graph.
type network struct {
	*onnx.Graph
	deform  DeformKind
	entries map[tensorKey]string     // names of parameters and buffers
	values  map[tensorKey]onnx.Value // of tensors that were computed
	written map[string]bool          // weights, by their names in the model
}

// tensorKey tells tensors apart.
type tensorKey any

func key(t torchx.Tensor) tensorKey { return t.T }

// add runs the network d, which must be in evaluation, on an image of side×side pixels,
// and adds the same operators on images. It returns the network's maps.
func (n *network) add(d detector.Detector, images onnx.Value, side int) ([]onnx.Value, error) {
	n.entries, n.values, n.written = map[tensorKey]string{}, map[tensorKey]onnx.Value{}, map[string]bool{}
	for _, e := range d.Entries() {
		n.entries[key(e.Tensor)] = e.Name
	}
	x, err := torchx.FromFloats(make([]float32, 3*side*side), []int64{1, 3, int64(side), int64(side)}, "cpu", torchx.ChannelsLast)
	if err != nil {
		return nil, err
	}
	var out detector.Output
	var list []torchx.Operation
	torchx.NoGrad(func() { list = torchx.Trace(func() { out = d.Forward(x) }) })
	defer out.Release()
	defer torchx.Release(x)
	n.values[key(x)] = images
	for i := range list {
		if err := n.operation(&list[i]); err != nil {
			return nil, err
		}
	}
	maps := make([]onnx.Value, len(out))
	for i, t := range out {
		maps[i] = n.values[key(t)]
	}
	return maps, nil
}

// operation adds one operator.
func (n *network) operation(op *torchx.Operation) error {
	write, known := operators[op.Name]
	if !known {
		return fmt.Errorf("export: the operator %q is not known in ONNX's terms: this is a fault of the program", op.Name)
	}
	c := &call{network: n, op: op}
	out := write(c)
	n.values[key(op.Out)] = out
	return c.err
}

// call is an operator that is being written.
type call struct {
	*network
	op  *torchx.Operation
	err error
}

// in is the i-th tensor that the operator reads, "" if it was left out.
func (c *call) in(i int) onnx.Value { return c.value(c.op.In[i]) }

// number is the i-th other argument.
func (c *call) number(i int) int64 { return int64(c.op.Numbers[i]) }

// value returns a tensor that was computed, or writes a weight.
func (c *call) value(t torchx.Tensor) onnx.Value {
	if t.T == nil {
		return ""
	}
	if v, there := c.values[key(t)]; there {
		return v
	}
	return c.weight(t, c.shape(t)...)
}

// weight writes a parameter or buffer in a shape.
func (c *call) weight(t torchx.Tensor, shape ...int64) onnx.Value {
	name, known := c.entries[key(t)]
	if !known {
		c.fail(fmt.Errorf("export: %s reads a tensor that is none of the network's: this is a fault of the program", c.op.Name))
		return ""
	}
	if fmt.Sprint(shape) != fmt.Sprint(c.shape(t)) { // another shape than it has needs another name
		name += "_" + strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", "x"), "[]")
	}
	if c.written[name] {
		return onnx.Value(name)
	}
	c.written[name] = true
	size := int64(1)
	for _, s := range shape {
		size *= s
	}
	data := make([]float32, size)
	c.fail(torchx.Read(t, data))
	return c.Weights(name, data, shape...)
}

func (c *call) shape(t torchx.Tensor) []int64 {
	s, err := torchx.Shape(t)
	c.fail(err)
	return s
}

// fail keeps the first error.
func (c *call) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}
