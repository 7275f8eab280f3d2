package centernet

import (
	"math"

	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// scores are the heatmaps of N images, N,C,H,W: probabilities or their logits.
type scores struct {
	maps   torchx.Tensor
	logits bool
}

// probability is that of a number of the maps.
func (s scores) probability(v float32) float32 {
	if !s.logits {
		return v
	}
	return float32(1 / (1 + math.Exp(-float64(v))))
}

// floor is a number below all those whose probabilities are above threshold, and hardly
// any others.
func (s scores) floor(threshold float32) float32 {
	if !s.logits {
		return threshold
	}
	t := float64(threshold)
	x := math.Log(t / (1 - t))
	return float32(x - 1e-4*(1+math.Abs(x)))
}

// decode keeps the detections of images: peaks of the heatmaps, which are below none of
// their eight neighbours in the channel, with probabilities above the threshold (in
// [0, 1)); of these the best ones over all classes. Equal neighbours are both peaks, as
// with the max-pooling of CenterNet's src/lib/models/decode.py; ties are broken by
// class, then row, then column. A negative predicted side counts as 0.
//
// boxes returns size and offset of some cells (n·H + y)·W + x, each cells×2, in cells.
func (i *inference) decode(s scores, l detector.Limits, boxes func(cells []int64, width int64) (size, offset torchx.Tensor)) error {
	shape, err := torchx.Shape(s.maps)
	if err != nil {
		return err
	}
	peaks, err := torchx.Peaks(s.maps, s.floor(l.Threshold), l.Top)
	if err != nil {
		return err
	}
	height, width := shape[2], shape[3]
	area := height * width
	var cells []int64
	place := map[int64]int{} // of a cell among them
	for n, image := range peaks {
		for _, p := range image {
			cell := int64(n)*area + p.Place%area
			if _, there := place[cell]; !there {
				place[cell] = len(cells)
				cells = append(cells, cell)
			}
		}
	}
	size, offset, err := read(cells, width, boxes)
	if err != nil {
		return err
	}
	i.found = make([][]detector.Found, len(peaks))
	for n, image := range peaks {
		for _, p := range image {
			score := s.probability(p.Value)
			if !(score > l.Threshold) {
				break
			}
			cell := p.Place % area
			at := 2 * place[int64(n)*area+cell]
			i.found[n] = append(i.found[n], found(int(p.Place/area), score, float32(cell%width), float32(cell/width), size[at:at+2], offset[at:at+2]))
		}
	}
	return nil
}

// read returns size and offset of cells, two numbers each.
func read(cells []int64, width int64, boxes func(cells []int64, width int64) (size, offset torchx.Tensor)) (size, offset []float32, err error) {
	if len(cells) == 0 {
		return nil, nil, nil
	}
	a, b := boxes(cells, width)
	defer torchx.Release(a, b)
	size, offset = make([]float32, 2*len(cells)), make([]float32, 2*len(cells))
	if err := torchx.Read(a, size); err != nil {
		return nil, nil, err
	}
	return size, offset, torchx.Read(b, offset)
}

// found makes a detection of what the network says at cell x,y, in pixels.
func found(class int, score, x, y float32, size, offset []float32) detector.Found {
	cx, cy := x+offset[0], y+offset[1]
	w, h := max(size[0], 0), max(size[1], 0)
	return detector.Found{Class: class, Score: score, X: Stride * (cx - w/2), Y: Stride * (cy - h/2), W: Stride * w, H: Stride * h}
}
