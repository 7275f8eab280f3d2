package centernet

import (
	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// Terms are the losses of heatmap, size and offset, with hm_weight, wh_weight and
// off_weight of CenterNet's src/lib/opts.py.
func (d *Detector) Terms() []detector.Term {
	return []detector.Term{{Name: "heatmap", Factor: 1}, {Name: "size", Factor: 0.1}, {Name: "offset", Factor: 1}}
}

// Encoder returns what makes the targets.
func (d *Detector) Encoder() data.Encoder { return d.encoder }

// loaded are targets on the device.
type loaded struct{ heatmap, weights, index, size, offset, mask torchx.Tensor }

// Load brings targets to the device.
func (d *Detector) Load(t *detector.Tensors, targets data.Targets, weights []float32) (detector.Loaded, error) {
	from := targets.(*Targets)
	n, slots := int64(from.images), int64(from.slots)
	classes := int64(from.classes)
	l := loaded{
		heatmap: t.View(from.Heatmap, n, classes, int64(from.rows), int64(from.columns)),
		weights: t.Floats(weights, torchx.Contiguous, n, classes),
		size:    t.Floats(from.Size, torchx.Contiguous, n, slots, 2),
		offset:  t.Floats(from.Offset, torchx.Contiguous, n, slots, 2),
		mask:    t.Floats(from.Mask, torchx.Contiguous, n, slots),
		index:   t.Ints(from.Index, n, slots),
	}
	return l, t.Err()
}

// Losses returns the losses of heatmap, size (in cells) and offset (in cells).
func (d *Detector) Losses(out detector.Output, on detector.Loaded, class balance.HeatmapLoss) []torchx.Tensor {
	l := on.(loaded)
	return []torchx.Tensor{
		torchx.Heatmap(out[0], l.heatmap, l.weights, class),
		torchx.GatherL1(out[1], l.index, l.size, l.mask),
		torchx.GatherL1(out[2], l.index, l.offset, l.mask),
	}
}
