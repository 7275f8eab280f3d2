package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"cocostat/internal/safetensors"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// A checkpoint is a safetensors file: the entries of the network by name, the
// moments of Adam as adam.first.NAME and adam.second.NAME if training can go
// on from it, and metadata.
const (
	checkpointFormat = "checkpoint/1"
	keyFormat        = "cocostat.format"
	keyState         = "cocostat.state"
	keySteps         = "cocostat.adam_steps"
	firstPrefix      = "adam.first."
	secondPrefix     = "adam.second."
)

// State is what a checkpoint knows beside the numbers of the network.
type State struct {
	Config  Config   `json:"config"`
	Classes []Class  `json:"classes"` // in channel order
	Epoch   int      `json:"epoch"`   // whole epochs trained
	Metrics []Metric `json:"metrics"` // of these epochs
	BestAP  float64  `json:"best_ap"` // highest validation AP so far; -1 before the first
}

// Class is a category that the network knows.
type Class struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Group string `json:"group"` // tail or head, as in the weights file
}

// save writes a checkpoint; without adam it is for use, not for going on.
func save(path string, net *model.CenterNet, adam *torchx.Adam, s State) error {
	state, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f := safetensors.File{Metadata: map[string]string{keyFormat: checkpointFormat, keyState: string(state)}}
	if err := appendEntries(&f, net.Entries()); err != nil {
		return err
	}
	if adam != nil {
		f.Metadata[keySteps] = strconv.FormatInt(adam.Steps(), 10)
		moments, err := momentEntries(net, adam)
		if err != nil {
			return err
		}
		if err := appendEntries(&f, moments); err != nil {
			return err
		}
	}
	return safetensors.WriteFile(path, f)
}

func appendEntries(f *safetensors.File, entries []model.Entry) error {
	for _, e := range entries {
		n := int64(1)
		for _, s := range e.Shape {
			n *= s
		}
		data := make([]float32, n)
		if err := torchx.Read(e.Tensor, data); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		f.Tensors = append(f.Tensors, safetensors.Tensor{Name: e.Name, Shape: e.Shape, Data: data})
	}
	return nil
}

// momentEntries lists the optimiser's moments under their names.
func momentEntries(net *model.CenterNet, adam *torchx.Adam) ([]model.Entry, error) {
	var entries []model.Entry
	i := 0
	for _, e := range net.Entries() {
		if e.Buffer {
			continue
		}
		first, second, err := adam.Moments(i)
		if err != nil {
			return nil, err
		}
		i++
		entries = append(entries, model.Entry{Name: firstPrefix + e.Name, Tensor: first, Shape: e.Shape},
			model.Entry{Name: secondPrefix + e.Name, Tensor: second, Shape: e.Shape})
	}
	return entries, nil
}

// Checkpoint is a checkpoint that was read.
type Checkpoint struct {
	State
	path    string
	tensors map[string]safetensors.Tensor
	steps   int64 // of Adam; -1 if the checkpoint holds no optimiser
}

// LoadCheckpoint reads the checkpoint at path.
func LoadCheckpoint(path string) (*Checkpoint, error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	if format := f.Metadata[keyFormat]; format != checkpointFormat {
		return nil, fmt.Errorf("train: %s: not a checkpoint of this program (format %q, want %q)", path, format, checkpointFormat)
	}
	c := &Checkpoint{path: path, tensors: map[string]safetensors.Tensor{}, steps: -1}
	if err := json.Unmarshal([]byte(f.Metadata[keyState]), &c.State); err != nil {
		return nil, fmt.Errorf("train: %s: metadata: %w", path, err)
	}
	if text, has := f.Metadata[keySteps]; has {
		if c.steps, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("train: %s: metadata: %w", path, err)
		}
	}
	for _, t := range f.Tensors {
		c.tensors[t.Name] = t
	}
	return c, nil
}

// ErrNoOptimiser is what going on from a checkpoint without optimiser gives.
var ErrNoOptimiser = errors.New("the checkpoint holds no optimiser: go on from last.safetensors")

// restore puts the numbers into the network and, unless nil, the optimiser.
func (c *Checkpoint) restore(net *model.CenterNet, adam *torchx.Adam) error {
	entries := net.Entries()
	if adam != nil {
		if c.steps < 0 {
			return fmt.Errorf("train: %s: %w", c.path, ErrNoOptimiser)
		}
		moments, err := momentEntries(net, adam)
		if err != nil {
			return err
		}
		entries = append(slices.Clone(entries), moments...)
		adam.SetSteps(c.steps)
	}
	for _, e := range entries {
		t, has := c.tensors[e.Name]
		if !has || !slices.Equal(t.Shape, e.Shape) {
			return fmt.Errorf("train: %s: tensor %s has shape %v, the network needs %v: the checkpoint belongs to another network", c.path, e.Name, t.Shape, e.Shape)
		}
		if err := torchx.Write(e.Tensor, t.Data); err != nil {
			return err
		}
	}
	return nil
}
