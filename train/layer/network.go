package layer

import "cocostat/train/torchx"

// Entry is a named tensor of a network.
type Entry struct {
	Name   string
	Tensor torchx.Tensor
	Shape  []int64
	Buffer bool // not learnt but measured: a running statistic
	// Momentum is the part that a batch has in a running statistic.
	Momentum float64
	Frozen   bool // not trained: it keeps its numbers
}

// Count is the number of its numbers.
func (e Entry) Count() int {
	n := 1
	for _, side := range e.Shape {
		n *= int(side)
	}
	return n
}

// Trained reports whether an optimiser moves the entry.
func (e Entry) Trained() bool { return !e.Buffer && !e.Frozen }

// Network are the numbers of a network.
type Network struct {
	entries []Entry
	norms   []*Norm
}

// Entries returns all parameters and buffers, in the order in which they were
// made.
func (n *Network) Entries() []Entry { return n.entries }

// Parameters returns what is trained, in that order.
func (n *Network) Parameters() []torchx.Tensor {
	var p []torchx.Tensor
	for _, e := range n.entries {
		if e.Trained() {
			p = append(p, e.Tensor)
		}
	}
	return p
}

// SetTraining chooses between the statistics of the batch (training) and the
// running ones (evaluation) in the batch normalisations.
func (n *Network) SetTraining(on bool) {
	for _, m := range n.norms {
		m.Batch = on && !n.frozen(m.name+".weight")
	}
}

func (n *Network) frozen(name string) bool {
	for _, e := range n.entries {
		if e.Name == name {
			return e.Frozen
		}
	}
	return false
}

// NormEntries returns the numbers of the batch normalisations, by name.
func (n *Network) NormEntries() map[string]bool {
	names := map[string]bool{}
	for _, m := range n.norms {
		names[m.name+".weight"], names[m.name+".bias"] = true, true
	}
	return names
}

// Freeze makes the parameters whose names which accepts keep their numbers. A
// batch normalisation whose scale is frozen uses its running statistics in
// training too, and leaves them as they are.
func (n *Network) Freeze(which func(name string) bool) error {
	for i := range n.entries {
		e := &n.entries[i]
		if e.Buffer || e.Frozen || !which(e.Name) {
			continue
		}
		e.Frozen = true
		if err := torchx.SetRequiresGrad(e.Tensor, false); err != nil {
			return err
		}
	}
	n.SetTraining(true)
	return nil
}

// Move puts the network on a device, its convolutions in the given layout. Do so
// before making an optimiser.
func (n *Network) Move(device string, layout torchx.Layout) error {
	for _, e := range n.entries {
		if err := torchx.Move(e.Tensor, device, layout); err != nil {
			return err
		}
	}
	return nil
}
