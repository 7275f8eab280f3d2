package evaluate

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// AreaRange is a range of areas in square pixels, both ends included.
type AreaRange struct {
	Name     string
	Min, Max float64
}

// contains reports whether an area lies in the range.
func (r AreaRange) contains(area float64) bool { return !(area < r.Min || area > r.Max) }

// Params says what to evaluate. The zero value gives COCO's parameters on the
// images and classes that occur in the truth.
type Params struct {
	// Images are the ids of the images to evaluate; order and repetitions do
	// not matter. Detections elsewhere are skipped. Nil means the images that
	// hold a truth: list the images where some hold none, otherwise the false
	// positives on them do not count.
	Images []int64

	// Classes are the category ids to evaluate; order and repetitions do not
	// matter. Nil means those that occur in the truth.
	Classes []int64

	// IoUThresholds lie in [0, 1] and ascend, at most 64. Empty means 0.50, 0.55, … 0.95.
	IoUThresholds []float64

	// RecallThresholds lie in [0, 1] and ascend. Empty means 0, 0.01, … 1.
	RecallThresholds []float64

	// MaxDets are the limits on detections per image and class, at most 256;
	// positive, distinct, in any order. Empty means 1, 10, 100.
	MaxDets []int

	// Areas are the area ranges, at most 30, with distinct names; the summary
	// looks for all, small, medium and large. Empty means [DefaultAreas].
	Areas []AreaRange

	// ClassAgnostic takes all classes for one, pycocotools' useCats = 0: a
	// detection may take a truth of any of Classes, the limits on detections
	// hold for an image, and the arrays have K = 1.
	ClassAgnostic bool

	// Compat does as pycocotools does where we otherwise differ; the package's
	// documentation says where, under Differences.
	Compat bool

	// LVIS, when set, makes the evaluation federated, with 300 as the default of
	// MaxDets. It does not go with ClassAgnostic.
	LVIS *LVISRules
}

// DefaultIoUThresholds returns 0.50, 0.55, … 0.95 as numpy.linspace rounds
// them.
func DefaultIoUThresholds() []float64 { return Linspace(0.5, 0.95, 10) }

// DefaultRecallThresholds returns 0, 0.01, … 1 as numpy.linspace rounds them.
func DefaultRecallThresholds() []float64 { return Linspace(0, 1, 101) }

// DefaultMaxDets returns 1, 10, 100.
func DefaultMaxDets() []int { return []int{1, 10, 100} }

// DefaultAreas returns COCO's ranges: all, small (up to 32²), medium (32² to
// 96²) and large (from 96²), none beyond 10¹⁰ square pixels.
func DefaultAreas() []AreaRange {
	return []AreaRange{
		{"all", 0, 1e10},
		{"small", 0, 32 * 32},
		{"medium", 32 * 32, 96 * 96},
		{"large", 96 * 96, 1e10},
	}
}

// Linspace returns n ≥ 1 numbers from start to stop, i·step + start with two
// roundings, and stop itself at the end, as numpy.linspace does; of one it is stop.
func Linspace(start, stop float64, n int) []float64 {
	step := (stop - start) / float64(max(n-1, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(float64(i)*step) + start // the conversion forbids a fused multiply-add
	}
	x[n-1] = stop
	return x
}

// The most that is kept of a detection: a bit for each IoU threshold, one for each
// area range and all areas, and the number of a limit.
const (
	maxThresholds = 64
	maxAreas      = 30
	maxLimits     = 256
)

// Validate reports the first setting that is out of its range.
func (p Params) Validate() error {
	if err := ascending("IoU thresholds", p.IoUThresholds); err != nil {
		return err
	}
	if n := len(p.IoUThresholds); n > maxThresholds {
		return fmt.Errorf("evaluate: %d IoU thresholds: at most %d are possible", n, maxThresholds)
	}
	if err := ascending("recall thresholds", p.RecallThresholds); err != nil {
		return err
	}
	if n := len(p.MaxDets); n > maxLimits {
		return fmt.Errorf("evaluate: %d limits on detections: at most %d are possible", n, maxLimits)
	}
	for i, m := range p.MaxDets {
		if m < 1 || slices.Contains(p.MaxDets[:i], m) {
			return fmt.Errorf("evaluate: limits on detections %v: must be positive and distinct", p.MaxDets)
		}
	}
	if n := len(p.Areas); n > maxAreas {
		return fmt.Errorf("evaluate: %d area ranges: at most %d are possible", n, maxAreas)
	}
	for i, a := range p.Areas {
		if !(a.Min <= a.Max) {
			return fmt.Errorf("evaluate: area range %q: minimum %g is not below maximum %g", a.Name, a.Min, a.Max)
		}
		if slices.ContainsFunc(p.Areas[:i], func(b AreaRange) bool { return a.Name == b.Name }) {
			return fmt.Errorf("evaluate: area range %q: two have this name", a.Name)
		}
	}
	if p.LVIS != nil {
		return p.validateLVIS()
	}
	return nil
}

func ascending(what string, x []float64) error {
	for i, v := range x {
		if !(v >= 0 && v <= 1) || i > 0 && v <= x[i-1] {
			return fmt.Errorf("evaluate: %s %v: must lie in [0, 1] and ascend", what, x)
		}
	}
	return nil
}

// resolve fills in the defaults and returns images and classes sorted, each
// once.
func (p Params) resolve(truths []Truth) Params {
	if p.Images == nil {
		p.Images = collect(truths, func(t *Truth) int64 { return t.ImageID })
	}
	if p.Classes == nil {
		p.Classes = collect(truths, func(t *Truth) int64 { return t.CategoryID })
	}
	p.Images, p.Classes = unique(p.Images), unique(p.Classes)
	p.IoUThresholds = orDefault(p.IoUThresholds, DefaultIoUThresholds)
	p.RecallThresholds = orDefault(p.RecallThresholds, DefaultRecallThresholds)
	p.MaxDets = orDefault(p.MaxDets, p.defaultMaxDets)
	slices.Sort(p.MaxDets)
	p.Areas = orDefault(p.Areas, DefaultAreas)
	return p
}

// classRows is K, the number of classes that are told apart.
func (p *Params) classRows() int {
	if p.ClassAgnostic {
		return 1
	}
	return len(p.Classes)
}

func collect(truths []Truth, id func(*Truth) int64) []int64 {
	ids := make([]int64, len(truths))
	for i := range truths {
		ids[i] = id(&truths[i])
	}
	return ids
}

func unique(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Clip(slices.Compact(ids))
}

func orDefault[E any](x []E, otherwise func() []E) []E {
	if len(x) == 0 {
		return otherwise()
	}
	return slices.Clone(x)
}

// ErrNotFinite is wrapped by errors about boxes, areas and scores that are NaN
// or infinite.
var ErrNotFinite = errors.New("not a finite number")

// checkInputs rejects numbers that have no place in an order or a box.
func checkInputs(truths []Truth, dets []Detection) error {
	for i := range truths {
		t := &truths[i]
		if math.IsNaN(t.Area) {
			return fmt.Errorf("evaluate: truth %d (id %d, image %d): area: %w", i, t.ID, t.ImageID, ErrNotFinite)
		}
		if !finite(&t.BBox) {
			return fmt.Errorf("evaluate: truth %d (id %d, image %d): bbox %v: %w", i, t.ID, t.ImageID, t.BBox, ErrNotFinite)
		}
	}
	for i := range dets {
		d := &dets[i]
		if math.IsNaN(d.Score) || math.IsInf(d.Score, 0) {
			return fmt.Errorf("evaluate: detection %d (image %d, category %d): score %v: %w", i, d.ImageID, d.CategoryID, d.Score, ErrNotFinite)
		}
		if !finite(&d.BBox) {
			return fmt.Errorf("evaluate: detection %d (image %d, category %d): bbox %v: %w", i, d.ImageID, d.CategoryID, d.BBox, ErrNotFinite)
		}
	}
	return nil
}

// finite uses that x−x is 0 for finite x and NaN otherwise.
func finite(box *[4]float64) bool {
	return (box[0]-box[0])+(box[1]-box[1])+(box[2]-box[2])+(box[3]-box[3]) == 0
}

// category is the category id of class k, 0 where classes are taken for one.
func (p *Params) category(k int) int64 {
	if p.ClassAgnostic {
		return 0
	}
	return p.Classes[k]
}
