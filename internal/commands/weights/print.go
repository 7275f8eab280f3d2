package weights

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/summary"
	"cocostat/internal/commands/shared/weightfile"
	"cocostat/internal/textable"
	"cocostat/lt"
	"cocostat/weights"
)

// weightRow is a class in the table of weights.
type weightRow struct {
	weights.Row
	weight float64 // 1 + s(α−1); 1 without α
}

// weightColumns are the columns of the table of weights.
var weightColumns = columntable.Columns[weightRow]{
	columntable.Identifier("id", "category_id", "id", func(r *weightRow) *int64 { return &r.CategoryID }),
	columntable.Words("name", "class", func(r *weightRow) string { return r.Name }),
	columntable.Whole("index", "index", func(r *weightRow) int64 { return int64(r.Index) }),
	columntable.Whole("instances", "instances", func(r *weightRow) int64 { return r.Instances }),
	columntable.Whole("images", "images", func(r *weightRow) int64 { return r.Images }),
	columntable.Number("frequency", "frequency", func(r *weightRow) float64 { return r.Frequency }, textable.Percent),
	columntable.Number("alpha", "alpha", func(r *weightRow) float64 { return r.Alpha }, significant),
	columntable.Number("weight", "weight", func(r *weightRow) float64 { return r.weight }, significant),
	columntable.Words("group", "group", func(r *weightRow) string { return r.Group }),
	columntable.Words("lvis_group", "LVIS group", func(r *weightRow) string { return r.LVISGroup }),
	columntable.Number("repeat_factor", "repeat factor", func(r *weightRow) float64 { return r.RepeatFactor }, columntable.Decimals(3)),
}

// shownWeightColumns are those that a table for people has unless others are
// asked for.
var shownWeightColumns = strings.Fields("name instances images alpha group")

// significant writes a weight with four decimals, and one that these do not
// show in powers of ten.
func significant(f float64) string {
	if f > 0 && f < 0.001 {
		return fmt.Sprintf("%.3g", f)
	}
	return textable.Decimal(f, 4)
}

func weightRows(t *weights.Table) []weightRow {
	rows := make([]weightRow, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = weightRow{r, 1}
		if !math.IsNaN(r.Alpha) {
			rows[i].weight = 1 + t.Meta.Intensity*(r.Alpha-1)
		}
	}
	return rows
}

// printWeights writes the table to the command's output in the wanted format.
func (o *options) printWeights(t *weights.Table) error {
	out, rows := o.Streams.Out, weightRows(t)
	switch o.format {
	case "json":
		return output.WriteJSON(out, weightsJSON(t.Meta, o.Rows(rows)))
	case "csv":
		return o.Shown.WriteCSV(out, o.Rows(rows))
	}
	p := output.NewPage(out, o.format)
	o.Table.Print(p, rows, "group", map[string]textable.Color{lt.Tail: textable.Yellow})
	return p.Print(out)
}

// weightsJSON is the content of the weights file as JSON.
func weightsJSON(meta weights.Metadata, rows []weightRow) any {
	type class struct {
		Index        int32       `json:"index"`
		ID           int64       `json:"category_id"`
		Name         string      `json:"name"`
		Instances    int64       `json:"instances"`
		Images       int64       `json:"images"`
		Frequency    float64     `json:"frequency"`
		Alpha        output.Real `json:"alpha"`
		Weight       float64     `json:"weight"`
		Group        string      `json:"group"`
		LVISGroup    string      `json:"lvis_group"`
		RepeatFactor float64     `json:"repeat_factor"`
	}
	classes := make([]class, len(rows))
	for i, r := range rows {
		classes[i] = class{r.Index, r.CategoryID, r.Name, r.Instances, r.Images, r.Frequency, output.Real(r.Alpha), r.weight, r.Group, r.LVISGroup, r.RepeatFactor}
	}
	return struct {
		Metadata weights.Metadata `json:"cocostat"`
		Classes  []class          `json:"classes"`
	}{meta, classes}
}

// noteWeights says on standard error what was written, what it is, and what is
// odd about it.
func (o *options) noteWeights(c *annotations.Counts, t *weights.Table, images *weights.ImageTable) {
	o.noteFile(t)
	if o.files.Eta != "" {
		o.Notef("wrote %s: %s, %s", o.files.Eta, output.Plural(len(c.Pairs), "(image, class) pair"), describeEta(t.Meta.Eta))
	}
	if o.files.Images != "" {
		o.Notef("wrote %s: %s, %s", o.files.Images, output.Plural(len(images.Rows), "image"), describeRepeats(t, images))
	}
	o.Notef("alpha: %s", describeAlpha(t))
	o.noteTail(t)
	o.noteUnusable(c)
	o.noteClasses(t)
	o.noteProblems(c)
	for _, path := range o.Paths {
		if path == "-" {
			o.Notef("standard input has no path: training must be told where the annotations are")
		}
	}
}

// noteFile says which weights file was written.
func (o *options) noteFile(t *weights.Table) {
	m := t.Meta
	content := output.Plural(len(t.Rows), "class") + ", " + output.Plural(m.Instances, "instance")
	if m.Counted != weights.CountedTable {
		content += fmt.Sprintf(" in %s of %s", textable.Integer(m.AnnotatedImages), output.Plural(m.Images, "image"))
	}
	if o.files.Weights == "" {
		o.Notef("%s; the weights are not written without -o", content)
		return
	}
	o.Notef("wrote %s: %s%s", o.files.Weights, content, weightfile.WithoutMetadata(o.files.Weights))
}

func (o *options) noteTail(t *weights.Table) {
	r := t.Meta.TailRatio
	o.Notef("tail: %s with instances, tail ratio %s (asked for at most %s), frequency below %.4g",
		output.Plural(tailClasses(t), "class"), textable.Percent(r.Reached), textable.Percent(r.Target), r.Lambda)
	names, counts, of := make([]string, len(t.Rows)), make([]int64, len(t.Rows)), "(image, class) pairs"
	for i, row := range t.Rows {
		if names[i], counts[i] = row.Name, row.Images; r.Centric == weights.CentricInstance {
			counts[i], of = row.Instances, "instances"
		}
	}
	if note := summary.EmptyTail(names, counts, r.Target, of, "--tail-ratio "); note != "" {
		o.Notef("%s", note)
	}
}

// noteClasses says which classes have no weight or an odd one, and which are
// none.
func (o *options) noteClasses(t *weights.Table) {
	var unused []string
	for _, r := range t.Rows {
		if r.Instances == 0 {
			unused = append(unused, fmt.Sprintf("%d %q", r.CategoryID, r.Name))
		}
	}
	const most = 5
	o.NoteSelected(t.Meta.Selected)
	if len(unused) > 0 {
		o.Notef("%s without instances, so without a weight: %s; --drop takes classes out of the weights and of training", output.Plural(len(unused), "class"), output.List(unused, most))
	}
	for _, line := range t.Oddities(most) {
		o.Notef("%s", line)
	}
}

// noteUnusable says which annotations do not count since training cannot use
// them.
func (o *options) noteUnusable(c *annotations.Counts) {
	var which []string
	var sum int64
	for i, n := range c.Unusable {
		if n == 0 {
			continue
		}
		sum += n
		which = append(which, fmt.Sprintf("%s of %q", textable.Integer(n), c.Categories[i].Name))
	}
	const most = 5
	if sum > 0 {
		o.Notef("not counted, since training leaves them out: %s without a box of some area in the image (%s); --count all counts them",
			output.Plural(sum, "annotation"), output.List(which, most))
	}
}

// noteProblems names the errors in the annotations, and the warnings. Boxes that
// do not count are told of elsewhere.
func (o *options) noteProblems(c *annotations.Counts) {
	told := []annotations.Kind{annotations.NoBox, annotations.EmptyBox, annotations.NegativeBox}
	found := map[annotations.Severity][]string{}
	for _, p := range c.Problems {
		if c.Unusable == nil || !slices.Contains(told, p.Kind) {
			s := p.Kind.Severity()
			found[s] = append(found[s], fmt.Sprintf("%s %s", textable.Integer(p.Count), p.Kind))
		}
	}
	places := "'cocostat validate' shows where"
	if errs := found[annotations.Error]; len(errs) > 0 {
		o.Notef("errors in the annotations, which the weights inherit: %s; %s: repair the file, or let --strict=error stop at them", strings.Join(errs, "; "), places)
		places = "see there"
	}
	if warnings := found[annotations.Warning]; len(warnings) > 0 {
		o.Notef("warnings about the annotations: %s; %s", strings.Join(warnings, "; "), places)
	}
}

func tailClasses(t *weights.Table) (n int) {
	for _, r := range t.Rows {
		if r.Group == lt.Tail && r.Instances > 0 {
			n++
		}
	}
	return n
}

// describeAlpha says how the weights came about, and how they turned out.
func describeAlpha(t *weights.Table) string {
	a := t.Meta.Alpha
	low, high, sum, classes, weighted := math.Inf(1), 0.0, 0.0, 0, 0.0
	clipped := 0
	for _, r := range t.Rows {
		if math.IsNaN(r.Alpha) {
			continue
		}
		low, high = min(low, r.Alpha), max(high, r.Alpha)
		sum, classes = sum+r.Alpha, classes+1
		weighted += r.Alpha * float64(r.Instances)
		if a.Clip != nil && (r.Alpha == a.Clip[0] || r.Alpha == a.Clip[1]) {
			clipped++
		}
	}
	how := a.Method
	for _, p := range []struct {
		name  string
		value float64
	}{{"beta", a.Beta}, {"exponent", a.Exponent}, {"offset", a.Offset}} {
		if p.value != 0 {
			how += fmt.Sprintf(", %s %v", p.name, p.value)
		}
	}
	if a.Base == weights.BaseImages {
		how += ", of images"
	}
	if a.Normalisation != weights.NormalisationNone {
		how += ", normalised by " + a.Normalisation
	}
	if a.Clip != nil {
		how += fmt.Sprintf(", clipped to [%v, %v] (%s at the bounds)", a.Clip[0], a.Clip[1], output.Plural(clipped, "class"))
	}
	return fmt.Sprintf("%s; from %s to %s, mean over classes %s, over instances %s", how,
		significant(low), significant(high), significant(sum/float64(classes)), significant(weighted/float64(t.Meta.Instances)))
}

// describeRepeats says what repeat factor sampling does with the images.
func describeRepeats(t *weights.Table, images *weights.ImageTable) string {
	threshold, repeated := t.Meta.RepeatThreshold, 0
	for _, r := range images.Rows {
		if r.RepeatFactor > 1 {
			repeated++
		}
	}
	if repeated == 0 {
		return fmt.Sprintf("none of them repeated: no class has a frequency below %v", threshold)
	}
	return fmt.Sprintf("%s of them with a class of a frequency below %v; repeat factor sampling shows %s per epoch on average",
		textable.Integer(repeated), threshold, textable.Decimal(images.EpochLength(true), 1))
}

func describeEta(e weights.Eta) string {
	s := fmt.Sprintf("eta %v", e.Value)
	if e.Reading == weights.ReadingPower {
		s += ", read as a power"
	}
	if e.Scope == weights.ScopeBatch {
		s += ", objects counted in the mini-batch"
	}
	return s
}
