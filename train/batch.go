package train

import (
	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/torchx"
)

// tensors are a batch on the device. They live for one step.
type tensors struct {
	images, heatmap, weights          torchx.Tensor
	index, size, offset, mask         torchx.Tensor
	all                               []torchx.Tensor
	views                             []func() // give back what the batch lent
	device                            string
	err                               error
	batch, classes, slots, side, cell int64
}

func newTensors(b *data.Batch, classes, side int, device string) *tensors {
	n := int64(b.N)
	return &tensors{
		device: device, batch: n, classes: int64(classes), side: int64(side), cell: int64(side) / 4,
		slots: int64(len(b.Mask)) / n,
	}
}

// floats copies numbers to the device unless something failed before.
func (t *tensors) floats(values []float32, layout torchx.Layout, shape ...int64) torchx.Tensor {
	if t.err != nil {
		return torchx.Tensor{}
	}
	var x torchx.Tensor
	x, t.err = torchx.FromFloats(values, shape, t.device, layout)
	t.all = append(t.all, x)
	return x
}

// view makes a tensor of numbers without a copy where the device allows it. They
// must not change before release.
func (t *tensors) view(values []float32, shape ...int64) torchx.Tensor {
	if t.device != "cpu" {
		return t.floats(values, torchx.Contiguous, shape...)
	}
	if t.err != nil {
		return torchx.Tensor{}
	}
	x, done, err := torchx.ViewFloats(values, shape)
	if t.err = err; err == nil {
		t.views = append(t.views, done)
	}
	return x
}

// load brings the batch and its weights ŵ (B×C) to the device.
func (t *tensors) load(b *data.Batch, weights []float32) error {
	t.images = t.floats(b.Images, torchx.ChannelsLast, t.batch, 3, t.side, t.side)
	t.heatmap = t.view(b.Heatmap, t.batch, t.classes, t.cell, t.cell)
	t.weights = t.floats(weights, torchx.Contiguous, t.batch, t.classes)
	t.size = t.floats(b.Size, torchx.Contiguous, t.batch, t.slots, 2)
	t.offset = t.floats(b.Offset, torchx.Contiguous, t.batch, t.slots, 2)
	t.mask = t.floats(b.Mask, torchx.Contiguous, t.batch, t.slots)
	if t.err != nil {
		return t.err
	}
	t.index, t.err = torchx.FromInts(b.Index, []int64{t.batch, t.slots}, t.device)
	t.all = append(t.all, t.index)
	return t.err
}

func (t *tensors) release() {
	for _, x := range t.all {
		if x.T != nil {
			torchx.Release(x)
		}
	}
	for _, done := range t.views {
		done()
	}
}

// batchWeights writes ŵ of eq. (8) for every image and class of a batch.
func batchWeights(dst []float32, m balance.Moment, objects []int32) []float32 {
	dst = dst[:0]
	for _, w := range m.BatchWeights(objects) {
		dst = append(dst, float32(w))
	}
	return dst
}
