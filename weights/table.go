package weights

import (
	"errors"
	"fmt"
	"math"
)

// Row is one class. Units and ranges are those of the file's columns.
type Row struct {
	Index        int32 // channel, 0…C−1
	CategoryID   int64
	Name         string
	Instances    int64
	Images       int64
	Frequency    float64 // images / images with annotations, in [0, 1]
	Alpha        float64 // > 0; NaN, null in the file, for a class without instances
	Group        string  // lt.Tail or lt.Head
	LVISGroup    string  // lt.Rare, lt.Common or lt.Frequent
	RepeatFactor float64 // ≥ 1
	// Groups holds the class's group in each of Metadata.Groupings.
	Groups []string
}

// Table is the content of a weights file: the classes in ascending
// CategoryID, and what the numbers were made from.
type Table struct {
	Rows []Row
	Meta Metadata

	// Path is where the table was read from, for messages.
	Path string
}

// Alphas returns α of every class in channel order, NaN without instances.
func (t *Table) Alphas() []float64 {
	alpha := make([]float64, len(t.Rows))
	for i, r := range t.Rows {
		alpha[i] = r.Alpha
	}
	return alpha
}

// Counts returns the numbers of instances and images of every class, in the
// order of the rows.
func (t *Table) Counts() (instances, images []int64) {
	for _, r := range t.Rows {
		instances = append(instances, r.Instances)
		images = append(images, r.Images)
	}
	return instances, images
}

// Validate reports the first row that a weights file must not hold: column, row
// and class are named.
func (t *Table) Validate() error {
	if len(t.Rows) == 0 {
		return errors.New("no classes")
	}
	if err := t.validateGroups(); err != nil {
		return err
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
			return r.BadCell(i, "category_id", "the class stands there twice, as %q and %q", last.Name, r.Name)
		case r.CategoryID < last.CategoryID:
			return r.BadCell(i, "category_id", "not in ascending order: %d comes after %d", r.CategoryID, last.CategoryID)
		}
	}
	return t.validateImplied()
}

func (r *Row) validate(i int) error {
	if int(r.Index) != i {
		return r.BadCell(i, "index", "%d, want %d: channels are counted from 0 without gaps", r.Index, i)
	}
	for _, count := range []struct {
		column string
		value  int64
	}{{"instances", r.Instances}, {"images", r.Images}} {
		if count.value < 0 {
			return r.BadCell(i, count.column, "%d is negative", count.value)
		}
	}
	if !(r.Frequency >= 0 && r.Frequency <= 1) {
		return r.BadCell(i, "frequency", "%v is not in [0, 1]", r.Frequency)
	}
	if r.Alpha <= 0 || math.IsInf(r.Alpha, 0) {
		return r.BadCell(i, "alpha", "%v is not a finite number above 0", r.Alpha)
	}
	if !(r.RepeatFactor >= 1) || math.IsInf(r.RepeatFactor, 0) {
		return r.BadCell(i, "repeat_factor", "%v is not a finite number of at least 1", r.RepeatFactor)
	}
	return nil
}

// BadCell is an error about what a column holds of the class in a row.
func (r *Row) BadCell(row int, column, format string, args ...any) error {
	return fmt.Errorf("column %s, row %d (category %d %q): %w", column, row, r.CategoryID, r.Name, fmt.Errorf(format, args...))
}
