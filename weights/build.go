package weights

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"cocostat/annotations"
	"cocostat/lt"
)

// Options are the settings of Build. DefaultOptions returns the usual ones;
// the zero value is not valid.
type Options struct {
	Alpha           Alpha    // an empty Normalisation stands for the method's own: none for Inverse, sum for Effective
	Eta             Eta      // default 0.8, ReadingBase
	Intensity       float64  // in [0, 1]; default 1
	Schedule        Schedule // default deferred-linear, 5 epochs, UpdateEpoch
	TailTarget      float64  // tail ratio in [0, 1]; default 0.0867
	Centric         string   // of the tail ratio; default CentricImage
	RepeatThreshold float64  // t in [0, 1]; default 0.001
	Version         string   // of the program, for the metadata; default empty
}

// DefaultOptions returns the paper's settings for CenterNet, with α of eq. (5).
func DefaultOptions() Options {
	return Options{
		Alpha:           Alpha{Method: Inverse},
		Eta:             Eta{Value: 0.8, Reading: ReadingBase},
		Intensity:       1,
		Schedule:        Schedule{Name: ScheduleDeferredLinear, DeferredEpochs: 5, Update: UpdateEpoch},
		TailTarget:      0.0867,
		Centric:         CentricImage,
		RepeatThreshold: 0.001,
	}
}

// Validate reports every unknown name and every number outside its range.
func (o Options) Validate() error {
	return errors.Join(
		o.Alpha.validate(),
		o.Eta.Validate(),
		inUnitInterval("intensity", o.Intensity),
		o.Schedule.Validate(),
		inUnitInterval("tail ratio", o.TailTarget),
		oneOf("centric", o.Centric, CentricImage, CentricInstance),
		inUnitInterval("repeat threshold", o.RepeatThreshold))
}

func (a Alpha) validate() error {
	err := oneOf("alpha method", a.Method, Inverse, Effective)
	if a.Method == Effective && !(a.Beta > 0 && a.Beta < 1) {
		err = errors.Join(err, fmt.Errorf("beta %v is not between 0 and 1", a.Beta))
	}
	if a.Normalisation != "" {
		err = errors.Join(err, oneOf("normalisation", a.Normalisation, NormalisationNone, NormalisationSum))
	}
	return err
}

// ErrNoInstances is wrapped by Build's error for counts without any instance.
var ErrNoInstances = errors.New("no annotations to make weights from")

// Row is one class. Units and ranges are those of the file's columns.
type Row struct {
	Index        int32 // channel, 0…C−1
	CategoryID   int64
	Name         string
	Instances    int64
	Images       int64
	Frequency    float64 // images / images with annotations, in [0, 1]
	Alpha        float64 // ≥ 0; NaN, null in the file, for a class without instances
	Group        string  // lt.Tail or lt.Head
	LVISGroup    string  // lt.Rare, lt.Common or lt.Frequent
	RepeatFactor float64 // ≥ 1
}

// Table is the content of a weights file: the classes in ascending
// CategoryID, and what the numbers were made from.
type Table struct {
	Rows []Row
	Meta Metadata

	path string // where the table was read from, for messages
}

// Alphas returns α of every class in channel order, NaN without instances.
func (t *Table) Alphas() []float64 {
	alpha := make([]float64, len(t.Rows))
	for i, r := range t.Rows {
		alpha[i] = r.Alpha
	}
	return alpha
}

// Build makes the weights of a dataset from its counts. It fails for invalid
// options and, with ErrNoInstances, for counts without an instance.
func Build(c *annotations.Counts, opt Options) (*Table, error) {
	if err := opt.Validate(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if c.TotalInstances == 0 {
		return nil, fmt.Errorf("weights: %w: %d categories, %d images, 0 instances",
			ErrNoInstances, len(c.Categories), len(c.ImageRows))
	}
	sources, err := absolute(c.Sources)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	alpha, described := makeAlpha(c.Instances, opt.Alpha)
	frequency := lt.Frequencies(c.Images, c.AnnotatedImages)
	repeat := lt.RepeatFactors(frequency, opt.RepeatThreshold)
	split := lt.TailSplit(c.Images, c.AnnotatedImages, opt.TailTarget)
	if opt.Centric == CentricInstance {
		split = lt.InstanceTailSplit(c.Instances, opt.TailTarget)
	}
	t := &Table{Rows: make([]Row, len(c.Categories)), Meta: Metadata{
		Format:          Format,
		Version:         opt.Version,
		Sources:         sources,
		Images:          int64(len(c.ImageRows)),
		AnnotatedImages: c.AnnotatedImages,
		Instances:       c.TotalInstances,
		Crowds:          c.Crowds,
		Alpha:           described,
		Eta:             opt.Eta,
		Intensity:       opt.Intensity,
		Schedule:        opt.Schedule,
		TailRatio:       TailRatio{opt.TailTarget, split.Reached, split.Lambda, opt.Centric},
		RepeatThreshold: opt.RepeatThreshold,
	}}
	for i, category := range c.Categories {
		t.Rows[i] = Row{
			Index:        int32(i),
			CategoryID:   category.ID,
			Name:         category.Name,
			Instances:    c.Instances[i],
			Images:       c.Images[i],
			Frequency:    frequency[i],
			Alpha:        alpha[i],
			Group:        split.Group(i),
			LVISGroup:    lvisGroup(category.Frequency, c.Images[i]),
			RepeatFactor: repeat[i],
		}
	}
	return t, nil
}

// makeAlpha computes the weights and returns them with a, its normalisation
// filled in.
func makeAlpha(instances []int64, a Alpha) ([]float64, Alpha) {
	alpha, normalisation := InverseFrequency(instances), NormalisationNone
	if a.Method == Effective {
		alpha, normalisation = EffectiveNumber(instances, a.Beta), NormalisationSum
	} else {
		a.Beta = 0
	}
	if a.Normalisation == "" {
		a.Normalisation = normalisation
	}
	if a.Normalisation == NormalisationSum {
		rescale(alpha)
	}
	return alpha, a
}

// lvisGroup prefers the group that an LVIS file gives the category itself.
func lvisGroup(frequency string, images int64) string {
	switch frequency {
	case "r":
		return lt.Rare
	case "c":
		return lt.Common
	case "f":
		return lt.Frequent
	}
	return lt.LVISGroup(images)
}

// absolute returns the sources with absolute paths, so that training finds the
// annotations from any folder and wherever the weights file is moved to.
// Standard input stays "-".
func absolute(sources []annotations.Source) ([]annotations.Source, error) {
	out := slices.Clone(sources)
	for i := range out {
		if out[i].Path == "-" {
			continue
		}
		path, err := filepath.Abs(out[i].Path)
		if err != nil {
			return nil, fmt.Errorf("cannot make the path %s absolute: %w", out[i].Path, err)
		}
		out[i].Path = path
	}
	return out, nil
}

// validate reports the first row that a weights file must not hold: column,
// row and class are named.
func (t *Table) validate() error {
	if len(t.Rows) == 0 {
		return errors.New("no classes")
	}
	for i, r := range t.Rows {
		if err := r.validate(i); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		switch last := t.Rows[i-1]; {
		case r.CategoryID == last.CategoryID:
			return r.badCell(i, "category_id", "the class stands there twice, as %q and %q", last.Name, r.Name)
		case r.CategoryID < last.CategoryID:
			return r.badCell(i, "category_id", "not in ascending order: %d comes after %d", r.CategoryID, last.CategoryID)
		}
	}
	return nil
}

func (r *Row) validate(i int) error {
	if int(r.Index) != i {
		return r.badCell(i, "index", "%d, want %d: channels are counted from 0 without gaps", r.Index, i)
	}
	for _, count := range []struct {
		column string
		value  int64
	}{{"instances", r.Instances}, {"images", r.Images}} {
		if count.value < 0 {
			return r.badCell(i, count.column, "%d is negative", count.value)
		}
	}
	if !(r.Frequency >= 0 && r.Frequency <= 1) {
		return r.badCell(i, "frequency", "%v is not in [0, 1]", r.Frequency)
	}
	if r.Alpha < 0 || math.IsInf(r.Alpha, 0) {
		return r.badCell(i, "alpha", "%v is not a finite number of at least 0", r.Alpha)
	}
	if !(r.RepeatFactor >= 1) || math.IsInf(r.RepeatFactor, 0) {
		return r.badCell(i, "repeat_factor", "%v is not a finite number of at least 1", r.RepeatFactor)
	}
	return nil
}

func (r *Row) badCell(row int, column, format string, args ...any) error {
	return fmt.Errorf("column %s, row %d (category %d %q): %w", column, row, r.CategoryID, r.Name, fmt.Errorf(format, args...))
}
