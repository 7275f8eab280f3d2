package weights

import (
	"errors"
	"fmt"
	"math"

	"cocostat/annotations"
)

// ImagesFormat is the version of the images file. It is the one of the table
// images of package annotations, which has all of its columns but
// repeat_factor.
const ImagesFormat = "images/1"

// ImageRow is one image.
type ImageRow struct {
	annotations.ImageCount
	// RepeatFactor is r of repeat factor sampling, the largest r_c of the
	// image's classes: how often an epoch shows the image on average. It is 1
	// for an image without annotations.
	RepeatFactor float64
}

// ImageMetadata says what an images file was made from.
type ImageMetadata struct {
	Format          string               `json:"format"`           // ImagesFormat
	Version         string               `json:"version"`          // of the program that wrote the file
	Sources         []annotations.Source `json:"sources"`          // as in Metadata
	Crowds          bool                 `json:"crowds"`           // whether crowd regions count as objects
	RepeatThreshold float64              `json:"repeat_threshold"` // t, as in Metadata
}

// ImageTable is the content of an images file: the images in ascending id.
type ImageTable struct {
	Rows []ImageRow
	Meta ImageMetadata
}

// MakeImages makes the table of the images from the counts of a dataset and its
// weights.
func MakeImages(c *annotations.Counts, t *Table) (*ImageTable, error) {
	if len(c.Categories) != len(t.Rows) {
		return nil, fmt.Errorf("weights: %d classes counted, %d in the weights", len(c.Categories), len(t.Rows))
	}
	sources, err := absolute(c.Sources)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	images := &ImageTable{Rows: make([]ImageRow, len(c.ImageRows)), Meta: ImageMetadata{
		Format: ImagesFormat, Version: t.Meta.Version, Sources: sources, Crowds: c.Crowds, RepeatThreshold: t.Meta.RepeatThreshold,
	}}
	for i, image := range c.ImageRows {
		images.Rows[i] = ImageRow{image, 1}
	}
	for _, p := range c.Pairs {
		r := &images.Rows[p.Image]
		r.RepeatFactor = max(r.RepeatFactor, t.Rows[p.Class].RepeatFactor)
	}
	return images, nil
}

// EpochLength returns the number of images that an epoch of repeat factor
// sampling shows on average: the sum of the repeat factors, of the annotated
// images alone or of all.
func (t *ImageTable) EpochLength(all bool) float64 {
	var factors []float64
	for _, r := range t.Rows {
		if all || r.Objects > 0 {
			factors = append(factors, r.RepeatFactor)
		}
	}
	return sum(factors)
}

// Validate reports the first thing that an images file must not hold.
func (t *ImageTable) Validate() error {
	if len(t.Rows) == 0 {
		return errors.New("no images")
	}
	if err := inUnitInterval("repeat threshold", t.Meta.RepeatThreshold); err != nil {
		return fmt.Errorf("metadata key %q: %w", MetadataKey, err)
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if err := r.validate(); err != nil {
			return fmt.Errorf("row %d (image %d %q): %w", i, r.ID, r.FileName, err)
		}
		if i == 0 {
			continue
		}
		switch last := &t.Rows[i-1]; {
		case r.ID < last.ID:
			return fmt.Errorf("row %d: column image_id: %d comes after %d", i, r.ID, last.ID)
		case r.ID == last.ID && r.FileName == last.FileName:
			return fmt.Errorf("row %d: image %d %q stands there twice", i, r.ID, r.FileName)
		}
	}
	return nil
}

func (r *ImageRow) validate() error {
	switch {
	case r.Objects < 0:
		return fmt.Errorf("column objects: %d is negative", r.Objects)
	case r.Classes < 0 || r.Classes > r.Objects || (r.Classes == 0) != (r.Objects == 0):
		return fmt.Errorf("column classes: %d classes in %d objects", r.Classes, r.Objects)
	case !(r.RepeatFactor >= 1) || math.IsInf(r.RepeatFactor, 0):
		return fmt.Errorf("column repeat_factor: %v is not a finite number of at least 1", r.RepeatFactor)
	case r.Objects == 0 && r.RepeatFactor != 1:
		return fmt.Errorf("column repeat_factor: %v without objects, want 1", r.RepeatFactor)
	}
	return nil
}
