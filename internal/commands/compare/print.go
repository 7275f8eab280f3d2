package compare

import (
	"fmt"
	"io"
	"math"
	"strings"

	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/summary"
	"cocostat/internal/textable"
)

// compareColumns are the columns of the class table of compare.
var compareColumns = func() columntable.Columns[compareRow] {
	type row = compareRow
	signed := func(f float64) string { return fmt.Sprintf("%+.2f pp", 100*f) }
	difference := columntable.Number("difference", "difference", func(r *row) float64 { return float64(r.Difference) }, signed)
	difference.Size = true
	notA := func(r *row) bool { return r.IDA == nil }
	notB := func(r *row) bool { return r.IDB == nil }
	unless := func(blank func(*row) bool, c columntable.Column[row]) columntable.Column[row] {
		c.Blank = blank
		return c
	}
	return columntable.Columns[row]{
		columntable.Words("name", "class", func(r *row) string { return r.Name }),
		columntable.Words("name_b", "class in B", func(r *row) string {
			if r.NameB == nil {
				return ""
			}
			return *r.NameB
		}),
		columntable.Identifier("id_a", "id_a", "id in A", func(r *row) *int64 { return r.IDA }),
		columntable.Identifier("id_b", "id_b", "id in B", func(r *row) *int64 { return r.IDB }),
		unless(notA, columntable.Whole("instances_a", "instances A", func(r *row) int64 { return r.InstancesA })),
		unless(notB, columntable.Whole("instances_b", "instances B", func(r *row) int64 { return r.InstancesB })),
		unless(notA, columntable.Whole("images_a", "images A", func(r *row) int64 { return r.ImagesA })),
		unless(notB, columntable.Whole("images_b", "images B", func(r *row) int64 { return r.ImagesB })),
		unless(notA, columntable.Number("share_a", "share A", func(r *row) float64 { return float64(r.ShareA) }, textable.Percent)),
		unless(notB, columntable.Number("share_b", "share B", func(r *row) float64 { return float64(r.ShareB) }, textable.Percent)),
		difference,
		columntable.Number("ratio", "ratio", func(r *row) float64 { return float64(r.Ratio) }, columntable.Decimals(2)),
	}
}()

// usualCompareColumns are those that a table for people has unless others are
// asked for.
var usualCompareColumns = strings.Fields("name instances_a instances_b share_a share_b difference ratio")

// print writes the comparison in the wanted format.
func (c *comparison) print(out io.Writer, o *options) error {
	switch o.format {
	case "json":
		shown := *c
		shown.Classes = o.Rows(c.Classes)
		return output.WriteJSON(out, &shown)
	case "csv":
		return o.Shown.WriteCSV(out, o.Rows(c.Classes))
	}
	p := output.NewPage(out, o.format)
	p.Lines("A  "+c.A.Source.Path, "B  "+c.B.Source.Path)
	o.Table.Print(p, c.Classes, "", nil)
	if notes := c.notes(); len(notes) > 0 {
		p.Lines(notes...)
	}
	p.Table(c.sidesTable())
	p.Table(c.distanceTable())
	if verdict := c.verdict(); verdict != "" {
		p.Lines(verdict)
	}
	return p.Print(out)
}

// notes tell which classes are in one set only, and what else is amiss.
func (c *comparison) notes() []string {
	var onlyA, onlyB, emptyA, emptyB, ids, names []string
	for i := range c.Classes {
		r := &c.Classes[i]
		switch {
		case r.IDB == nil:
			onlyA = append(onlyA, r.Name)
		case r.IDA == nil:
			onlyB = append(onlyB, r.Name)
		case r.InstancesA == 0 && r.InstancesB > 0:
			emptyA = append(emptyA, r.Name)
		case r.InstancesB == 0 && r.InstancesA > 0:
			emptyB = append(emptyB, r.Name)
		}
		if r.IDA != nil && r.IDB != nil && *r.IDA != *r.IDB {
			ids = append(ids, fmt.Sprintf("%s (%d, %d)", r.Name, *r.IDA, *r.IDB))
		}
		if r.NameB != nil {
			names = append(names, fmt.Sprintf("%d (%s, %s)", *r.IDA, r.Name, *r.NameB))
		}
	}
	var out []string
	for _, n := range []struct {
		what  string
		which []string
	}{
		{"classes listed in A only", onlyA}, {"classes listed in B only", onlyB},
		{"classes without instances in A only", emptyA}, {"classes without instances in B only", emptyB},
		{"classes with different ids in A and B", ids}, {"ids with different names in A and B", names},
	} {
		if len(n.which) > 0 {
			out = append(out, fmt.Sprintf("%s: %s (%s)", n.what, textable.Integer(len(n.which)), output.List(n.which, 5)))
		}
	}
	return append(out, c.Shared.notes()...)
}

// sidesTable has the totals of both sets side by side.
func (c *comparison) sidesTable() *textable.Table {
	w := textable.New("", ">A", ">B")
	row := func(what string, value func(s *side) string) { w.Add(what, value(&c.A), value(&c.B)) }
	row("images", func(s *side) string { return textable.Integer(s.Totals.Images) })
	row("images without annotations", func(s *side) string { return textable.Integer(s.Totals.NegativeImages) })
	row("classes with instances", func(s *side) string { return textable.Integer(s.Totals.UsedClasses) })
	row("instances", func(s *side) string { return textable.Integer(s.Totals.Instances) })
	row("objects per image, mean", func(s *side) string { return textable.Decimal(float64(s.PerImage.Objects.Mean), 2) })
	row("largest class / smallest", func(s *side) string { return textable.Decimal(s.Ratio, 1) })
	row("Gini index", func(s *side) string { return textable.Decimal(s.Gini, 3) })
	row("effective classes (2^entropy)", func(s *side) string { return textable.Decimal(s.Effective, 1) })
	for _, size := range []struct {
		what string
		n    func(s *summary.Sizes) int64
	}{
		{"small, area < 32²", func(s *summary.Sizes) int64 { return s.Small }},
		{"medium, < 96²", func(s *summary.Sizes) int64 { return s.Medium }},
		{"large", func(s *summary.Sizes) int64 { return s.Large }},
	} {
		row(size.what, func(s *side) string {
			all := s.Sizes.Small + s.Sizes.Medium + s.Sizes.Large
			return textable.Percent(float64(size.n(&s.Sizes)) / float64(all))
		})
	}
	row("problems: errors", func(s *side) string { return textable.Integer(s.Problems.Errors) })
	row("problems: warnings", func(s *side) string { return textable.Integer(s.Problems.Warnings) })
	return w
}

func (c *comparison) distanceTable() *textable.Table {
	w := textable.New("distance of the class shares", ">0 … 1")
	w.Add("total variation", textable.Decimal(float64(c.Distances.TotalVariation), 5))
	if r := c.RandomSplits; r != nil {
		w.Add("  of random splits, mean", textable.Decimal(r.Mean, 5))
		w.Add("  of random splits, 95 % are below", textable.Decimal(r.Highest, 5))
	}
	w.Add("Jensen–Shannon divergence, base 2", textable.Decimal(float64(c.Distances.JensenShannon), 5))
	w.Add("Hellinger distance", textable.Decimal(float64(c.Distances.Hellinger), 5))
	return w
}

// verdict says in words what the random splits tell.
func (c *comparison) verdict() string {
	r := c.RandomSplits
	switch {
	case c.Shared.images():
		return "A and B have images in common, so they are not compared with random splits."
	case r == nil:
		return ""
	case r.P <= 0.01:
		return fmt.Sprintf("Of %d random splits of these images, %s are as far apart: A and B do not look like a random split (p = %.3f).",
			r.Splits, few(r), r.P)
	case r.P <= 0.05:
		return fmt.Sprintf("Random splits of these images are seldom as far apart (p = %.3f).", r.P)
	}
	return fmt.Sprintf("Random splits of these images are often as far apart (p = %.2f): chance can explain the difference.", r.P)
}

// few is the number of random splits at least as far apart as A and B.
func few(r *randomSplit) string {
	n := int(math.Round(r.P*float64(1+r.Splits))) - 1
	if n == 0 {
		return "none"
	}
	return textable.Integer(n)
}
