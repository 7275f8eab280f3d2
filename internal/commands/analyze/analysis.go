package analyze

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"

	"cocostat/annotations"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/commands/shared/summary"
	"cocostat/lt"
)

// analysis is what cocostat analyze reports. Its JSON form is the output of
// --format json.
type analysis struct {
	Sources      []annotations.Source `json:"sources"`
	Totals       summary.Totals       `json:"totals"`
	Imbalance    imbalance            `json:"imbalance"`
	PerImage     summary.PerImage     `json:"per_image"`
	Sizes        summary.Sizes        `json:"sizes"`
	Boxes        boxes                `json:"boxes"`
	Classes      []classRow           `json:"classes"`
	Cooccurrence []together           `json:"cooccurrence"`
	Problems     []problems.Problem   `json:"problems"`

	annotations.Selected // categories that are no classes here, or not as they stand

	tail lt.Split
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
	Min output.Real `json:"min"`
	P10 output.Real `json:"p10"`
	P25 output.Real `json:"p25"`
	P50 output.Real `json:"p50"`
	P75 output.Real `json:"p75"`
	P90 output.Real `json:"p90"`
	Max output.Real `json:"max"`
}

type classRow struct {
	ID            int64       `json:"category_id"`
	Name          string      `json:"name"`
	Supercategory string      `json:"supercategory"`
	Instances     int64       `json:"instances"`
	Images        int64       `json:"images"`
	Crowd         int64       `json:"crowd"`
	Share         float64     `json:"share"`
	Frequency     float64     `json:"frequency"`
	PerImage      output.Real `json:"per_image"` // instances in the images that hold the class
	Group         string      `json:"group"`
	LVISGroup     string      `json:"lvis_group"`
	summary.Sizes
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
	tail := lt.TailSplit(c.Images, c.AnnotatedImages, tailRatio)
	a := &analysis{
		Sources: c.Sources,
		Totals:  summary.NewTotals(c),
		Imbalance: imbalance{
			Ratio: lt.ImbalanceRatio(c.Instances), Gini: lt.Gini(c.Instances), Entropy: lt.Entropy(c.Instances),
			EffectiveClasses: lt.EffectiveClasses(c.Instances),
			TailClasses:      tail.TailClasses, TailTarget: tailRatio, TailReached: tail.Reached,
		},
		Sizes:    summary.TotalSizes(c.Sizes),
		Boxes:    newBoxes(&c.AllBoxes),
		Problems: problems.New(c.Problems),
		Selected: c.Selected,
		Classes:  make([]classRow, 0, len(c.Categories)),
		tail:     tail,
	}
	var slow sync.WaitGroup
	slow.Go(func() { a.PerImage = summary.NewPerImage(c.ImageRows) })
	slow.Go(func() { a.Cooccurrence = newCooccurrence(c) })
	defer slow.Wait()
	frequency := lt.Frequencies(c.Images, c.AnnotatedImages)
	for i, k := range c.Categories {
		row := classRow{ID: k.ID, Name: k.Name, Supercategory: k.Supercategory,
			Instances: c.Instances[i], Images: c.Images[i], Crowd: c.Crowd[i], Frequency: frequency[i],
			PerImage: output.Real(float64(c.Instances[i]) / float64(c.Images[i])),
			Group:    tail.Group(i), LVISGroup: lt.DeclaredGroup(k.Frequency, c.Images[i]), Sizes: summary.Sizes(c.Sizes[i]), Boxes: newBoxes(&c.Boxes[i])}
		if c.TotalInstances > 0 {
			row.Share = float64(row.Instances) / float64(c.TotalInstances)
		}
		a.Classes = append(a.Classes, row)
	}
	return a
}

func newBoxes(b *annotations.BoxSummary) boxes {
	return boxes{b.Width.Count(), newQuantiles(&b.Width), newQuantiles(&b.Height), newQuantiles(&b.Aspect)}
}

func newQuantiles(d *annotations.Distribution) quantiles {
	at := func(q float64) output.Real { return output.Real(d.Quantile(q)) }
	return quantiles{output.Real(d.Min()), at(0.1), at(0.25), at(0.5), at(0.75), at(0.9), output.Real(d.Max())}
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
