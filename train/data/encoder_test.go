package data

import "slices"

// boxKeeper is the simplest encoder: its targets are the boxes themselves.
type boxKeeper struct{}

type keptBoxes struct{ boxes [][]Box }

func (boxKeeper) Clone() Encoder      { return boxKeeper{} }
func (boxKeeper) NewTargets() Targets { return &keptBoxes{} }

func (k *keptBoxes) Resize(n int, _ Size) {
	k.boxes = slices.Grow(k.boxes[:0], n)[:n]
}

func (boxKeeper) Encode(t Targets, pos int, boxes []Box, counts []int32) Encoded {
	k := t.(*keptBoxes)
	k.boxes[pos] = append(k.boxes[pos][:0], boxes...)
	clear(counts)
	for _, b := range boxes {
		counts[b.Class]++
	}
	return Encoded{Objects: len(boxes)}
}

// trainOptions are TrainOptions with an encoder.
func trainOptions(size, batch int, seed uint64) Options {
	opt := TrainOptions(Square{size}, batch, seed)
	opt.Encoder = boxKeeper{}
	return opt
}
