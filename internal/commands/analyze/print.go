package analyze

import (
	"fmt"
	"strings"

	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/commands/shared/summary"
	"cocostat/internal/textable"
)

// print writes the analysis to the command's output in the wanted format.
func (a *analysis) print(o *options) error {
	out := o.Streams.Out
	switch o.format {
	case "json":
		shown := *a
		shown.Classes = o.Rows(a.Classes)
		return output.WriteJSON(out, &shown)
	case "csv":
		return o.Shown.WriteCSV(out, o.Rows(a.Classes))
	}
	p := output.NewPage(out, o.format)
	o.Table.Print(p, a.Classes, "group", map[string]textable.Color{"tail": textable.Yellow})
	p.Table(a.totalsTable())
	p.Table(a.sizesTable())
	if len(a.Cooccurrence) > 0 {
		p.Table(a.togetherTable())
	}
	if len(a.Problems) == 0 {
		p.Lines("no problems found")
	} else {
		problems.Print(p, a.Problems, a.Totals.Files > 1)
	}
	return p.Print(out)
}

// fact is a number with its name, as people read them.
type fact struct{ name, value string }

func (a *analysis) totalFacts() []fact {
	t := a.Totals
	crowd := "crowd annotations among them"
	if !t.CrowdsCount {
		crowd = "crowd annotations left out"
	}
	facts := []fact{
		{"images", textable.Integer(t.Images)},
		{"images with annotations", textable.Integer(t.AnnotatedImages)},
		{"images without", textable.Integer(t.NegativeImages)},
		{"classes", textable.Integer(t.Classes)},
		{"classes with instances", textable.Integer(t.UsedClasses)},
		{"instances", textable.Integer(t.Instances)},
		{crowd, textable.Integer(t.Crowd)},
	}
	if t.Files > 1 {
		facts = append(facts, fact{"files", textable.Integer(t.Files)})
	}
	return facts
}

func (a *analysis) imbalanceFacts() []fact {
	m := a.Imbalance
	return []fact{
		{"largest class / smallest", textable.Decimal(m.Ratio, 1)},
		{"Gini index", textable.Decimal(m.Gini, 3)},
		{"entropy, bits", textable.Decimal(m.Entropy, 3)},
		{"effective classes (2^entropy)", textable.Decimal(m.EffectiveClasses, 1)},
		{"tail classes", textable.Integer(m.TailClasses)},
		{fmt.Sprintf("tail ratio, at most %s", textable.Percent(m.TailTarget)), textable.Percent(m.TailReached)},
	}
}

// totalsTable has totals at the left and measures of imbalance beside them.
func (a *analysis) totalsTable() *textable.Table {
	right := a.imbalanceFacts()
	w := textable.New("total", ">", "|imbalance", ">")
	for i, left := range a.totalFacts() {
		var r fact
		if i < len(right) {
			r = right[i]
		}
		w.Add(left.name, left.value, r.name, r.value)
	}
	return w
}

// sizesTable tells what images hold, how large it is, and its boxes.
func (a *analysis) sizesTable() *textable.Table {
	w := textable.New("per image", ">mean", ">median", ">most",
		"|area", ">instances", ">share", "|box", ">p10", ">median", ">p90")
	sized := max(1, a.Sizes.Small+a.Sizes.Medium+a.Sizes.Large)
	images := [][]string{spreadCells("objects", a.PerImage.Objects), spreadCells("classes", a.PerImage.Classes), {"", "", "", ""}}
	for i, r := range []struct {
		area   string
		n      int64
		box    string
		q      quantiles
		places int
	}{
		{"small, < 32²", a.Sizes.Small, "width", a.Boxes.Width, 1},
		{"medium, < 96²", a.Sizes.Medium, "height", a.Boxes.Height, 1},
		{"large", a.Sizes.Large, "w / h", a.Boxes.Aspect, 2},
	} {
		show := columntable.Decimals(r.places)
		w.Add(append(images[i], r.area, textable.Integer(r.n), textable.Percent(float64(r.n)/float64(sized)),
			r.box, show(float64(r.q.P10)), show(float64(r.q.P50)), show(float64(r.q.P90)))...)
	}
	return w
}

func spreadCells(name string, s summary.Spread) []string {
	return []string{name, textable.Decimal(float64(s.Mean), 1), textable.Decimal(float64(s.Median), 1), textable.Integer(s.Max)}
}

// togetherTable lists the pairs of classes that most images hold.
func (a *analysis) togetherTable() *textable.Table {
	const most, widest = 5, 30
	w := textable.New("together in an image", ">images", ">of annotated", ">of the rarer class")
	for _, t := range a.Cooccurrence[:min(most, len(a.Cooccurrence))] {
		names := []string{textable.Shorten(t.nameA, widest), textable.Shorten(t.nameB, widest)}
		w.Add(strings.Join(names, " + "), textable.Integer(t.Images),
			textable.Percent(float64(t.Images)/float64(a.Totals.AnnotatedImages)),
			textable.Percent(float64(t.Images)/float64(t.rarer)))
	}
	return w
}
