package grouping

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"cocostat/lt"
	"cocostat/weights"
)

// ErrNoImages is what a rule by images gives on weights that were made from a table
// of counts without images.
var ErrNoImages = errors.New("the weights were made from a table of counts, without images")

// Division is a grouping with the group of each class, in the order of the table.
type Division struct {
	weights.Grouping
	Classes []string
	Split   *lt.Split // of a head and a tail; nil for other groups
}

// Divide divides the classes of a table.
func (r Rule) Divide(t *weights.Table) (*Division, error) {
	byImages := r.Method == TailRatio || r.Method == ImageThresholds
	if byImages && t.Meta.Counted == weights.CountedTable && t.Meta.AnnotatedImages == 0 {
		return nil, ErrNoImages
	}
	var instances, images []int64
	var total int64
	for _, row := range t.Rows {
		instances, images = append(instances, row.Instances), append(images, row.Images)
		total += row.Instances
	}
	d := &Division{Grouping: weights.Grouping{Name: r.Name, Method: r.Method}}
	switch r.Method {
	case TailRatio:
		d.split(lt.TailSplit(images, annotatedImages(t), r.Ratio), weights.CentricImage)
	case InstanceRatio:
		d.split(lt.InstanceTailSplit(instances, r.Ratio), weights.CentricInstance)
	case Top:
		d.split(lt.TopSplit(instances, total, r.Top), weights.CentricInstance)
	case LVIS:
		d.Groups = []string{lt.Frequent, lt.Common, lt.Rare}
		for _, row := range t.Rows {
			d.Classes = append(d.Classes, row.LVISGroup)
		}
	case ImageThresholds:
		d.bin(r.Bins, images, "images")
	default:
		d.bin(r.Bins, instances, "instances")
	}
	switch r.Method {
	case TailRatio, InstanceRatio:
		d.Parameters["target"] = r.Ratio
	case Top:
		d.Parameters["classes"] = r.Top
	}
	return d, nil
}

// annotatedImages returns the number of images with annotations. Files without
// metadata have it in their frequencies.
func annotatedImages(t *weights.Table) int64 {
	if t.Meta.AnnotatedImages > 0 || len(t.Rows) == 0 {
		return t.Meta.AnnotatedImages
	}
	most := slices.MaxFunc(t.Rows, func(a, b weights.Row) int { return cmp.Compare(a.Images, b.Images) })
	if most.Frequency == 0 {
		return 0
	}
	return int64(math.Round(float64(most.Images) / most.Frequency))
}

// split takes over a tail and a head.
func (d *Division) split(s lt.Split, centric string) {
	d.Groups, d.Split = []string{lt.Head, lt.Tail}, &s
	for i := range s.Tail {
		d.Classes = append(d.Classes, s.Group(i))
	}
	d.Parameters = map[string]any{"centric": centric, "reached": s.Reached, "lambda": s.Lambda}
}

// bin takes over bins, the most frequent one first.
func (d *Division) bin(b lt.Bins, counts []int64, of string) {
	d.Groups = slices.Clone(b.Names)
	slices.Reverse(d.Groups)
	d.Classes = b.Groups(counts)
	d.Parameters = map[string]any{"thresholds": b.Thresholds, "of": of}
}

// Group is what a group holds; the shares are of all instances, and of all (image,
// class) pairs.
type Group struct {
	Name           string  `json:"name"`
	Classes        int     `json:"classes"`
	Instances      int64   `json:"instances"`
	InstanceShare  float64 `json:"instance_share"`
	Pairs          int64   `json:"image_class_pairs"`
	PairShare      float64 `json:"pair_share"`
	LeastInstances int64   `json:"least_instances"` // of its classes
	MostInstances  int64   `json:"most_instances"`
	CategoryIDs    []int64 `json:"category_ids"`
}

// Contents says what each of the groups holds of the table that was divided.
func (d *Division) Contents(t *weights.Table) []Group {
	var out []Group
	for _, name := range d.Groups {
		out = append(out, d.content(name, t.Rows))
	}
	return out
}

func (d *Division) content(name string, rows []weights.Row) Group {
	g := Group{Name: name, CategoryIDs: []int64{}}
	var instances, pairs int64
	for i, row := range rows {
		instances += row.Instances
		pairs += row.Images
		if d.Classes[i] != name {
			continue
		}
		if g.Classes == 0 || row.Instances < g.LeastInstances {
			g.LeastInstances = row.Instances
		}
		g.MostInstances = max(g.MostInstances, row.Instances)
		g.Classes++
		g.Instances += row.Instances
		g.Pairs += row.Images
		g.CategoryIDs = append(g.CategoryIDs, row.CategoryID)
	}
	g.InstanceShare, g.PairShare = share(g.Instances, instances), share(g.Pairs, pairs)
	return g
}

func share(n, total int64) float64 {
	if total == 0 {
		return 0
	}
	return float64(n) / float64(total)
}
