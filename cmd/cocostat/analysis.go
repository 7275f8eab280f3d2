package main

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"sync"

	"cocostat/annotations"
	"cocostat/lt"
)

// analysis is what cocostat analyze reports. Its JSON form is the output of
// --format json.
type analysis struct {
	Sources      []annotations.Source `json:"sources"`
	Totals       totals               `json:"totals"`
	Imbalance    imbalance            `json:"imbalance"`
	PerImage     perImage             `json:"per_image"`
	Sizes        sizes                `json:"sizes"`
	Boxes        boxes                `json:"boxes"`
	Classes      []classRow           `json:"classes"`
	Cooccurrence []together           `json:"cooccurrence"`
	Problems     []problem            `json:"problems"`

	LeftOut []annotations.LeftOut `json:"left_out,omitempty"` // categories that are no classes here

	groups annotations.Groups
}

type totals struct {
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

type imbalance struct {
	Ratio            float64 `json:"ratio"`
	Gini             float64 `json:"gini"`
	Entropy          float64 `json:"entropy_bits"`
	EffectiveClasses float64 `json:"effective_classes"`
	TailClasses      int     `json:"tail_classes"`
	TailTarget       float64 `json:"tail_ratio_target"`
	TailReached      float64 `json:"tail_ratio"`
}

// perImage tells how much the images hold, those without annotations included.
type perImage struct {
	Objects spread `json:"objects"`
	Classes spread `json:"classes"`
}

type spread struct {
	Mean   real  `json:"mean"`
	Median real  `json:"median"`
	Max    int32 `json:"max"`
}

// sizes counts instances by area, with COCO's limits.
type sizes struct {
	Small  int64 `json:"small"`
	Medium int64 `json:"medium"`
	Large  int64 `json:"large"`
}

type boxes struct {
	Count  int64     `json:"count"`
	Width  quantiles `json:"width"`
	Height quantiles `json:"height"`
	Aspect quantiles `json:"aspect"`
}

// MarshalJSON writes null for no boxes.
func (b boxes) MarshalJSON() ([]byte, error) {
	type plain boxes
	if b.Count == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(plain(b))
}

// quantiles of a distribution; P10 is the 10 % quantile. All are NaN where
// there are no numbers.
type quantiles struct {
	Min real `json:"min"`
	P10 real `json:"p10"`
	P25 real `json:"p25"`
	P50 real `json:"p50"`
	P75 real `json:"p75"`
	P90 real `json:"p90"`
	Max real `json:"max"`
}

type classRow struct {
	ID            int64   `json:"category_id"`
	Name          string  `json:"name"`
	Supercategory string  `json:"supercategory"`
	Instances     int64   `json:"instances"`
	Images        int64   `json:"images"`
	Crowd         int64   `json:"crowd"`
	Share         float64 `json:"share"`
	Frequency     float64 `json:"frequency"`
	PerImage      real    `json:"per_image"` // instances in the images that hold the class
	Group         string  `json:"group"`
	LVISGroup     string  `json:"lvis_group"`
	sizes
	Boxes boxes `json:"boxes"`
}

// together is two classes, by their ids, and the images that hold both.
type together struct {
	A      int64 `json:"category_a"`
	B      int64 `json:"category_b"`
	Images int64 `json:"images"`

	nameA, nameB string
	rarer        int64 // images that hold the rarer of the two
}

func newAnalysis(c *annotations.Counts, tailRatio float64) *analysis {
	split := lt.TailSplit(c.Images, c.AnnotatedImages, tailRatio)
	a := &analysis{
		Sources: c.Sources,
		Totals:  newTotals(c),
		Imbalance: imbalance{
			Ratio: lt.ImbalanceRatio(c.Instances), Gini: lt.Gini(c.Instances), Entropy: lt.Entropy(c.Instances),
			EffectiveClasses: lt.EffectiveClasses(c.Instances),
			TailClasses:      split.TailClasses, TailTarget: tailRatio, TailReached: split.Reached,
		},
		Sizes:    totalSizes(c.Sizes),
		Boxes:    newBoxes(&c.AllBoxes),
		Problems: newProblems(c.Problems),
		LeftOut:  c.LeftOut,
		Classes:  make([]classRow, 0, len(c.Categories)),
	}
	var slow sync.WaitGroup
	slow.Go(func() { a.PerImage = newPerImage(c.ImageRows) })
	slow.Go(func() { a.Cooccurrence = newCooccurrence(c) })
	defer slow.Wait()
	frequency := lt.Frequencies(c.Images, c.AnnotatedImages)
	for i, k := range c.Categories {
		group, lvis := split.Group(i), lt.DeclaredGroup(k.Frequency, c.Images[i])
		a.groups.Tail = append(a.groups.Tail, group)
		a.groups.LVIS = append(a.groups.LVIS, lvis)
		row := classRow{ID: k.ID, Name: k.Name, Supercategory: k.Supercategory,
			Instances: c.Instances[i], Images: c.Images[i], Crowd: c.Crowd[i], Frequency: frequency[i],
			PerImage: real(float64(c.Instances[i]) / float64(c.Images[i])),
			Group:    group, LVISGroup: lvis, sizes: sizes(c.Sizes[i]), Boxes: newBoxes(&c.Boxes[i])}
		if c.TotalInstances > 0 {
			row.Share = float64(row.Instances) / float64(c.TotalInstances)
		}
		a.Classes = append(a.Classes, row)
	}
	return a
}

func newTotals(c *annotations.Counts) totals {
	t := totals{
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

func newPerImage(rows []annotations.ImageCount) perImage {
	return perImage{
		Objects: newSpread(rows, func(r *annotations.ImageCount) int32 { return r.Objects }),
		Classes: newSpread(rows, func(r *annotations.ImageCount) int32 { return r.Classes }),
	}
}

// newSpread takes the middle number for the median, or the mean of the two in
// the middle.
func newSpread(rows []annotations.ImageCount, value func(*annotations.ImageCount) int32) spread {
	if len(rows) == 0 {
		return spread{Mean: real(math.NaN()), Median: real(math.NaN())}
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
	return spread{
		Mean:   real(float64(sum) / float64(len(rows))),
		Median: real(float64(low+high) / 2),
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

func totalSizes(of []annotations.SizeCounts) (t sizes) {
	for _, s := range of {
		t.Small += s.Small
		t.Medium += s.Medium
		t.Large += s.Large
	}
	return t
}

func newBoxes(b *annotations.BoxSummary) boxes {
	return boxes{b.Width.Count(), newQuantiles(&b.Width), newQuantiles(&b.Height), newQuantiles(&b.Aspect)}
}

func newQuantiles(d *annotations.Distribution) quantiles {
	at := func(q float64) real { return real(d.Quantile(q)) }
	return quantiles{real(d.Min()), at(0.1), at(0.25), at(0.5), at(0.75), at(0.9), real(d.Max())}
}

// newCooccurrence returns the classes that occur together, the most frequent
// pairs first.
func newCooccurrence(c *annotations.Counts) []together {
	pairs := c.Cooccurrence()
	out := make([]together, len(pairs))
	for i, p := range pairs {
		a, b := &c.Categories[p.A], &c.Categories[p.B]
		out[i] = together{A: a.ID, B: b.ID, Images: p.Images, nameA: a.Name, nameB: b.Name,
			rarer: min(c.Images[p.A], c.Images[p.B])}
	}
	slices.SortStableFunc(out, func(x, y together) int { return cmp.Compare(y.Images, x.Images) })
	return out
}
