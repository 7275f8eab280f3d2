package centernet

import (
	"fmt"
	"slices"

	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// aggregation is the neck of DLA ("Deep layer aggregation", Yu et al., CVPR 2018),
// with deformable convolutions as in CenterNet's
// src/lib/models/networks/pose_dla_dcn.py, after whose modules its numbers are
// named. It makes one map, of the finest resolution, of those of all strides.
type aggregation struct {
	up    []iterative // from coarse to fine, each of one map more than the last
	final iterative   // of what each of these gave
}

// newAggregation makes the neck for maps of so many channels at the strides 4, 8,
// 16 and so on, and returns it with the number of its output channels.
func newAggregation(b *layer.Builder, prefix string, channels []int) (aggregation, int) {
	var a aggregation
	now := slices.Clone(channels)    // of the maps, as they are replaced
	factors := make([]int, len(now)) // of their resolution to the output's
	for i := range now {
		factors[i] = 1 << i
	}
	last := len(channels) - 1
	for i := range last {
		first := last - 1 - i
		to := channels[first]
		// What lies beyond the next map was brought to its resolution before.
		enlarge := slices.Repeat([]int{2}, len(now)-first-1)
		a.up = append(a.up, newIterative(b, fmt.Sprintf("%s.dla_up.ida_%d", prefix, i), to, 4<<first, now[first+1:], enlarge))
		for j := first + 1; j < len(now); j++ {
			now[j] = to
		}
	}
	a.final = newIterative(b, prefix+".ida_up", channels[0], 4, channels[1:last], factors[1:last])
	return a, channels[0]
}

// Forward makes the map of maps, which stay as they are.
func (a aggregation) Forward(maps []torchx.Tensor) torchx.Tensor {
	maps = slices.Clone(maps)
	var outputs, made []torchx.Tensor
	for i, up := range a.up {
		made = append(made, up.merge(maps[len(maps)-2-i:])...)
		outputs = slices.Insert(outputs, 0, maps[len(maps)-1])
	}
	made = append(made, a.final.merge(outputs)...)
	torchx.Release(made[:len(made)-1]...)
	return made[len(made)-1]
}

// iterative is iterative aggregation: the steps that bring maps to the resolution
// and the number of channels of the one before them.
type iterative []step

type step struct{ project, up, node layer.Layer }

// newIterative makes the steps for maps of so many channels that follow one of to
// channels at a stride, each of which has to be enlarged by a factor.
func newIterative(b *layer.Builder, name string, to, stride int, channels, factors []int) iterative {
	var steps iterative
	for i, c := range channels {
		part := func(kind string) string { return fmt.Sprintf("%s.%s_%d", name, kind, i+1) }
		b.At(float64(stride * factors[i]))
		steps = append(steps, step{
			project: deformed(b, part("proj"), c, to),
			up:      b.UpDepthwise(part("up"), to, factors[i]),
			node:    deformed(b, part("node"), to, to),
		})
	}
	return steps
}

// deformed makes a deformable convolution with normalisation and activation.
func deformed(b *layer.Builder, name string, in, out int) layer.Layer {
	return layer.Chain{b.Deformable(name+".conv", in, out), b.Norm(name+".actf.0", out, rectified)}
}

// merge replaces every map but the first, L_i ← node(up(project(L_i)) + L_{i−1}),
// and returns the new ones.
func (s iterative) merge(maps []torchx.Tensor) []torchx.Tensor {
	for i, step := range s {
		projected := step.project.Forward(maps[i+1])
		up := step.up.Forward(projected)
		sum := torchx.Add(up, maps[i])
		maps[i+1] = step.node.Forward(sum)
		torchx.Release(projected, up, sum)
	}
	return slices.Clone(maps[1:])
}

func (a aggregation) fold(f *layer.Folder) neck {
	folded := aggregation{final: a.final.fold(f)}
	for _, up := range a.up {
		folded.up = append(folded.up, up.fold(f))
	}
	return folded
}

func (s iterative) fold(f *layer.Folder) (folded iterative) {
	for _, each := range s {
		folded = append(folded, step{f.Layer(each.project), f.Layer(each.up), f.Layer(each.node)})
	}
	return folded
}
