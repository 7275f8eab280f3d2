package compare

import (
	"context"
	"math"

	"cocostat/annotations"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/commands/shared/summary"
	"cocostat/lt"
)

// comparison is what cocostat compare reports. Its JSON form is the output of
// --format json.
type comparison struct {
	By           string       `json:"by"`
	A            side         `json:"a"`
	B            side         `json:"b"`
	Distances    distances    `json:"distances"`
	RandomSplits *randomSplit `json:"random_splits"` // null if there is no telling
	Shared       shared       `json:"shared"`
	Classes      []compareRow `json:"classes"`
}

// side is one of the two sets.
type side struct {
	Source    annotations.Source `json:"source"`
	Totals    summary.Totals     `json:"totals"`
	Ratio     float64            `json:"ratio"`
	Gini      float64            `json:"gini"`
	Effective float64            `json:"effective_classes"`
	PerImage  summary.PerImage   `json:"per_image"`
	Sizes     summary.Sizes      `json:"sizes"`
	Problems  problems.Findings  `json:"problems"`
}

type distances struct {
	TotalVariation output.Real `json:"total_variation"`
	JensenShannon  output.Real `json:"jensen_shannon_bits"`
	Hellinger      output.Real `json:"hellinger"`
}

// randomSplit is how far apart random splits of the images are, in total
// variation.
type randomSplit struct {
	Splits  int     `json:"splits"`
	Mean    float64 `json:"mean"`
	Highest float64 `json:"p95"` // that 95 % do not exceed
	P       float64 `json:"p"`   // share at least as far apart as A and B
}

// compareRow is a class. What a set does not list has no id there.
type compareRow struct {
	Name       string      `json:"name"`
	NameB      *string     `json:"name_b,omitempty"` // where the same id has another name
	IDA        *int64      `json:"id_a"`
	IDB        *int64      `json:"id_b"`
	InstancesA int64       `json:"instances_a"`
	InstancesB int64       `json:"instances_b"`
	ImagesA    int64       `json:"images_a"`
	ImagesB    int64       `json:"images_b"`
	ShareA     output.Real `json:"share_a"`
	ShareB     output.Real `json:"share_b"`
	Difference output.Real `json:"difference"`
	Ratio      output.Real `json:"ratio"`
}

func newComparison(ctx context.Context, a, b *annotations.Counts, by string) *comparison {
	matches := match(a.Categories, b.Categories, by)
	c := &comparison{By: by, A: newSide(a), B: newSide(b), Shared: newShared(a, b),
		Classes: make([]compareRow, len(matches))}
	nA, nB := make([]int64, len(matches)), make([]int64, len(matches))
	for i, m := range matches {
		c.Classes[i] = newCompareRow(a, b, m)
		nA[i], nB[i] = c.Classes[i].InstancesA, c.Classes[i].InstancesB
	}
	c.Distances = distances{output.Real(lt.TotalVariation(nA, nB)), output.Real(lt.JensenShannon(nA, nB)), output.Real(lt.Hellinger(nA, nB))}
	if !c.Shared.images() {
		c.RandomSplits = shuffle(ctx, a, b, matches)
	}
	return c
}

func newSide(c *annotations.Counts) side {
	return side{
		Source: c.Sources[0], Totals: summary.NewTotals(c), PerImage: summary.NewPerImage(c.ImageRows), Sizes: summary.TotalSizes(c.Sizes),
		Ratio: lt.ImbalanceRatio(c.Instances), Gini: lt.Gini(c.Instances), Effective: lt.EffectiveClasses(c.Instances),
		Problems: problems.Sum(problems.New(c.Problems)),
	}
}

// matched is a class as an index of both categories, -1 where it is not listed.
type matched struct{ a, b int }

// match returns A's classes, then those that only B has. By name, the n-th
// category of a name in A is the n-th of that name in B.
func match(a, b []annotations.Category, by string) []matched {
	type key struct {
		id   int64
		name string
	}
	keys := func(categories []annotations.Category) []key {
		out := make([]key, len(categories))
		seen := map[string]int64{}
		for i, k := range categories {
			if by == "id" {
				out[i] = key{id: k.ID}
				continue
			}
			out[i] = key{seen[k.Name], k.Name}
			seen[k.Name]++
		}
		return out
	}
	var out []matched
	of := map[key]int{}
	for i, k := range keys(a) {
		of[k] = i
		out = append(out, matched{i, -1})
	}
	for i, k := range keys(b) {
		if at, ok := of[k]; ok {
			out[at].b = i
		} else {
			out = append(out, matched{-1, i})
		}
	}
	return out
}

func newCompareRow(a, b *annotations.Counts, m matched) compareRow {
	var r compareRow
	share := func(n, total int64) output.Real {
		if total == 0 {
			return output.Real(math.NaN())
		}
		return output.Real(float64(n) / float64(total))
	}
	if m.a >= 0 {
		k := &a.Categories[m.a]
		r.Name, r.IDA = k.Name, &k.ID
		r.InstancesA, r.ImagesA = a.Instances[m.a], a.Images[m.a]
	}
	if m.b >= 0 {
		k := &b.Categories[m.b]
		r.IDB = &k.ID
		if m.a < 0 {
			r.Name = k.Name
		} else if k.Name != r.Name {
			r.NameB = &k.Name
		}
		r.InstancesB, r.ImagesB = b.Instances[m.b], b.Images[m.b]
	}
	r.ShareA, r.ShareB = share(r.InstancesA, a.TotalInstances), share(r.InstancesB, b.TotalInstances)
	r.Difference = r.ShareB - r.ShareA
	r.Ratio = output.Real(math.NaN())
	if r.ShareA > 0 {
		r.Ratio = r.ShareB / r.ShareA
	}
	return r
}

// shuffle compares the two sets with random splits of their annotated images,
// 999 or as many, at least 99, as take a second or two. It returns nil if one
// set has none, or when ctx ends.
func shuffle(ctx context.Context, a, b *annotations.Counts, matches []matched) *randomSplit {
	classA, classB := make([]int32, len(a.Categories)), make([]int32, len(b.Categories))
	for i, m := range matches {
		if m.a >= 0 {
			classA[m.a] = int32(i)
		}
		if m.b >= 0 {
			classB[m.b] = int32(i)
		}
	}
	all := lt.ImageObjects{Start: []int{0}}
	addImages(&all, a.Pairs, classA)
	n := len(all.Start) - 1
	addImages(&all, b.Pairs, classB)
	t, ok := lt.PermutationTest(ctx, all, n, len(matches), lt.EnoughSplits(min(len(a.Pairs), len(b.Pairs))), 1)
	if !ok {
		return nil
	}
	return &randomSplit{t.Splits, t.Expected, t.Highest, t.P}
}

// addImages adds the images of one set, whose pairs are in the order of the
// images.
func addImages(all *lt.ImageObjects, pairs []annotations.Pair, class []int32) {
	for i, p := range pairs {
		all.Class, all.Objects = append(all.Class, class[p.Class]), append(all.Objects, p.Objects)
		if i+1 == len(pairs) || pairs[i+1].Image != p.Image {
			all.Start = append(all.Start, len(all.Class))
		}
	}
}
