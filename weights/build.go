package weights

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"cocostat/annotations"
	"cocostat/lt"
)

// Options are the settings of Build. DefaultOptions returns the usual ones;
// the zero value is not valid.
type Options struct {
	Alpha           Alpha    // default Inverse; see Alpha.Complete for what may be empty
	Eta             Eta      // default 0.8, ReadingBase, ScopeImage
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
		Eta:             Eta{Value: 0.8, Reading: ReadingBase, Scope: ScopeImage},
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
		o.Alpha.Validate(),
		o.Eta.Validate(),
		inUnitInterval("intensity", o.Intensity),
		o.Schedule.Validate(),
		inUnitInterval("tail ratio", o.TailTarget),
		oneOf("centric", o.Centric, CentricImage, CentricInstance),
		inUnitInterval("repeat threshold", o.RepeatThreshold))
}

// ErrNoInstances is wrapped by Build's error for counts without any instance.
var ErrNoInstances = errors.New("no annotations to make weights from")

// Build makes the weights of a dataset from its counts. It fails for invalid
// options, for weights that are no finite numbers above 0, and, with
// ErrNoInstances, for counts without an instance.
func Build(c *annotations.Counts, opt Options) (*Table, error) {
	if err := opt.Validate(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if c.TotalInstances == 0 {
		return nil, noInstances(c)
	}
	sources, err := absolute(c.Sources)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	opt.Alpha, opt.Eta.Scope = opt.Alpha.Complete(), cmp.Or(opt.Eta.Scope, ScopeImage)
	alpha, err := opt.Alpha.weights(c.Instances, c.Images)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
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
		Counted:         counted(c),
		Unusable:        total(c.Unusable),
		Selected:        c.Selected,
		Alpha:           opt.Alpha,
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
			LVISGroup:    lt.DeclaredGroup(category.Frequency, c.Images[i]),
			RepeatFactor: repeat[i],
		}
	}
	return t, nil
}

// counted returns what the instances are, as Metadata has it.
func counted(c *annotations.Counts) string {
	if c.Unusable == nil {
		return CountedAll
	}
	return CountedTrainable
}

func total(counts []int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

func noInstances(c *annotations.Counts) error {
	why := ""
	if crowds := total(c.Crowd); !c.Crowds && crowds > 0 {
		why = fmt.Sprintf(" (%d crowd annotations are left out)", crowds)
	}
	if n := total(c.Unusable); n > 0 {
		why += fmt.Sprintf(" (%d annotations have no box of some area in their image, so that nothing can be trained on them; 'cocostat weights --count all' counts them all the same)", n)
	}
	return fmt.Errorf("weights: %w: %d categories, %d images, 0 instances%s", ErrNoInstances, len(c.Categories), len(c.ImageRows), why)
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
