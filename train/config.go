package train

import (
	"errors"
	"fmt"
	"slices"

	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/model"
)

// Config is everything that decides the outcome of a training. DefaultConfig
// returns the defaults; the zero value is not valid.
type Config struct {
	// Weights is the weights file; empty means that the weights are made from
	// the training annotations, with weights.DefaultOptions.
	Weights string `json:"weights,omitempty"`
	// Data says where the annotations and images lie. What is empty is found:
	// the training annotations by the weights file's source entry, the rest by
	// the conventions of package data.
	Data data.Layout `json:"data"`

	Model model.Config `json:"model"` // Classes comes from the dataset

	// WF, BB and LS are the parts of the loss, as in table 1 of the paper.
	WF bool `json:"weighting_factor"`
	BB bool `json:"batch_balancing"`
	LS bool `json:"linear_scheduling"`
	// Balance is the rest of the loss's configuration; Open takes it from the
	// weights file.
	Balance *balance.Config `json:"balance,omitempty"`
	Gamma   float64         `json:"gamma"` // focal exponent γ ≥ 0

	Epochs      int     `json:"epochs"`
	Batch       int     `json:"batch"`        // images per step
	Size        int     `json:"size"`         // side of the input in pixels, a multiple of 32
	LR          float64 `json:"lr"`           // learning rate after the warm-up
	Warmup      int     `json:"warmup"`       // steps of linear warm-up; -1 means 500, but at most a tenth of all
	WeightDecay float64 `json:"weight_decay"` // L2 term of Adam
	Seed        uint64  `json:"seed"`

	Augment   data.Augment `json:"augment"`
	EvalEvery int          `json:"eval_every"` // epochs between evaluations; the last is always evaluated

	Device  string `json:"device"`  // cpu, cuda or cuda:N
	Threads int    `json:"threads"` // of libtorch on the CPU; 0 means one per processor
	Workers int    `json:"workers"` // goroutines that decode and augment; 0 means one per two threads
	Cache   int64  `json:"cache"`   // bytes of decoded images kept in memory
}

// DefaultConfig returns the paper's settings (section 5.1), but for the batch:
// 128 images of 512×512 do not fit into most machines.
func DefaultConfig() Config {
	return Config{
		Model: model.DefaultConfig(0),
		WF:    true, BB: true, LS: true, Gamma: 2,
		Epochs: 140, Batch: 16, Size: 512, LR: 5e-4, Warmup: -1, WeightDecay: 1e-4, Seed: 1,
		Augment: data.CenterNetAugment(), EvalEvery: 5,
		Device: "cpu", Cache: 1 << 30,
	}
}

// Validate reports values outside their ranges.
func (c Config) Validate() error {
	switch {
	case c.Epochs < 1:
		return fmt.Errorf("train: %d epochs, want at least 1", c.Epochs)
	case c.Batch < 1:
		return fmt.Errorf("train: a batch of %d images, want at least 1", c.Batch)
	case c.Size < c.Model.Stride() || c.Size%c.Model.Stride() != 0:
		return fmt.Errorf("train: input size %d is not a positive multiple of %d", c.Size, c.Model.Stride())
	case !(c.LR > 0):
		return fmt.Errorf("train: learning rate %g, want more than 0", c.LR)
	case c.Warmup < -1:
		return fmt.Errorf("train: %d warm-up steps, want at least 0", c.Warmup)
	case !(c.WeightDecay >= 0 && c.WeightDecay < 1):
		return fmt.Errorf("train: weight decay %g is outside [0, 1)", c.WeightDecay)
	case !(c.Gamma >= 0 && c.Gamma <= 10):
		return fmt.Errorf("train: focal exponent %g is outside [0, 10]", c.Gamma)
	case c.EvalEvery < 1:
		return fmt.Errorf("train: evaluation every %d epochs, want at least 1", c.EvalEvery)
	case c.Threads < 0 || c.Workers < 0 || c.Cache < 0:
		return errors.New("train: threads, workers and cache cannot be negative")
	case c.LS && !c.WF && !c.BB:
		return errors.New("train: linear scheduling has nothing to schedule without the weighting factor or batch-wise balancing: switch it off as well")
	}
	return c.Augment.Validate()
}

// Difference names the first setting in which c and d would not train the
// same network from the same data, or "".
func (c Config) Difference(d Config) string {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"model", c.Model.Backbone == d.Model.Backbone && c.Model.Width == d.Model.Width && slices.Equal(c.Model.Neck, d.Model.Neck) &&
			c.Model.HeadChannels == d.Model.HeadChannels && c.Model.Classes == d.Model.Classes},
		{"data", c.Data == d.Data},
		{"size", c.Size == d.Size},
		{"batch", c.Batch == d.Batch},
		{"epochs", c.Epochs == d.Epochs},
		{"seed", c.Seed == d.Seed},
	} {
		if !f.same {
			return f.name
		}
	}
	return ""
}
