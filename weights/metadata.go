package weights

import (
	"cmp"
	"errors"
	"fmt"

	"cocostat/annotations"
)

// Format is the version of the weights file.
const Format = "weights/1"

// MetadataKey is the key under which files hold Metadata, EtaMetadata and
// ImageMetadata, as JSON.
const MetadataKey = "cocostat"

// MethodUnknown is the method of weights and groupings that were read from a
// file without metadata.
const MethodUnknown = "unknown"

// Values of Alpha.Normalisation. All but the first multiply the weights by one
// factor.
const (
	NormalisationNone      = "none"      // as the formula gives it
	NormalisationSum       = "sum"       // Σ α_y = C
	NormalisationMean      = "mean"      // the mean over the classes is 1: the factor of NormalisationSum
	NormalisationInstances = "instances" // the mean over the instances is 1: Σ n_y·α_y = n
)

// Values of Alpha.Base: what n_y in the formulas counts.
const (
	BaseInstances = "instances" // annotations of the class
	BaseImages    = "images"    // images that hold the class
)

// Values of Metadata.Counted: what the instances are.
const (
	CountedTrainable = "trainable" // annotations that training can use: annotations.ClipBox
	CountedAll       = "all"       // all annotations of a listed image and category
	CountedTable     = "table"     // numbers of a table of counts; its images are not known where AnnotatedImages is 0
)

// Values of Eta.Reading: what the hat over η in eq. (8) applies to.
const (
	ReadingBase  = "base"  // the base: (1+λ(η−1))^n
	ReadingPower = "power" // the whole factor: 1+λ(η^n−1)
)

// Values of Eta.Scope: where n in η^n counts the objects of a class.
const (
	ScopeImage = "image" // in each image
	ScopeBatch = "batch" // in all images of the mini-batch on one device
)

// Values of Schedule.Name: λ over the epochs.
const (
	ScheduleConstant       = "constant"        // 1 from the first epoch on
	ScheduleDeferred       = "deferred"        // 0 for the deferred epochs, then 1
	ScheduleLinear         = "linear"          // rises from the first epoch to the last
	ScheduleDeferredLinear = "deferred-linear" // 0 for the deferred epochs, then rises from 0
)

// Values of Schedule.Update: how often λ changes.
const (
	UpdateEpoch = "epoch"
	UpdateStep  = "step"
)

// Values of TailRatio.Centric: what the tail ratio counts.
const (
	CentricImage    = "image"
	CentricInstance = "instance"
)

// Metadata says what a weights file was made from and how it is meant to be
// used. Its JSON is the value of the schema's metadata key MetadataKey.
type Metadata struct {
	Format          string               `json:"format"`  // Format
	Version         string               `json:"version"` // of the program that wrote the file
	Sources         []annotations.Source `json:"sources"` // the annotation files; paths absolute, "-" for standard input
	Images          int64                `json:"images"`
	AnnotatedImages int64                `json:"annotated_images"` // images with any annotation
	Instances       int64                `json:"instances"`        // Σ n_y
	Crowds          bool                 `json:"crowds"`           // whether crowd regions count as instances
	Alpha           Alpha                `json:"alpha"`
	Eta             Eta                  `json:"eta"`
	Intensity       float64              `json:"intensity"` // s in α̂ = 1 + s·λ(α−1), in [0, 1]
	Schedule        Schedule             `json:"schedule"`
	TailRatio       TailRatio            `json:"tail_ratio"`
	RepeatThreshold float64              `json:"repeat_threshold"`    // t of repeat factor sampling
	Groupings       []Grouping           `json:"groupings,omitempty"` // beyond Row.Group and Row.LVISGroup

	Counted  string `json:"counted,omitempty"`  // one of the Counted constants; "", in early files, is CountedAll
	Unusable int64  `json:"unusable,omitempty"` // annotations that CountedTrainable leaves out

	annotations.Selected // categories of the sources that are no classes here, or not as they stand there
}

// Alpha says how the class weights were computed.
type Alpha struct {
	Method        string      `json:"method"`             // Inverse, Effective, Power, Log or Uniform
	Beta          float64     `json:"beta,omitempty"`     // of Effective, in (0, 1)
	Exponent      float64     `json:"exponent,omitempty"` // of Power, above 0
	Offset        float64     `json:"offset,omitempty"`   // c of Log, above 1
	Normalisation string      `json:"normalisation"`      // one of the Normalisation constants
	Clip          *[2]float64 `json:"clip,omitempty"`     // least and greatest weight; nil: not clipped
	Base          string      `json:"base"`               // BaseInstances or BaseImages: what n_y counts
}

// Eta is the batch-wise factor, eq. (8).
type Eta struct {
	Value   float64 `json:"value"`   // η in [0, 1]; 1 turns batch-wise balancing off
	Reading string  `json:"reading"` // ReadingBase or ReadingPower
	Scope   string  `json:"scope"`   // ScopeImage or ScopeBatch: where the objects are counted
}

// Schedule says how λ grows during training.
type Schedule struct {
	Name           string `json:"name"`            // one of the Schedule constants
	DeferredEpochs int    `json:"deferred_epochs"` // d ≥ 0; without effect in schedules that do not defer
	Update         string `json:"update"`          // UpdateEpoch or UpdateStep
}

// TailRatio says how the classes were divided into tail and head.
type TailRatio struct {
	Target  float64 `json:"target"`  // in [0, 1]
	Reached float64 `json:"reached"` // at most Target
	Lambda  float64 `json:"lambda"`  // frequency below which a class is in the tail
	Centric string  `json:"centric"` // CentricImage or CentricInstance
}

// Validate reports settings that change how weights are used and that no trainer
// knows, and groupings that contradict themselves.
func (m *Metadata) Validate() error {
	return errors.Join(m.Eta.Validate(), m.Schedule.Validate(), inUnitInterval("intensity", m.Intensity), validateGroupings(m.Groupings))
}

// Validate reports a reading, a scope or a value that eq. (8) does not know.
// An empty scope stands for ScopeImage.
func (e Eta) Validate() error {
	if err := inUnitInterval("eta", e.Value); err != nil {
		return err
	}
	return errors.Join(
		oneOf("eta reading", e.Reading, ReadingBase, ReadingPower),
		oneOf("eta scope", cmp.Or(e.Scope, ScopeImage), ScopeImage, ScopeBatch))
}

// Validate reports an unknown schedule or update period, or a negative number
// of deferred epochs.
func (s Schedule) Validate() error {
	if s.DeferredEpochs < 0 {
		return fmt.Errorf("deferred epochs %d is negative", s.DeferredEpochs)
	}
	return errors.Join(
		oneOf("schedule", s.Name, ScheduleConstant, ScheduleDeferred, ScheduleLinear, ScheduleDeferredLinear),
		oneOf("update period", s.Update, UpdateEpoch, UpdateStep))
}

func oneOf(what, value string, known ...string) error {
	list := ""
	for i, k := range known {
		if value == k {
			return nil
		}
		switch {
		case i == 0:
		case i == len(known)-1:
			list += " or "
		default:
			list += ", "
		}
		list += k
	}
	return fmt.Errorf("%s %q is not %s", what, value, list)
}

// inUnitInterval refuses numbers outside [0, 1], NaN included.
func inUnitInterval(what string, x float64) error {
	if !(x >= 0 && x <= 1) {
		return fmt.Errorf("%s %v is not in [0, 1]", what, x)
	}
	return nil
}
