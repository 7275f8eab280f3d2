package backbone

import (
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// dla34 makes DLA-34 ("Deep layer aggregation", Yu et al., CVPR 2018) without the
// classifier. Names are those of its authors' network, and the first numbers.
//
// Their network has convolutions that it computes and makes nothing of:
// level3.project and level4.project, 41,728 numbers with their normalisations. A
// tree of two trees leaves the shortcut to the first of these, which makes its
// own. They are left out here; the authors' file of weights holds them.
func dla34(b *layer.Builder, prefix string, _ Options) *Backbone {
	plain := func(name string, c layer.Conv) layer.Chain {
		return convNorm(b, prefix+name, c, rectified)
	}
	s := stager{network: b.Network()}
	s.add(1, 16, plain(".base_layer", layer.Conv{In: 3, Out: 16, Kernel: 7})...)
	s.add(1, 16, plain(".level0", layer.Conv{In: 16, Out: 16, Kernel: 3})...)
	s.add(2, 32, plain(".level1", layer.Conv{In: 16, Out: 32, Kernel: 3, Stride: 2})...)
	s.add(4, 64, level{tree: newTree(b, prefix+".level2", 32, 64, 2, 0)})
	s.add(8, 128, newPair(b, prefix+".level3", 64, 128))
	s.add(16, 256, newPair(b, prefix+".level4", 128, 256))
	s.add(32, 512, level{tree: newTree(b, prefix+".level5", 256, 512, 2, 256), rooted: true})
	return &Backbone{s.stages}
}

// tree are two blocks, one after the other, and a root that aggregates their
// outputs and those of others.
type tree struct {
	first, second residual // whose shortcuts are given
	root          layer.Merger
	project       layer.Chain // of the first shortcut, where the number of channels changes
}

// newTree makes a tree from in channels to out, whose root sees others as well,
// with so many channels.
func newTree(b *layer.Builder, name string, in, out, stride, others int) tree {
	t := tree{
		first:  blockOfTree(b, name+".tree1", in, out, stride),
		second: blockOfTree(b, name+".tree2", out, out, 1),
		root: layer.Merged{Chain: layer.Chain{
			b.Conv(name+".root.conv", layer.Conv{In: 2*out + others, Out: out, Kernel: 1}), b.Norm(name+".root.bn", out, rectified),
		}},
	}
	if in != out {
		t.project = convNorm(b, name+".project", layer.Conv{In: in, Out: out, Kernel: 1}, layer.BatchNorm{})
	}
	return t
}

func blockOfTree(b *layer.Builder, name string, in, out, stride int) residual {
	return newResidual(
		b.Conv(name+".conv1", layer.Conv{In: in, Out: out, Kernel: 3, Stride: stride}), b.Norm(name+".bn1", out, rectified),
		b.Conv(name+".conv2", layer.Conv{In: out, Out: out, Kernel: 3}), b.Norm(name+".bn2", out, rectified))
}

// forward makes features of x. bottom is x at the resolution of what comes out;
// others are for the root.
func (t tree) forward(x, bottom torchx.Tensor, others ...torchx.Tensor) torchx.Tensor {
	shortcut := t.project.Forward(bottom)
	first := t.first.inner.Add(x, shortcut)
	second := t.second.inner.Add(first, first)
	y := t.root.ForwardAll(append([]torchx.Tensor{second, first}, others...)...)
	torchx.Release(first, second)
	if len(t.project) > 0 {
		torchx.Release(shortcut)
	}
	return y
}

func (t tree) fold(f *layer.Folder) tree {
	return tree{t.first.fold(f), t.second.fold(f), f.Merger(t.root), f.Chain(t.project)}
}

// level is a tree that halves the resolution.
type level struct {
	tree   tree
	rooted bool // the root sees the input too
}

func (l level) Forward(x torchx.Tensor) torchx.Tensor {
	bottom := torchx.MaxPool(x, 2, 2, 0)
	defer torchx.Release(bottom)
	if l.rooted {
		return l.tree.forward(x, bottom, bottom)
	}
	return l.tree.forward(x, bottom)
}

// Fold makes the level for inference.
func (l level) Fold(f *layer.Folder) layer.Layer { return level{l.tree.fold(f), l.rooted} }

// pair are two trees, one after the other, that halve the resolution. The root
// of the second sees the input and what the first made of it.
type pair struct{ first, second tree }

func newPair(b *layer.Builder, name string, in, out int) pair {
	return pair{newTree(b, name+".tree1", in, out, 2, 0), newTree(b, name+".tree2", out, out, 1, in+out)}
}

func (p pair) Forward(x torchx.Tensor) torchx.Tensor {
	bottom := torchx.MaxPool(x, 2, 2, 0)
	first := p.first.forward(x, bottom)
	y := p.second.forward(first, first, bottom, first)
	torchx.Release(bottom, first)
	return y
}

// Fold makes the trees for inference.
func (p pair) Fold(f *layer.Folder) layer.Layer { return pair{p.first.fold(f), p.second.fold(f)} }
