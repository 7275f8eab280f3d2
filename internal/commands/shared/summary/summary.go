// Package summary describes a dataset in a few numbers.
package summary

import (
	"math"

	"cocostat/annotations"
	"cocostat/internal/commands/shared/output"
)

// Totals are the sums over a dataset.
type Totals struct {
	Files           int   `json:"files"`
	Images          int   `json:"images"`
	AnnotatedImages int64 `json:"annotated_images"`
	NegativeImages  int64 `json:"negative_images"`
	Annotations     int64 `json:"annotations"` // counted or not
	Instances       int64 `json:"instances"`
	Crowd           int64 `json:"crowd"`
	CrowdsCount     bool  `json:"crowds_count"`
	Classes         int   `json:"classes"`
	UsedClasses     int   `json:"used_classes"`
}

// PerImage tells how much the images hold, those without annotations included.
type PerImage struct {
	Objects Spread `json:"objects"`
	Classes Spread `json:"classes"`
}

// Spread is the course of a number over the images.
type Spread struct {
	Mean   output.Real `json:"mean"`
	Median output.Real `json:"median"`
	Max    int32       `json:"max"`
}

// Sizes counts instances by area, with COCO's limits.
type Sizes struct {
	Small  int64 `json:"small"`
	Medium int64 `json:"medium"`
	Large  int64 `json:"large"`
}

// NewTotals adds the counts up.
func NewTotals(c *annotations.Counts) Totals {
	t := Totals{
		Files: len(c.Sources), Images: len(c.ImageRows), AnnotatedImages: c.AnnotatedImages,
		NegativeImages: int64(len(c.ImageRows)) - c.AnnotatedImages,
		Annotations:    c.Annotations, Instances: c.TotalInstances, CrowdsCount: c.Crowds, Classes: len(c.Categories),
	}
	for i, n := range c.Instances {
		t.Crowd += c.Crowd[i]
		if n > 0 {
			t.UsedClasses++
		}
	}
	return t
}

// NewPerImage tells how much the images hold.
func NewPerImage(rows []annotations.ImageCount) PerImage {
	return PerImage{
		Objects: newSpread(rows, func(r *annotations.ImageCount) int32 { return r.Objects }),
		Classes: newSpread(rows, func(r *annotations.ImageCount) int32 { return r.Classes }),
	}
}

// newSpread takes the middle number for the median, or the mean of the two in
// the middle.
func newSpread(rows []annotations.ImageCount, value func(*annotations.ImageCount) int32) Spread {
	if len(rows) == 0 {
		return Spread{Mean: output.Real(math.NaN()), Median: output.Real(math.NaN())}
	}
	var images []int // by value
	var sum int64
	for i := range rows {
		v := int(value(&rows[i]))
		for v >= len(images) {
			images = append(images, 0)
		}
		images[v]++
		sum += int64(v)
	}
	low, high := ofRank(images, (len(rows)-1)/2), ofRank(images, len(rows)/2)
	return Spread{
		Mean:   output.Real(float64(sum) / float64(len(rows))),
		Median: output.Real(float64(low+high) / 2),
		Max:    int32(len(images) - 1),
	}
}

// ofRank returns the value that so many others are in front of, of values that
// occur as often as counts tells.
func ofRank(counts []int, rank int) (value int) {
	for rank -= counts[0]; rank >= 0; rank -= counts[value] {
		value++
	}
	return value
}

// TotalSizes adds the classes up.
func TotalSizes(of []annotations.SizeCounts) (t Sizes) {
	for _, s := range of {
		t.Small += s.Small
		t.Medium += s.Medium
		t.Large += s.Large
	}
	return t
}
