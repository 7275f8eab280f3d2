package eval

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/textable"
)

// print writes the report in a format.
func (r *evalReport) print(out io.Writer, o *options, format string) error {
	switch format {
	case "json":
		shown := *r
		shown.Classes = o.Rows(r.Classes)
		return output.WriteJSON(out, &shown)
	case "csv":
		return chosenForCSV(&o.Table, o.format).WriteCSV(out, o.Rows(r.Classes))
	}
	p := output.NewPage(out, format)
	p.Lines(r.heading(o)...)
	p.Table(r.Summary.table())
	if len(r.Groupings) > 0 {
		p.Table(groupingTable(r.Groupings))
	}
	if len(r.Classes) > 0 {
		o.Table.Print(p, r.Classes, "group", map[string]textable.Color{"tail": textable.Yellow})
	}
	p.Lines(r.thresholdLines()...)
	r.printConfusion(p, o)
	printEvalProblems(p, r.Problems, r.Truth, 1)
	return p.Print(out)
}

// chosenForCSV returns the columns of CSV, which has all of them unless some
// were asked for. format is that of standard output, for which they were chosen.
func chosenForCSV[R any](t *classtable.Table[R], format string) columntable.Columns[R] {
	if format == "table" || format == "markdown" {
		if slices.Equal(t.Columns, t.Usual) {
			return t.All
		}
	}
	return t.Shown
}

func (r *evalReport) heading(o *options) []string {
	detections := fmt.Sprintf("detections    %s: %s", detectorName(o.a), textable.Integer(r.Detections.Read))
	if r.Detections.Evaluated < r.Detections.Read {
		detections += fmt.Sprintf(", %s of them evaluated", textable.Integer(r.Detections.Evaluated))
	}
	if r.Detections.How != "" {
		detections += "; images found by file name: " + r.Detections.How
	}
	lines := append([]string{r.Truth.line(), detections}, r.Settings.notes()...)
	if r.Detections.LVIS != nil {
		lines = append(lines, r.Detections.LVIS.line())
	}
	return lines
}

// line describes the ground truth.
func (t *evalTruth) line() string {
	images := output.Plural(t.Images, "image")
	if t.Images < t.Listed {
		images += fmt.Sprintf(" of %s, those with a detection", textable.Integer(t.Listed))
	}
	line := fmt.Sprintf("ground truth  %s: %s, %s, %s", t.Path, images, output.Plural(t.Objects, "object"), output.Plural(t.Classes, "class"))
	if t.Unassessed > 0 {
		line += fmt.Sprintf(" (%s without objects, in no mean)", textable.Integer(t.Unassessed))
	}
	if t.Crowds > 0 {
		line += ", " + output.Plural(t.Crowds, "crowd")
	}
	return line
}

// notes says what is not as COCO has it.
func (s *evalSettings) notes() []string {
	var out []string
	switch s.Rules {
	case "lvis":
		out = append(out, "rules         LVIS: a detection counts where its class was looked for")
	case compatPycocotools:
		out = append(out, "rules         pycocotools, with its annotation id 0 and its −1 where max dets lack 100")
	}
	if s.ClassAgnostic {
		out = append(out, "classes       taken for one")
	}
	return out
}

// groupingTable lists the groups of all groupings.
func groupingTable(groupings []evalGroupingScores) *textable.Table {
	w := textable.New("grouping", "group", ">classes", ">with objects", ">objects", ">AP", ">AP50", ">AP75", ">F1")
	for _, g := range groupings {
		name := g.Name
		for _, s := range g.Groups {
			w.Add(name, s.Name, textable.Integer(s.Classes), textable.Integer(s.Used), textable.Integer(s.Objects),
				score3(s.AP), score3(s.AP50), score3(s.AP75), score3(s.F1))
			name = ""
		}
	}
	return w
}

func score3(v output.Real) string { return textable.Decimal(float64(v), 3) }

// thresholdLines tell of the best threshold for all classes, and of --score.
func (r *evalReport) thresholdLines() []string {
	if math.IsNaN(float64(r.Common.F1)) {
		return []string{"no detection is right, so there is no threshold to choose"}
	}
	lines := []string{fmt.Sprintf("one threshold for all classes, at IoU %.2f: %s gives %s",
		r.Curves.IoU, textable.Decimal(float64(r.Common.Threshold), 2), r.pointWords(&r.Common))}
	if r.AtScore != nil {
		lines = append(lines, fmt.Sprintf("at a score of %v for all classes: %s", float64(r.AtScore.Threshold), r.pointWords(r.AtScore)))
	}
	return lines
}

func (r *evalReport) pointWords(c *operatingPoint) string {
	words := fmt.Sprintf("F1 %s (precision %s, recall %s)", score3(c.F1), score3(c.Precision), score3(c.Recall))
	if !r.Settings.ClassAgnostic {
		words += ", mean over the classes"
	}
	return words
}

// printConfusion adds a table for each grouping, and the classes that are
// confused most often.
func (r *evalReport) printConfusion(p *output.Page, o *options) {
	for i := range r.Groupings {
		if g := &r.Groupings[i]; g.Confusion != nil && len(g.Groups) > 0 {
			p.Table(g.confusionTable(r.Curves.IoU))
		}
	}
	if len(r.Confused) > 0 {
		p.Table(confusedTable(r.Confused))
	}
	if len(r.Groupings) > 0 || len(r.Confused) > 0 {
		p.Lines(o.confusionNote())
	}
	if len(r.Absent) > 0 {
		p.Table(absentTable(r.Absent))
	}
}

// absentTable lists the classes without objects that are detected.
func absentTable(classes []absentClass) *textable.Table {
	const most = 5
	w := textable.New("class without objects", ">detections", ">in the confusion", ">highest score")
	for _, c := range classes[:min(most, len(classes))] {
		w.Add(c.Name, textable.Integer(c.Detections), textable.Integer(c.Counted), score3(c.Highest))
	}
	if more := classes[min(most, len(classes)):]; len(more) > 0 {
		detections, counted, highest := 0, 0, output.Real(math.Inf(-1))
		for _, c := range more {
			detections, counted, highest = detections+c.Detections, counted+c.Counted, max(highest, c.Highest)
		}
		w.Add(textable.Integer(len(more))+" more", textable.Integer(detections), textable.Integer(counted), score3(highest))
	}
	return w
}

// confusionNote says which detections the confusion counts.
func (o *options) confusionNote() string {
	if o.scoreGiven {
		return fmt.Sprintf("objects found right, as another class, or missed: with detections of a score of at least %v", o.score)
	}
	return "objects found right, as another class, or missed: with detections from the threshold of their class on"
}

func (g *evalGroupingScores) confusionTable(iou float64) *textable.Table {
	headers := []string{fmt.Sprintf("%s, at IoU %.2f", g.Name, iou), ">objects", ">found right"}
	for _, s := range g.Groups {
		headers = append(headers, ">as other "+s.Name)
	}
	c := g.Confusion
	others := c.others()
	if others {
		headers = append(headers, ">as one in no group")
	}
	w := textable.New(append(headers, ">missed")...)
	share := func(n, of int64) string {
		if of == 0 {
			return "–"
		}
		return fmt.Sprintf("%s (%s %%)", textable.Integer(n), textable.Decimal(100*float64(n)/float64(of), 1))
	}
	for i, s := range g.Groups {
		row := []string{s.Name, textable.Integer(c.Objects[i]), share(c.Right[i], c.Objects[i])}
		for _, n := range c.Wrong[i] {
			row = append(row, share(n, c.Objects[i]))
		}
		if others {
			row = append(row, share(c.WrongOther[i], c.Objects[i]))
		}
		w.Add(append(row, share(c.Missed[i], c.Objects[i]))...)
	}
	for _, wrong := range []struct {
		what  string
		count []int64
		other int64
	}{{"an object found already", c.Twice, c.TwiceOther}, {"no object", c.Nowhere, c.NowhereOther}} {
		row := []string{wrong.what, "", ""}
		for _, n := range wrong.count {
			row = append(row, textable.Integer(n))
		}
		if others {
			row = append(row, textable.Integer(wrong.other))
		}
		w.Add(append(row, "")...)
	}
	return w
}

// confusedTable lists pairs of classes.
func confusedTable(pairs []confusedPair) *textable.Table {
	const most = 5
	w := textable.New("class", "found as", ">objects", ">of the class")
	for _, c := range pairs[:min(most, len(pairs))] {
		w.Add(c.Class, c.As, textable.Integer(c.Count), textable.Decimal(100*float64(c.Share), 1)+" %")
	}
	return w
}

// printEvalProblems adds the problems of the detections, and a word about those of
// the ground truth.
func printEvalProblems(p *output.Page, found []problems.Problem, truth evalTruth, files int) {
	if len(found) == 0 {
		p.Lines("no problems in the detections")
	} else {
		problems.Print(p, found, files > 1)
	}
	if f := truth.Problems; f.Errors+f.Warnings > 0 {
		var kinds []string
		for _, k := range truth.Kinds {
			kinds = append(kinds, fmt.Sprintf("%s %s", textable.Integer(k.Count), string(k.Kind)))
		}
		p.Lines(fmt.Sprintf("ground truth: %s: %s; cocostat validate lists them", f, strings.Join(kinds, ", ")))
	}
}
