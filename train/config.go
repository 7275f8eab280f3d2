package train

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"cocostat/annotations"
	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/model"
	"cocostat/weights"
)

// What is done with training images without a box larger than one pixel.
const (
	KeepEmpty = "keep"
	SkipEmpty = "skip"
)

// Config is everything that decides the outcome of a training. DefaultConfig
// returns the defaults; the zero value is not valid.
type Config struct {
	// Recipe is the name of the recipe that the settings were taken from, for
	// the record.
	Recipe string `json:"recipe,omitempty"`
	// StartNote says why the recipe's published values do not hold for the first
	// weights that were taken, for the record.
	StartNote string `json:"start_note,omitempty"`
	// Weights is the weights file; empty means that the weights are made from
	// the training annotations, with weights.DefaultOptions.
	Weights string `json:"weights,omitempty"`
	// Data says where the annotations and images lie. What is empty is found:
	// the training annotations by the weights file's source entry, the rest by
	// the conventions of package data.
	Data data.Layout `json:"data"`
	// More are training sets beside that of Data, which are trained on as one.
	More []data.Part `json:"more_data,omitempty"`
	// Selection and ByName say which categories are classes, as in
	// annotations.Options. Beside a weights file they must not contradict it.
	Selection annotations.Selection `json:"selection,omitzero"`
	ByName    bool                  `json:"by_name,omitempty"`

	Model model.Config `json:"model"` // Classes comes from the dataset

	Loss balance.Loss `json:"loss"` // of the heatmap
	// Balance is the rest of the loss's configuration; Open takes it from the
	// weights file.
	Balance *balance.Config `json:"balance,omitempty"`
	// EtaCounts says what n of η^n counts: CountTargets, also if empty, or
	// CountTable, of the file EtaFile.
	EtaCounts string `json:"eta_counts,omitempty"`
	EtaFile   string `json:"eta_file,omitempty"`

	Gamma      float64 `json:"gamma"`          // focal exponent γ ≥ 0; -1 means that of the loss
	Background float64 `json:"background"`     // of EQL: weight of tail classes at background locations, in [0, 1]
	Beta       float64 `json:"beta,omitempty"` // of CBL's effective number, in (0, 1); 0 means the weights file's, or 0.9999

	Epochs int `json:"epochs"`
	Batch  int `json:"batch"` // images that go through the network together
	// Accumulate is how many batches make a step, whose gradients' mean it takes; 0
	// means 1, or one for each process. Processes share them.
	Accumulate  int       `json:"accumulate,omitempty"`
	Size        int       `json:"size"`                // side of the square input in pixels, a multiple of the network's stride; 0 with Sides
	Sides       Sides     `json:"sides,omitzero"`      // instead of squares
	TestSize    string    `json:"test_size,omitempty"` // TestFixed, also if empty, or TestKeep
	Rate                  // of learning
	Optimiser   Optimiser `json:"optimiser,omitzero"`
	WeightDecay float64   `json:"weight_decay"` // L2 term of the optimiser
	EMA         float64   `json:"ema"`          // decay of the moving average of the weights, in [0, 1); 0 keeps none
	Seed        uint64    `json:"seed"`

	Freeze     string       `json:"freeze,omitempty"`     // FreezeNone, also if empty, FreezeNorms or FreezeStem
	Pretrained string       `json:"pretrained,omitempty"` // file with the backbone's first weights; empty: random ones
	Augment    data.Augment `json:"augment"`
	// EmptyImages says what to do with training images without a box larger than
	// one pixel: KeepEmpty, also if empty, or SkipEmpty.
	EmptyImages string              `json:"empty_images,omitempty"`
	OnBadImage  data.BadImagePolicy `json:"on_bad_image"`
	EvalEvery   int                 `json:"eval_every"` // epochs between evaluations; the last is always evaluated
	// RoundResults evaluates boxes and scores that are rounded to two decimals, as
	// those of CenterNet's published AP are (src/lib/datasets/dataset/coco.py).
	RoundResults bool          `json:"round_results,omitempty"`
	TestFlip     bool          `json:"test_flip"`  // evaluate the mean of an image and its mirror image
	SaveEvery    time.Duration `json:"save_every"` // between checkpoints inside an epoch; 0: only after epochs

	// Precision of convolutions: PrecisionFloat32, also if empty, PrecisionTF32 or
	// PrecisionBFloat16.
	Precision string `json:"precision,omitempty"`

	Device  string `json:"device"`  // cpu, cuda or cuda:N
	Threads int    `json:"threads"` // of libtorch on the CPU; 0 means one per processor
	Workers int    `json:"workers"` // goroutines that decode and augment; 0 means one per two threads
	Cache   int64  `json:"cache"`   // bytes of decoded images kept in memory
}

// DefaultConfig returns the paper's settings for a MobileNet v2 CenterNet
// (section 5.1), but for the batch: 128 images of 512×512 do not fit into most
// machines. The learning rate follows from batch and dataset, see RuleLR.
func DefaultConfig() Config { return DefaultConfigOf(model.CenterNet, "mobilenet_v2") }

// DefaultConfigOf returns the settings that belong to a detector on a backbone.
// For a CenterNet they are DefaultConfig's on every backbone, but for the network:
// what else was published for ResNets and DLA is in their recipes.
func DefaultConfigOf(detector, backbone string) Config {
	c := Config{
		Model: model.Default(detector, backbone, 0),
		Loss:  balance.BOFL, Gamma: -1, Background: 1,
		Epochs: 140, Batch: 16, Size: 512, WeightDecay: 1e-4, Seed: 1,
		Rate:    Rate{Schedule: RateCosine, Warmup: -1},
		Augment: data.CenterNetAugment(), OnBadImage: data.FailOnBadImage, EvalEvery: 5, SaveEvery: 10 * time.Minute,
		Device: "cpu", Cache: 1 << 30,
	}
	c.habits().publish(&c)
	return c
}

// Validate reports values outside their ranges.
func (c Config) Validate() error {
	switch {
	case c.Epochs < 1:
		return fmt.Errorf("train: %d epochs, want at least 1", c.Epochs)
	case c.Batch < 1:
		return fmt.Errorf("train: a batch of %d images, want at least 1", c.Batch)
	case c.Accumulate < 0:
		return fmt.Errorf("train: %d batches in a step, want at least 1", c.Accumulate)
	case !(c.WeightDecay >= 0 && c.WeightDecay < 1):
		return fmt.Errorf("train: weight decay %g is outside [0, 1)", c.WeightDecay)
	case !(c.EMA >= 0 && c.EMA < 1):
		return fmt.Errorf("train: decay %g of the average of weights is outside [0, 1)", c.EMA)
	case c.EvalEvery < 1:
		return fmt.Errorf("train: evaluation every %d epochs, want at least 1", c.EvalEvery)
	case c.EmptyImages != "" && c.EmptyImages != KeepEmpty && c.EmptyImages != SkipEmpty:
		return fmt.Errorf("train: unknown treatment %q of empty images: use %s or %s", c.EmptyImages, KeepEmpty, SkipEmpty)
	case c.SaveEvery < 0:
		return fmt.Errorf("train: a checkpoint every %v, want at least 0", c.SaveEvery)
	}
	for _, err := range []error{checkBounds(c), c.validateModel(), c.validateFreeze(), c.validateShape(), c.validateNorms(), c.validateLoss(), c.validatePrecision(), c.Rate.validate(c.Epochs), c.Optimiser.validate(), c.OnBadImage.Validate(), c.Augment.Validate()} {
		if err != nil {
			return err
		}
	}
	return nil
}

// validateModel reports a network that cannot be built, for whatever classes.
func (c Config) validateModel() error {
	if c.Model.Classes == 0 {
		c.Model.Classes = 1
	}
	return c.Model.Validate()
}

// validateLoss reports settings of the loss that are out of range, or that the
// chosen loss does not have.
func (c Config) validateLoss() error {
	if err := c.Loss.Validate(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	switch {
	case c.Gamma != -1 && !(c.Gamma >= 0 && c.Gamma <= 10):
		return fmt.Errorf("train: focal exponent %g is outside [0, 10]", c.Gamma)
	case c.Gamma != -1 && c.Loss.Base == balance.CrossEntropy:
		return errors.New("train: cross entropy has no focal exponent: use the loss focal for one")
	case !(c.Background >= 0 && c.Background <= 1):
		return fmt.Errorf("train: background weight %g is outside [0, 1]", c.Background)
	case c.Background != 1 && c.Loss.Base != balance.EQL:
		return fmt.Errorf("train: a background weight of tail classes belongs to the loss eql, not to %v", c.Loss)
	case c.EtaCounts != "" && c.EtaCounts != CountTargets && c.EtaCounts != CountTable:
		return fmt.Errorf("train: unknown counts %q of η: use %s or %s", c.EtaCounts, CountTargets, CountTable)
	case c.EtaCounts == CountTable && !c.Loss.BB:
		return fmt.Errorf("train: counts of an eta file belong to batch-wise balancing (bb), which the loss %v is without", c.Loss)
	case c.EtaCounts == CountTable && c.Model.CountsCells():
		return errors.New("train: an eta file counts objects, and the targets of this FCOS their positive cells: let the targets be counted, or count objects")
	case c.Beta != 0 && !(c.Beta > 0 && c.Beta < 1):
		return fmt.Errorf("train: beta %g is outside (0, 1)", c.Beta)
	case c.Beta != 0 && c.Loss.AlphaMethod() != weights.Effective:
		return fmt.Errorf("train: beta belongs to the effective number of the loss cbl without approx, not to %v", c.Loss)
	}
	return nil
}

// batches is how many batches make a step.
func (c Config) batches() int { return max(1, c.Accumulate) }

// StepImages is how many images a step takes.
func (c Config) StepImages() int { return c.Batch * c.batches() }

// gamma resolves the focal exponent.
func (c Config) gamma() float64 {
	if c.Gamma < 0 {
		return c.Loss.Gamma()
	}
	return c.Gamma
}

// LambdaNote says that a tenth of the epochs or more are trained without
// weights, as in a short training that keeps a long one's deferred epochs, or
// that λ never reaches 1; "" if neither is so, or if the loss has no schedule.
// Balance must be set.
func (c Config) LambdaNote() string {
	b := c.Balance
	if !c.Loss.LS {
		return ""
	}
	var notes []string
	neutral := balance.Neutral(b.Schedule, b.Update, b.DeferredEpochs, c.Epochs)
	if neutral >= 2 && 10*neutral >= c.Epochs {
		notes = append(notes, fmt.Sprintf("λ is 0, and all weights 1, in the first %d of %d epochs (the paper: 6 of 140): those that are deferred, %d, and with a linear schedule the one that it rises from",
			neutral, c.Epochs, b.DeferredEpochs))
	}
	if balance.Lambda(b.Schedule, float64(c.Epochs-1), b.DeferredEpochs, c.Epochs) != 1 {
		notes = append(notes, fmt.Sprintf("λ never reaches 1 in %d epochs of the schedule %s", c.Epochs, b.Schedule))
	}
	return strings.Join(notes, "; ")
}

// lambdaRemedy says what to do about a LambdaNote.
func (c Config) lambdaRemedy() string {
	if c.Balance.DeferredEpochs == 0 {
		return "train for longer"
	}
	return "name fewer with --deferred-epochs, or train for longer"
}

// Difference names the first setting in which c and d would not train the
// same network from the same data, or "".
func (c Config) Difference(d Config) string {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"model", c.Model.Same(d.Model)},
		{"data", c.Data == d.Data && slices.Equal(c.More, d.More)},
		{"choice of classes", reflect.DeepEqual(c.Selection, d.Selection) && c.ByName == d.ByName},
		{"treatment of empty images", c.EmptyImages == d.EmptyImages},
		{"size", c.Size == d.Size && c.Sides.equal(d.Sides) && c.TestSize == d.TestSize},
		{"batch", c.Batch == d.Batch},
		{"number of batches in a step", c.batches() == d.batches()},
		{"epochs", c.Epochs == d.Epochs},
		{"seed", c.Seed == d.Seed},
		{"loss", c.Loss == d.Loss && c.Gamma == d.Gamma && c.Background == d.Background && c.Beta == d.Beta},
		{"optimiser", c.Optimiser == d.Optimiser},
		{"part that is frozen", c.Freeze == d.Freeze},
		{"learning rate", c.Rate.equal(d.Rate) && c.WeightDecay == d.WeightDecay},
		{"counts of η", c.EtaCounts == d.EtaCounts},
		{"schedule or intensity of the loss", sameBalance(c.Balance, d.Balance)},
		{"average of weights", c.EMA == d.EMA},
		{"precision", c.convolutions() == d.convolutions()},
		{"augmentation", c.Augment == d.Augment},
	} {
		if !f.same {
			return f.name
		}
	}
	return ""
}

func sameBalance(a, b *balance.Config) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
