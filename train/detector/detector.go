// Package detector says what a network has to offer to be trained, evaluated and
// saved: the loop knows no more of it. Each detector has a package of its own.
package detector

import (
	"cocostat/balance"
	"cocostat/internal/onnx"
	"cocostat/train/backbone"
	"cocostat/train/data"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Output are the tensors that a network gives for a batch, in an order that its
// detector knows.
type Output []torchx.Tensor

// Release gives the tensors back.
func (o Output) Release() { torchx.Release(o...) }

// Term is a part of a loss.
type Term struct {
	Name   string  // heatmap, say
	Factor float32 // in the sum
}

// Detector is a network that finds objects, and what it learns from. Networks
// must be used inside torchx.Step.
type Detector interface {
	Entries() []layer.Entry
	Parameters() []torchx.Tensor
	SetTraining(on bool)
	Move(device string, layout torchx.Layout) error
	NormEntries() map[string]bool
	Freeze(which func(name string) bool) error

	// Backbone returns the backbone, whose entries are the first ones.
	Backbone() *backbone.Backbone
	// Encoder returns what makes the targets.
	Encoder() data.Encoder
	// Forward runs the network on images, B,3,H,W, whose sides are multiples of
	// its stride. It panics as torchx's operators do.
	Forward(images torchx.Tensor) Output
	// Inference returns the network as it is now, for finding objects alone, which its
	// Release gives back. It does not change when the network learns.
	Inference() Inference
	// Maps are the names of the tensors of Forward's output.
	Maps() []string
	// Decode writes as operators what Inference does with the maps of images, which
	// cover their inputs: the top best detections of each.
	Decode(g *onnx.Graph, images onnx.Value, maps []onnx.Value, top int) Objects
	// Terms are the parts of the loss.
	Terms() []Term
	// Load brings the targets of the detector's encoder to a device, with the
	// weights ŵ, N×C. They are needed until the way back is done.
	Load(t *Tensors, targets data.Targets, weights []float32) (Loaded, error)
	// Losses returns the parts of the loss, in the order of Terms. Class is the
	// loss of the classes; see balance.
	Losses(out Output, on Loaded, class balance.HeatmapLoss) []torchx.Tensor
}

// Loaded are targets on a device, of the detector's own kind.
type Loaded any

// Found is a detection in pixels of the input: left, top, width and height.
type Found struct {
	Class      int
	Score      float32 // in (0, 1]
	X, Y, W, H float32
}

// Objects are the detections of a graph, of each of B images the K best, best first:
// boxes B,K,4 as x1, y1, x2, y2 in pixels of the input, scores B,K, 0 where there are
// fewer, and classes B,K, int64.
type Objects struct{ Boxes, Scores, Labels onnx.Value }

// Limits bound the detections of an image.
type Limits struct {
	Top       int     // the most of them
	Threshold float32 // their scores are above it
}

// Inference is a network as it was when it was made, for finding objects alone. It must
// be used inside torchx.Step and torchx.NoGrad, but for Find; one goroutine uses it at a
// time.
type Inference interface {
	// Look runs the network on images, B,3,H,W, whose sides are multiples of its
	// stride, and unless that is torchx.Tensor{} on their mirror images, which then
	// count as well. It returns what the device reports.
	Look(images, mirrored torchx.Tensor, l Limits) error
	// Find appends the detections of image pos of those that were looked at last to
	// dst, best first. inside is the part of the input that the image covers, in
	// pixels: left, top, right, bottom.
	Find(dst []Found, pos int, inside [4]float64) []Found
	Release()
}
