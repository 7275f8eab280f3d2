package datasets

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"cocostat/dataset/write"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
	"cocostat/lt"
)

// splitReport is what split prints.
type splitReport struct {
	Output string       `json:"output"`
	Format write.Format `json:"format"`
	Seed   uint64       `json:"seed"`
	Groups int          `json:"groups"` // images that stay together; as many as images where each is by itself
	Parts  []splitPart  `json:"parts"`
	// Classes are in the order of ids; the numbers in the order of Parts.
	Classes []splitClass `json:"classes"`
}

type splitPart struct {
	Name      string `json:"name"`
	Images    int64  `json:"images"`
	Instances int64  `json:"instances"`
	Classes   int64  `json:"used_classes"`

	// Of the class shares to those of all other parts.
	TotalVariation output.Real  `json:"total_variation"`
	JensenShannon  output.Real  `json:"jensen_shannon_bits"`
	Hellinger      output.Real  `json:"hellinger"`
	RandomSplits   *randomSplit `json:"random_splits"` // null if there is no telling
}

// randomSplit is what total variation random splits of the same images have.
type randomSplit struct {
	Splits  int     `json:"splits"`
	Mean    float64 `json:"mean"`
	Highest float64 `json:"p95"` // that 95 % do not exceed
}

type splitClass struct {
	ID        int64   `json:"category_id"`
	Name      string  `json:"name"`
	Images    []int64 `json:"images"`
	Instances []int64 `json:"instances"`
}

func (c *splitClass) images() (n int64)    { return sum(c.Images) }
func (c *splitClass) instances() (n int64) { return sum(c.Instances) }

func sum(list []int64) (n int64) {
	for _, v := range list {
		n += v
	}
	return n
}

func newSplitReport(ctx context.Context, o *splitOptions, s *source, share []int32, groups int) (*splitReport, error) {
	r := &splitReport{Output: o.out, Format: o.to, Seed: o.seed, Groups: groups}
	for _, k := range s.Categories {
		r.Classes = append(r.Classes, splitClass{ID: k.ID, Name: k.Name, Images: make([]int64, len(o.names)), Instances: make([]int64, len(o.names))})
	}
	held, rows := s.Objects()
	for i, row := range rows {
		for k := held.Start[i]; k < held.Start[i+1]; k++ {
			c := &r.Classes[held.Class[k]]
			c.Images[share[row]]++
			c.Instances[share[row]] += int64(held.Objects[k])
		}
	}
	for j, name := range o.names {
		p := splitPart{Name: name}
		for _, of := range share {
			if of == int32(j) {
				p.Images++
			}
		}
		p.measure(r.Classes, j)
		p.RandomSplits = random(ctx, held, rows, share, j, len(r.Classes))
		r.Parts = append(r.Parts, p)
	}
	return r, ctx.Err()
}

// measure compares the classes of a part with those of all others.
func (p *splitPart) measure(classes []splitClass, j int) {
	own, others := make([]int64, len(classes)), make([]int64, len(classes))
	for i := range classes {
		own[i] = classes[i].Instances[j]
		others[i] = classes[i].instances() - own[i]
		if own[i] > 0 {
			p.Classes++
		}
	}
	p.Instances = sum(own)
	p.TotalVariation = output.Real(lt.TotalVariation(own, others))
	p.JensenShannon = output.Real(lt.JensenShannon(own, others))
	p.Hellinger = output.Real(lt.Hellinger(own, others))
}

// random compares a part with random ones of its size.
func random(ctx context.Context, held lt.ImageObjects, rows, share []int32, j, classes int) *randomSplit {
	ordered := lt.ImageObjects{Start: []int{0}}
	n := 0
	for _, own := range []bool{true, false} {
		for i, row := range rows {
			if (share[row] == int32(j)) != own {
				continue
			}
			from, to := held.Start[i], held.Start[i+1]
			ordered.Class, ordered.Objects = append(ordered.Class, held.Class[from:to]...), append(ordered.Objects, held.Objects[from:to]...)
			ordered.Start = append(ordered.Start, len(ordered.Class))
			if own {
				n++
			}
		}
	}
	pairs := min(ordered.Start[n], len(ordered.Class)-ordered.Start[n])
	t, ok := lt.PermutationTest(ctx, ordered, n, classes, lt.EnoughSplits(4*pairs), 1)
	if !ok {
		return nil
	}
	return &randomSplit{t.Splits, t.Expected, t.Highest}
}

func (r *splitReport) print(o *splitOptions) error {
	out := o.Streams.Out
	switch o.format {
	case "json":
		return output.WriteJSON(out, r)
	case "csv":
		return r.csv(o)
	}
	p := output.NewPage(out, o.format)
	p.Table(r.partTable())
	p.Table(r.distanceTable())
	p.Table(r.classTable())
	p.Lines(r.lines()...)
	return p.Print(out)
}

func (r *splitReport) partTable() *textable.Table {
	w := textable.New("part", ">images", ">share", ">instances", ">share", ">classes")
	var images, instances int64
	for _, p := range r.Parts {
		images, instances = images+p.Images, instances+p.Instances
	}
	percent := func(n, of int64) string {
		if of == 0 {
			return "–"
		}
		return textable.Percent(float64(n) / float64(of))
	}
	for _, p := range r.Parts {
		w.Add(p.Name, textable.Integer(p.Images), percent(p.Images, images), textable.Integer(p.Instances), percent(p.Instances, instances), textable.Integer(p.Classes))
	}
	return w
}

func (r *splitReport) distanceTable() *textable.Table {
	w := textable.New("class shares, to all others", ">total variation", ">random, mean", ">95 % below", ">Jensen–Shannon", ">Hellinger")
	for _, p := range r.Parts {
		mean, highest := "–", "–"
		if p.RandomSplits != nil {
			mean, highest = textable.Decimal(p.RandomSplits.Mean, 5), textable.Decimal(p.RandomSplits.Highest, 5)
		}
		w.Add(p.Name, textable.Decimal(float64(p.TotalVariation), 5), mean, highest, textable.Decimal(float64(p.JensenShannon), 5), textable.Decimal(float64(p.Hellinger), 5))
	}
	return w
}

// mostShown is how many classes a table for people has: the rarest.
const mostShown = 12

func (r *splitReport) classTable() *textable.Table {
	used := r.rarest()
	headers := []string{"rarest classes", ">images"}
	for _, p := range r.Parts {
		headers = append(headers, ">"+p.Name)
	}
	headers = append(headers, ">instances")
	for _, p := range r.Parts {
		headers = append(headers, ">"+p.Name)
	}
	w := textable.New(headers...)
	for _, c := range used[:min(len(used), mostShown)] {
		cells := []string{c.Name, textable.Integer(c.images())}
		for _, n := range c.Images {
			cells = append(cells, textable.Integer(n))
		}
		cells = append(cells, textable.Integer(c.instances()))
		for _, n := range c.Instances {
			cells = append(cells, textable.Integer(n))
		}
		w.Add(cells...)
	}
	return w
}

// rarest are the classes with instances, that in the fewest images first.
func (r *splitReport) rarest() []*splitClass {
	var used []*splitClass
	for i := range r.Classes {
		if r.Classes[i].instances() > 0 {
			used = append(used, &r.Classes[i])
		}
	}
	slices.SortStableFunc(used, func(a, b *splitClass) int {
		return cmp.Or(cmp.Compare(a.images(), b.images()), cmp.Compare(a.instances(), b.instances()))
	})
	return used
}

// lines tell which parts lack a class that has an image for each.
func (r *splitReport) lines() (out []string) {
	used := r.rarest()
	if n := len(used) - mostShown; n > 0 {
		out = append(out, fmt.Sprintf("%s more, of which there is more; --format csv lists all", plural(int64(n), "class")))
	}
	for j, p := range r.Parts {
		var few, apart []string
		for _, c := range used {
			switch {
			case c.Images[j] > 0:
			case c.images() < int64(len(r.Parts)):
				few = append(few, c.Name)
			default:
				apart = append(apart, c.Name)
			}
		}
		if n := len(few) + len(apart); n > 0 {
			out = append(out, fmt.Sprintf("%s lacks %s: %s", p.Name, plural(int64(n), "class"), output.List(append(apart, few...), 5)))
		}
	}
	return append(out, fmt.Sprintf("wrote %s", r.Output))
}
