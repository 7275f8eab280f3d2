package weights

import (
	"fmt"
	"math"

	"cocostat/lt"
)

// closeTo allows for numbers that another program computed, or wrote with 15
// digits.
func closeTo(got, want float64) bool {
	const relative = 1e-9
	return math.Abs(got-want) <= relative*math.Abs(want)
}

// validateImplied reports what contradicts the definitions of the columns: they
// follow from counts, and from each other.
func (t *Table) validateImplied() error {
	m := &t.Meta
	if m.AnnotatedImages > m.Images || m.AnnotatedImages < 0 {
		return fmt.Errorf("metadata key %q: %d annotated images of %d", MetadataKey, m.AnnotatedImages, m.Images)
	}
	instances := int64(0)
	for i := range t.Rows {
		r := &t.Rows[i]
		if err := r.validateImplied(i, m); err != nil {
			return err
		}
		instances += r.Instances
	}
	if instances != m.Instances {
		return fmt.Errorf("column instances: the sum is %d, metadata key instances says %d", instances, m.Instances)
	}
	for i := range t.Rows {
		if err := t.Rows[i].validateDerived(i, m); err != nil {
			return err
		}
	}
	return nil
}

// validateImplied is about what holds of every weights file.
func (r *Row) validateImplied(i int, m *Metadata) error {
	knowsImages := m.Counted != CountedTable || m.AnnotatedImages > 0
	switch {
	case !knowsImages && (r.Images != 0 || r.Frequency != 0):
		return r.BadCell(i, "images", "%d, and a frequency of %v, from a table of counts without annotated images", r.Images, r.Frequency)
	case knowsImages && (r.Images > r.Instances || (r.Images == 0) != (r.Instances == 0)):
		return r.BadCell(i, "images", "%d images with %d instances", r.Images, r.Instances)
	case r.Images > m.AnnotatedImages:
		return r.BadCell(i, "images", "%d of %d annotated images", r.Images, m.AnnotatedImages)
	case m.AnnotatedImages > 0 && !closeTo(r.Frequency, float64(r.Images)/float64(m.AnnotatedImages)):
		return r.BadCell(i, "frequency", "%v, want images / annotated images, %d / %d", r.Frequency, r.Images, m.AnnotatedImages)
	case math.IsNaN(r.Alpha) && r.Instances > 0:
		return r.BadCell(i, "alpha", "null for %d instances", r.Instances)
	case !math.IsNaN(r.Alpha) && r.Instances == 0:
		return r.BadCell(i, "alpha", "%v without instances, want null", r.Alpha)
	case r.Group != lt.Tail && r.Group != lt.Head:
		return r.BadCell(i, "group", "%q is neither %s nor %s", r.Group, lt.Tail, lt.Head)
	case r.LVISGroup != lt.Rare && r.LVISGroup != lt.Common && r.LVISGroup != lt.Frequent:
		return r.BadCell(i, "lvis_group", "%q is not %s, %s or %s", r.LVISGroup, lt.Rare, lt.Common, lt.Frequent)
	}
	return nil
}

// validateDerived is about what follows from settings in the metadata, which
// tables that come from files without metadata lack.
func (r *Row) validateDerived(i int, m *Metadata) error {
	if m.Alpha.Method == MethodUnknown {
		return nil
	}
	if want := lt.RepeatFactors([]float64{r.Frequency}, m.RepeatThreshold)[0]; !closeTo(r.RepeatFactor, want) {
		return r.BadCell(i, "repeat_factor", "%v, want %v: the square root of the threshold %v / frequency %v, at least 1",
			r.RepeatFactor, want, m.RepeatThreshold, r.Frequency)
	}
	frequency := r.Frequency
	switch m.TailRatio.Centric {
	case CentricInstance:
		frequency = float64(r.Instances) / float64(m.Instances)
	case CentricImage:
	default:
		return nil
	}
	if tail := frequency < m.TailRatio.Lambda; tail != (r.Group == lt.Tail) {
		return r.BadCell(i, "group", "%s, although the tail is the classes below a frequency of %v, and this one has %v", r.Group, m.TailRatio.Lambda, frequency)
	}
	return nil
}
