package detector

import "cocostat/train/torchx"

// Tensors puts numbers on a device and keeps the tensors until they are
// released. After an error it does nothing more; Err returns the first.
type Tensors struct {
	Device string
	all    []torchx.Tensor
	views  []func() // give back what was lent
	err    error
}

// Err returns the first error.
func (t *Tensors) Err() error { return t.err }

func (t *Tensors) keep(x torchx.Tensor, err error) torchx.Tensor {
	if t.err = err; err == nil {
		t.all = append(t.all, x)
	}
	return x
}

// Floats copies numbers, in row-major order of shape.
func (t *Tensors) Floats(values []float32, layout torchx.Layout, shape ...int64) torchx.Tensor {
	if t.err != nil {
		return torchx.Tensor{}
	}
	return t.keep(torchx.FromFloats(values, shape, t.Device, layout))
}

// Ints copies integers, in row-major order of shape.
func (t *Tensors) Ints(values []int64, shape ...int64) torchx.Tensor {
	if t.err != nil {
		return torchx.Tensor{}
	}
	return t.keep(torchx.FromInts(values, shape, t.Device))
}

// OneHot makes one-hot targets, images,classes,1,N, of labels; see torchx.OneHot.
func (t *Tensors) OneHot(labels []int32, images, classes int) torchx.Tensor {
	if t.err != nil {
		return torchx.Tensor{}
	}
	return t.keep(torchx.OneHot(labels, images, classes, t.Device))
}

// Pixels makes a tensor B,C,H,W of numbers in the order B,H,W,C, without a copy
// where the device allows it. They must not change before Release.
func (t *Tensors) Pixels(values []float32, shape [4]int64) torchx.Tensor {
	if t.err != nil {
		return torchx.Tensor{}
	}
	return t.lent(torchx.Pixels(values, shape, t.Device))
}

// View makes a tensor of numbers without a copy where the device allows it. They
// must not change before Release.
func (t *Tensors) View(values []float32, shape ...int64) torchx.Tensor {
	if t.Device != "cpu" {
		return t.Floats(values, torchx.Contiguous, shape...)
	}
	if t.err != nil {
		return torchx.Tensor{}
	}
	return t.lent(torchx.ViewFloats(values, shape))
}

func (t *Tensors) lent(x torchx.Tensor, done func(), err error) torchx.Tensor {
	if t.err = err; err == nil {
		t.views = append(t.views, done)
	}
	return x
}

// Release gives all tensors back.
func (t *Tensors) Release() {
	torchx.Release(t.all...)
	for _, done := range t.views {
		done()
	}
	t.all, t.views = nil, nil
}
