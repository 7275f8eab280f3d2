package centernet

import (
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// inference is a CenterNet that finds objects. Of its heads only the heatmap's sees all
// cells: the others are run where there are peaks.
type inference struct {
	Detector
	folder           layer.Folder
	sizeAt, offsetAt layer.Spots
	found            [][]detector.Found // of the images that were looked at last
}

// Inference returns the network for finding objects alone.
func (d *Detector) Inference() detector.Inference {
	i := &inference{Detector: *d}
	f := &i.folder
	i.body, i.neck, i.heatmap = d.body.Fold(f), d.neck.fold(f), f.Layer(d.heatmap)
	i.sizeAt, i.offsetAt = f.Spots(d.size.(layer.Chain)), f.Spots(d.offset.(layer.Chain))
	i.size, i.offset = i.sizeAt, i.offsetAt
	return i
}

// Release gives its memory back.
func (i *inference) Release() { i.folder.Release() }

// Find appends the detections of image pos. Boxes are not clipped to the image.
func (i *inference) Find(dst []detector.Found, pos int, _ [4]float64) []detector.Found {
	return append(dst, i.found[pos]...)
}

// Look finds the objects on images, see decode. Mirror images count by the mean of both
// probabilities and of both sizes; the offset stays: mirrored, it would be that from
// the cell's right edge.
func (i *inference) Look(images, mirrored torchx.Tensor, l detector.Limits) error {
	x, heat := i.look(images)
	defer torchx.Release(x, heat)
	if mirrored.T == nil {
		return i.decode(scores{heat, true}, l, func(cells []int64, _ int64) (size, offset torchx.Tensor) {
			return i.sizeAt.At(x, cells), i.offsetAt.At(x, cells)
		})
	}
	y, other := i.look(mirrored)
	a, b := torchx.Sigmoid(heat), torchx.Sigmoid(other)
	mean := torchx.MirroredMean(a, b)
	defer torchx.Release(y, other, a, b, mean)
	return i.decode(scores{mean, false}, l, func(cells []int64, width int64) (size, offset torchx.Tensor) {
		size, opposite := i.sizeAt.At(x, cells), i.sizeAt.At(y, mirror(cells, width))
		defer torchx.Release(size, opposite)
		return torchx.MirroredMean(size, opposite), i.offsetAt.At(x, cells)
	})
}

// look returns the features that the heads read and the heatmap, logits.
func (i *inference) look(images torchx.Tensor) (features, heatmap torchx.Tensor) {
	maps := i.features(images)
	x := i.neck.Forward(maps)
	torchx.Release(maps...)
	return x, i.heatmap.Forward(x)
}

// mirror returns the cells of the mirror images that show what these show, in rows of
// width cells.
func mirror(cells []int64, width int64) []int64 {
	opposite := make([]int64, len(cells))
	for i, c := range cells {
		opposite[i] = c - c%width + width - 1 - c%width
	}
	return opposite
}
