package eval

import (
	"fmt"
	"io"
	"math"
	"strings"

	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
)

// print writes the comparison in a format.
func (c *evalComparison) print(out io.Writer, o *options, format string) error {
	d := &o.differences
	switch format {
	case "json":
		shown := *c
		shown.Classes = d.Rows(c.Classes)
		return output.WriteJSON(out, &shown)
	case "csv":
		return chosenForCSV(d, o.format).WriteCSV(out, d.Rows(c.Classes))
	}
	p := output.NewPage(out, format)
	p.Lines(c.heading(o)...)
	p.Table(c.summaryTable())
	p.Table(c.changesTable())
	if len(c.Classes) > 0 {
		d.Print(p, c.Classes, "", nil)
	}
	p.Lines(c.verdict()...)
	printEvalProblems(p, c.Problems, c.Truth, 2)
	return p.Print(out)
}

func (c *evalComparison) heading(o *options) []string {
	lines := []string{c.Truth.line(), "A  " + strings.Join(o.a, ", "), "B  " + strings.Join(o.b, ", ")}
	return append(lines, c.Settings.notes()...)
}

// summaryTable has the twelve numbers of both.
func (c *evalComparison) summaryTable() *textable.Table {
	w := textable.New("", "IoU", "area", ">max dets", ">A", ">B", ">B − A")
	cell := func(value, deviation output.Real) string {
		if !math.IsNaN(float64(deviation)) {
			return fmt.Sprintf("%s ± %s", score3(value), score3(deviation))
		}
		return score3(value)
	}
	for _, s := range c.Summary {
		w.Add(s.Name, s.IoU, s.Area, textable.Integer(s.MaxDets), cell(s.A, s.SpreadA), cell(s.B, s.SpreadB), signed(float64(s.B-s.A)))
	}
	return w
}

// signed writes a difference.
func signed(f float64) string {
	text := textable.Decimal(f, 3)
	if f > 0 && text != textable.Decimal(0, 3) {
		return "+" + text
	}
	if text == "-0.000" {
		return "0.000"
	}
	return text
}

// changesTable has the APs of all classes and of the groups, with intervals.
func (c *evalComparison) changesTable() *textable.Table {
	w := textable.New("classes", "", ">with objects", ">AP A", ">AP B", ">B − A", ">"+c.interval(), "", ">AP50, B − A", ">"+c.interval(), "")
	row := func(what, group, used string, a comparedAPs) {
		cells := []string{what, group, used, score3(a.AP.A), score3(a.AP.B)}
		for _, x := range []compared{a.AP, a.AP50} {
			cells = append(cells, signed(float64(x.Difference)), x.interval(), x.mark())
		}
		w.Add(cells...)
	}
	row("all", "", textable.Integer(c.Truth.Classes-c.Truth.Unassessed), c.All)
	for _, g := range c.Groupings {
		name := g.Name
		for _, change := range g.Groups {
			row(name, change.Name, textable.Integer(change.Used), change.comparedAPs)
			name = ""
		}
	}
	return w
}

func (c *evalComparison) interval() string {
	return fmt.Sprintf("%g %% interval", math.Round(1e4*c.Confidence)/100)
}

// interval writes the interval of the difference.
func (c *compared) interval() string {
	if math.IsNaN(float64(c.Low)) {
		return "–"
	}
	return signed(float64(c.Low)) + " … " + signed(float64(c.High))
}

// verdict says in words what the comparison tells.
func (c *evalComparison) verdict() []string {
	what := "random choices of the images"
	if len(c.A)+len(c.B) > 2 {
		what = "random choices of the images and of the runs"
	}
	lines := []string{fmt.Sprintf("intervals from %s %s (seed %d); * where 0 is outside", textable.Integer(c.Rounds), what, c.Seed)}
	used, clear := 0, 0
	for i := range c.Classes {
		if c.Classes[i].Instances > 0 {
			used++
		}
		if c.Classes[i].AP.Clear {
			clear++
		}
	}
	if used > 1 {
		lines = append(lines, fmt.Sprintf("marked: %s of %s; were A and B equally good, about %s would be, by chance",
			textable.Integer(clear), output.Plural(used, "class"), textable.Decimal((1-c.Confidence)*float64(used), 1)))
	}
	all := c.All.AP
	better := "B is better than A"
	if all.Difference < 0 {
		better = "A is better than B"
	}
	if all.Clear {
		lines = append(lines, fmt.Sprintf("AP of all classes: %s by %s", better, score3(output.Real(max(all.Difference, -all.Difference)))))
	} else {
		lines = append(lines, "AP of all classes: no difference that the choice of the images does not explain")
	}
	return lines
}
