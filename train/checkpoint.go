package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/safetensors"
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// A checkpoint is a safetensors file: the entries of the network by name, their
// moving average as ema.NAME if there is one, the moments of Adam as
// adam.first.NAME and adam.second.NAME, or that of SGD as sgd.momentum.NAME, if
// training can go on from it, and
// metadata, of which one entry has the checksums of all others.
const (
	checkpointFormat = "checkpoint/3"
	// formatOfData is the format before, whose checksums are of the numbers
	// alone, without their type and shape. It is still read.
	formatOfData  = "checkpoint/2"
	keyFormat     = "cocostat.format"
	keyState      = "cocostat.state"
	keySteps      = "cocostat.adam_steps" // of whatever optimiser
	keyChecksums  = "cocostat.checksums"
	averagePrefix = "ema."
)

// State is what a checkpoint knows beside the numbers of the network.
type State struct {
	Config  Config  `json:"config"`
	Classes []Class `json:"classes"` // in channel order
	// Categories of the dataset that are no classes, or not as they stand there.
	annotations.Selected
	// TrainingSet is the fingerprint of the images and boxes trained on; empty
	// in checkpoints of before there was one.
	TrainingSet string `json:"training_set,omitempty"`
	// ValidationSet is likewise of the images and boxes evaluated on; empty
	// without them too.
	ValidationSet string `json:"validation_set,omitempty"`

	// Processes that trained until now; 0 is one.
	Processes int `json:"processes,omitempty"`

	Epoch   int      `json:"epoch"`   // whole epochs trained
	Step    int      `json:"step"`    // steps trained of the next epoch
	Part    Metric   `json:"part"`    // of these steps
	Metrics []Metric `json:"metrics"` // of the whole epochs
	BestAP  float64  `json:"best_ap"` // highest validation AP so far; -1 before the first
	// Events are the files for TensorBoard, up to this moment.
	Events []EventFile `json:"events"`
}

// at says how far the state has come.
func (s State) at() string {
	if s.Step == 0 {
		return fmt.Sprintf("after epoch %d", s.Epoch)
	}
	return fmt.Sprintf("epoch %d, after step %d", s.Epoch+1, s.Step)
}

// Class is a category that the network knows.
type Class struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Group string `json:"group"` // tail or head, as in the weights file
}

// momentEntries lists the optimiser's moments under their names.
func momentEntries(net detector.Detector, o torchx.Optimiser) ([]layer.Entry, error) {
	var entries []layer.Entry
	i := 0
	for _, e := range net.Entries() {
		if !e.Trained() {
			continue
		}
		moments, err := o.Moments(i)
		if err != nil {
			return nil, err
		}
		i++
		for _, m := range moments {
			entries = append(entries, layer.Entry{Name: m.Name + "." + e.Name, Tensor: m.Tensor, Shape: e.Shape})
		}
	}
	return entries, nil
}

// Checkpoint is a checkpoint that was read.
type Checkpoint struct {
	State
	path    string
	format  string // checkpointFormat or formatOfData
	tensors map[string]safetensors.Tensor
	steps   int64 // of the optimiser; -1 if the checkpoint holds no optimiser
}

// LoadCheckpoint reads the checkpoint at path. It refuses a file of which
// anything is missing or does not fit its checksum, and names the place.
func LoadCheckpoint(path string) (*Checkpoint, error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w (a run folder's are %s and %s)", err, LastFile, BestFile)
	}
	if format := f.Metadata[keyFormat]; !isCheckpoint(format) {
		if strings.HasPrefix(format, "checkpoint/") {
			return nil, fmt.Errorf("train: %s: a checkpoint of another version of this program (%s, this one reads %s and %s): train again, or use that version", path, format, checkpointFormat, formatOfData)
		}
		return nil, fmt.Errorf("train: %s: not a checkpoint of this program (format %q, want %q)", path, format, checkpointFormat)
	}
	if err := verify(f); err != nil {
		return nil, fmt.Errorf("train: %s: %w", path, err)
	}
	c := &Checkpoint{path: path, format: f.Metadata[keyFormat], tensors: map[string]safetensors.Tensor{}, steps: -1}
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

// isCheckpoint reports whether a format is one that is read.
func isCheckpoint(format string) bool { return format == checkpointFormat || format == formatOfData }

// versionNote says that going on from a checkpoint of an earlier version may end
// with other numbers than that version's; "" for one of this format.
func (c *Checkpoint) versionNote() string {
	if c.format == checkpointFormat {
		return ""
	}
	return fmt.Sprintf("%s is an earlier version's (%s): the run may end with other numbers than there, as the lighting of the augmentation and the decoding of JPEG files without tables were corrected", c.path, c.format)
}

// ErrNoOptimiser is what going on from a checkpoint without optimiser gives.
var ErrNoOptimiser = errors.New("the checkpoint holds no optimiser: go on from last.safetensors")

// restore puts the network that is to be used into net: the moving average of
// the weights, if the checkpoint has one.
func (c *Checkpoint) restore(net detector.Detector) error {
	prefix := ""
	if _, has := c.tensors[averagePrefix+net.Entries()[0].Name]; has {
		prefix = averagePrefix
	}
	return c.write(net.Entries(), prefix)
}

// resume puts everything that training goes on with into l.
func (c *Checkpoint) resume(l *learner) error {
	if c.steps < 0 {
		return fmt.Errorf("train: %s: %w", c.path, ErrNoOptimiser)
	}
	entries, err := l.all()
	if err != nil {
		return err
	}
	l.optimiser.SetSteps(c.steps)
	return c.write(entries, "")
}

// write copies the tensors prefix+NAME into the entries.
func (c *Checkpoint) write(entries []layer.Entry, prefix string) error {
	for _, e := range entries {
		t, has := c.tensors[prefix+e.Name]
		if !has || !slices.Equal(t.Shape, e.Shape) {
			return fmt.Errorf("train: %s: tensor %s has shape %v, the network needs %v: the checkpoint belongs to another network", c.path, prefix+e.Name, t.Shape, e.Shape)
		}
		if err := torchx.Write(e.Tensor, t.Data); err != nil {
			return err
		}
	}
	return nil
}

// newest reads the checkpoint to go on from: the last one or, where that was
// removed, the one before it. It returns nil if there is none yet.
func (f *folder) newest() (*Checkpoint, error) {
	c, err := LoadCheckpoint(f.file(LastFile))
	if err == nil {
		return c, nil
	}
	previous, problem := LoadCheckpoint(f.file(PreviousFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && errors.Is(problem, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return previous, problem
	case errors.Is(problem, fs.ErrNotExist):
		return nil, fmt.Errorf("%w; there is no other checkpoint: without %s, --resume begins anew", err, LastFile)
	case problem != nil:
		return nil, fmt.Errorf("%w; and so is the one before it: %w", err, problem)
	}
	return nil, fmt.Errorf("%w; the one before it, %s (%s), is whole: without %s, --resume goes on from there", err, PreviousFile, previous.at(), LastFile)
}
