package layer

import "cocostat/train/torchx"

// Folder makes layers for inference of those of a network. They compute the same up to
// rounding, with running statistics, but nothing for a way back: batch normalisations
// become part of the convolutions before them, whose weights are brought into the form
// that kernels read; activations and sums follow within the same operator; and an
// inverted residual block is one operator. They hold what the network had learnt when
// they were made.
type Folder struct{ made []*torchx.Folded }

// Release gives the memory of all layers back.
func (f *Folder) Release() {
	for _, m := range f.made {
		m.Release()
	}
	f.made = nil
}

// Foldable is a layer that makes one for inference of itself.
type Foldable interface{ Fold(f *Folder) Layer }

// Scaler is a layer for inference that multiplies the channels of its input.
type Scaler interface {
	Layer
	// Factors returns a factor for each image and channel of x: B,C,1,1.
	Factors(x torchx.Tensor) torchx.Tensor
}

// Chain makes layers for inference of a chain.
func (f *Folder) Chain(c Chain) Chain { return joinBlocks(f.units(flat(nil, c))) }

// Layer makes a layer for inference.
func (f *Folder) Layer(l Layer) Layer {
	c := f.Chain(Chain{l})
	if len(c) == 1 {
		return c[0]
	}
	return c
}

// Adder makes layers for inference to whose result can be added.
func (f *Folder) Adder(a Adder) Adder {
	n, is := a.(Normed)
	if !is {
		return a
	}
	c := f.Chain(Chain{n.Inner, n.Norm})
	last, adds := c[len(c)-1].(Adder)
	if !adds {
		return a
	}
	return summed{c[:len(c)-1], last}
}

// Merger runs layers on maps as if they were one.
type Merger interface {
	ForwardAll(x ...torchx.Tensor) torchx.Tensor
}

// Merger makes layers for inference that read several maps.
func (f *Folder) Merger(m Merger) Merger {
	layers, is := m.(Merged)
	if !is {
		return m
	}
	c := f.Chain(layers.Chain)
	if one, is := c[0].(convolved); is && len(c) == 1 {
		return one
	}
	return Merged{c}
}

// Spots are layers for inference that can be run at some cells of maps alone.
type Spots interface {
	Layer
	// At returns what they make of cells (b·H + y)·W + x of maps: n,O,1,1.
	At(maps torchx.Tensor, cells []int64) torchx.Tensor
}

// Spots makes layers for inference of a chain of which the first one is a convolution
// that keeps the size and the others are 1×1 convolutions.
func (f *Folder) Spots(c Chain) Spots {
	units := f.Chain(c)
	first, convolves := units[0].(convolved)
	if !convolves {
		panic("layer: no convolution to be run at some cells")
	}
	return spots{units, first, units[1:]}
}

// flat appends a layer, and in its place those that it consists of.
func flat(to []Layer, l Layer) []Layer {
	switch l := l.(type) {
	case Chain:
		for _, each := range l {
			to = flat(to, each)
		}
		return to
	case joined:
		return append(to, l.norm, l.conv)
	case Normed:
		return append(flat(to, l.Inner), l.Norm)
	}
	return append(to, l)
}

// surroundings are what is folded into a convolution.
type surroundings struct {
	before, after *Norm
	activation    torchx.Activation // follows all
}

// convolution is a layer that normalisations and an activation can become part of.
type convolution interface {
	fold(f *Folder, s surroundings) Layer
}

// units folds normalisations and activations into convolutions.
func (f *Folder) units(layers []Layer) (units []Layer) {
	var before *Norm
	for len(layers) > 0 {
		c, folds := layers[0].(convolution)
		if !folds {
			units = append(units, f.other(layers[0]))
			layers = layers[1:]
			continue
		}
		layers = layers[1:]
		s := surroundings{before: before}
		before = nil
		if len(layers) > 0 {
			switch next := layers[0].(type) {
			case relu:
				s.activation, layers = torchx.ReLU, layers[1:]
			case *Norm:
				switch {
				case next.Activation != torchx.AfterReLU:
					s.after, s.activation, layers = next, next.Activation, layers[1:]
				case len(layers) > 1 && isPointwise(layers[1]):
					s.activation, before, layers = torchx.ReLU, next, layers[1:]
				}
			}
		}
		units = append(units, c.fold(f, s))
	}
	return units
}

func isPointwise(l Layer) bool {
	c, is := l.(*Convolution)
	return is && c.pointwise()
}

// other makes a layer for inference of one that is no convolution.
func (f *Folder) other(l Layer) Layer {
	switch l := l.(type) {
	case Foldable:
		return l.Fold(f)
	case Residual:
		return Residual{f.Adder(l.Adder)}
	case *Norm: // not after a convolution
		n := *l
		n.Batch = false
		return &n
	}
	return l
}

// joinBlocks joins convolutions between which no map needs to be.
func joinBlocks(units []Layer) (joined Chain) {
	at := func(i int, is func(c Conv) bool) *torchx.Folded {
		if i >= len(units) {
			return nil
		}
		if c, convolves := units[i].(convolved); convolves && is(c.conv) {
			return c.folded
		}
		return nil
	}
	for i := 0; i < len(units); {
		expand := at(i, Conv.pointwise)
		first := i
		if expand != nil {
			first++
		}
		if depthwise := at(first, Conv.depthwise); depthwise != nil {
			b := block{expand, depthwise, at(first+1, Conv.pointwise)}
			if i = first + 1; b.project != nil {
				i++
			}
			joined = append(joined, b)
			continue
		}
		if s, scales := units[i].(Scaler); scales {
			if project := at(i+1, Conv.pointwise); project != nil {
				joined = append(joined, scaled{s, project})
				i += 2
				continue
			}
		}
		joined = append(joined, units[i])
		i++
	}
	return joined
}

func (f *Folder) make(what torchx.Folding, s surroundings) *torchx.Folded {
	if s.before != nil {
		what.Before = &s.before.Norm
	}
	if s.after != nil {
		what.After = &s.after.Norm
	}
	what.Activation = s.activation
	m := torchx.Fold(what)
	f.made = append(f.made, m)
	return m
}
