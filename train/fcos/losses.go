package fcos

import (
	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// Terms are the losses of classes, boxes and centre-ness, which count alike, as
// in fcos_core/modeling/rpn/fcos/loss.py of the authors.
func (d *Detector) Terms() []detector.Term {
	return []detector.Term{{Name: "classes", Factor: 1}, {Name: "boxes", Factor: 1}, {Name: "centreness", Factor: 1}}
}

// Encoder returns what makes the targets.
func (d *Detector) Encoder() data.Encoder {
	e, err := NewEncoder(d.classes, d.config)
	if err != nil {
		panic(err) // the configuration was valid
	}
	return e
}

// loaded are targets on the device.
type loaded struct {
	classes, weights, distances torchx.Tensor
	positives                   []int64 // cells of the batch, cell n of image b being b·A+n
}

// Load brings targets to the device.
func (d *Detector) Load(t *detector.Tensors, targets data.Targets, weights []float32) (detector.Loaded, error) {
	from := targets.(*Targets)
	n, cells := int64(from.images), int64(from.grid.Cells)
	l := loaded{
		classes:   t.OneHot(from.Labels, from.images, d.classes),
		weights:   t.Floats(weights, torchx.Contiguous, n, int64(d.classes)),
		distances: t.View(from.Distances, n, cells, 4),
	}
	for i, label := range from.Labels {
		if label != Background {
			l.positives = append(l.positives, int64(i))
		}
	}
	return l, t.Err()
}

// Losses returns the losses of classes, boxes and centre-ness: the first is
// divided by the number of positive cells of the batch, the others are means over
// them.
func (d *Detector) Losses(out detector.Output, on detector.Loaded, class balance.HeatmapLoss) []torchx.Tensor {
	l := on.(loaded)
	class.Alpha = d.config.Alpha
	return []torchx.Tensor{
		torchx.Heatmap(out[logits], l.classes, l.weights, class),
		torchx.BoxLoss(out[distances], l.distances, l.positives, d.config.BoxLoss),
		torchx.CentreLoss(out[centreness], l.distances, l.positives),
	}
}
