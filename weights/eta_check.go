package weights

import (
	"errors"
	"fmt"
	"math"
)

// Validate reports the first thing that an eta file must not hold.
func (t *EtaTable) Validate() error {
	if err := t.Meta.eta().Validate(); err != nil {
		return fmt.Errorf("metadata key %q: %w", MetadataKey, err)
	}
	if len(t.Rows) == 0 {
		return errors.New("no rows")
	}
	category := map[int32]int64{}
	for i := range t.Rows {
		r := &t.Rows[i]
		if err := r.validate(t.Meta); err != nil {
			return fmt.Errorf("row %d (image %d, category %d): %w", i, r.ImageID, r.CategoryID, err)
		}
		if id, ok := category[r.Index]; ok && id != r.CategoryID {
			return fmt.Errorf("row %d (image %d): column category_id: class %d is category %d here and %d before", i, r.ImageID, r.Index, r.CategoryID, id)
		}
		category[r.Index] = r.CategoryID
		if i == 0 {
			continue
		}
		if err := r.follows(&t.Rows[i-1]); err != nil {
			return fmt.Errorf("row %d (image %d, category %d): %w", i, r.ImageID, r.CategoryID, err)
		}
	}
	return nil
}

func (r *EtaRow) validate(m EtaMetadata) error {
	// Powers of other programs differ in the last digits, and next to 0 in all.
	const relative, absolute = 1e-9, 1e-300
	want := math.Pow(m.Eta, float64(r.Objects))
	switch {
	case r.Index < 0:
		return fmt.Errorf("column index: %d is negative", r.Index)
	case r.Objects < 1:
		return fmt.Errorf("column objects: %d, want at least 1", r.Objects)
	case r.Image < 0 || int64(r.Image) >= m.Images:
		return fmt.Errorf("column image: %d is none of the %d images", r.Image, m.Images)
	case !(math.Abs(r.Power-want) <= relative*want+absolute):
		return fmt.Errorf("column eta_power: %v, want %v to the power of %d", r.Power, m.Eta, r.Objects)
	}
	return nil
}

// follows reports what is wrong with the order of two rows.
func (r *EtaRow) follows(last *EtaRow) error {
	switch {
	case r.Image < last.Image:
		return fmt.Errorf("column image: %d comes after %d", r.Image, last.Image)
	case r.Image > last.Image && r.ImageID < last.ImageID:
		return fmt.Errorf("column image_id: %d comes after %d", r.ImageID, last.ImageID)
	case r.Image > last.Image:
	case r.ImageID != last.ImageID:
		return fmt.Errorf("column image_id: image %d is %d here and %d before", r.Image, r.ImageID, last.ImageID)
	case r.Index <= last.Index || r.CategoryID <= last.CategoryID:
		return fmt.Errorf("column category_id: class %d (category %d) comes after %d (category %d) in the image", r.Index, r.CategoryID, last.Index, last.CategoryID)
	}
	return nil
}

// CheckWeights reports the first thing in which the eta file does not belong to
// the weights: η, its reading or scope, a class, or its instances and images,
// which both files count.
func (t *EtaTable) CheckWeights(w *Table) error {
	if t.Meta.eta() != w.Meta.Eta {
		return fmt.Errorf("weights: the eta file has %+v, the weights have %+v", t.Meta.eta(), w.Meta.Eta)
	}
	type count struct{ instances, images int64 }
	counts := make([]count, len(w.Rows))
	for i, r := range t.Rows {
		if int(r.Index) >= len(w.Rows) || w.Rows[r.Index].CategoryID != r.CategoryID {
			return fmt.Errorf("weights: row %d of the eta file: class %d, category %d, is not among the weights", i, r.Index, r.CategoryID)
		}
		counts[r.Index].instances += int64(r.Objects)
		counts[r.Index].images++
	}
	for y, r := range w.Rows {
		if got := counts[y]; got != (count{r.Instances, r.Images}) {
			return fmt.Errorf("weights: category %d %q has %d instances in %d images in the eta file, and %d in %d in the weights: they are not of the same annotations",
				r.CategoryID, r.Name, got.instances, got.images, r.Instances, r.Images)
		}
	}
	return nil
}
