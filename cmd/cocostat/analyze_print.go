package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"cocostat/internal/textable"
)

// print writes the analysis to the command's output in the wanted format.
func (a *analysis) print(o *analyzeOptions) error {
	rows := a.Classes
	if o.top > 0 && o.top < len(rows) {
		rows = rows[:o.top]
	}
	out := o.streams.Out
	switch o.format {
	case "json":
		shown := *a
		shown.Classes = rows
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(&shown)
	case "csv":
		return printCSV(out, rows)
	case "markdown":
		return a.printText(out, rows, (*textable.Table).Markdown)
	}
	return a.printText(out, rows, (*textable.Table).String)
}

func printCSV(out io.Writer, rows []classRow) error {
	w := csv.NewWriter(out)
	float := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	integer := func(n int64) string { return strconv.FormatInt(n, 10) }
	records := [][]string{{"category_id", "name", "supercategory", "instances", "images", "crowd", "share", "frequency", "group", "lvis_group"}}
	for _, r := range rows {
		records = append(records, []string{integer(r.ID), r.Name, r.Supercategory, integer(r.Instances), integer(r.Images),
			integer(r.Crowd), float(r.Share), float(r.Frequency), r.Group, r.LVISGroup})
	}
	return w.WriteAll(records)
}

// printText writes the class table, totals, measures and problems.
func (a *analysis) printText(out io.Writer, rows []classRow, render func(*textable.Table) string) error {
	parts := []string{render(classTable(rows))}
	if left := len(a.Classes) - len(rows); left > 0 {
		parts = append(parts, fmt.Sprintf("classes not shown: %s\n", textable.Integer(left)))
	}
	parts = append(parts, render(a.totalsTable()), render(a.imbalanceTable()))
	if len(a.Problems) > 0 {
		parts = append(parts, render(a.problemTable()))
	}
	_, err := fmt.Fprint(out, strings.Join(parts, "\n"))
	return err
}

func classTable(rows []classRow) *textable.Table {
	w := textable.New(">id", "class", ">instances", ">images", ">share", ">frequency", "group")
	for _, r := range rows {
		w.Add(strconv.FormatInt(r.ID, 10), r.Name, textable.Integer(r.Instances), textable.Integer(r.Images),
			textable.Percent(r.Share), textable.Percent(r.Frequency), r.Group)
	}
	return w
}

func (a *analysis) totalsTable() *textable.Table {
	w := textable.New("total", ">")
	t := a.Totals
	crowd := "crowd annotations among them"
	if !t.CrowdsCount {
		crowd = "crowd annotations left out"
	}
	for _, row := range []struct {
		name string
		n    int64
	}{
		{"files", int64(t.Files)}, {"images", int64(t.Images)}, {"images with annotations", t.AnnotatedImages},
		{"images without", t.NegativeImages}, {"classes", int64(t.Classes)},
		{"instances", t.Instances}, {crowd, t.Crowd},
	} {
		w.Add(row.name, textable.Integer(row.n))
	}
	return w
}

func (a *analysis) imbalanceTable() *textable.Table {
	w := textable.New("imbalance", ">")
	m := a.Imbalance
	w.Add("largest class / smallest", textable.Decimal(m.Ratio, 1))
	w.Add("Gini index", textable.Decimal(m.Gini, 3))
	w.Add("entropy, bits", textable.Decimal(m.Entropy, 3))
	w.Add("effective classes (2^entropy)", textable.Decimal(m.EffectiveClasses, 1))
	w.Add("tail classes", textable.Integer(m.TailClasses))
	w.Add(fmt.Sprintf("tail ratio, at most %s", textable.Percent(m.TailTarget)), textable.Percent(m.TailReached))
	return w
}

func (a *analysis) problemTable() *textable.Table {
	w := textable.New(">found", "what", "first at")
	for _, p := range a.Problems {
		var places []string
		for _, e := range p.Examples {
			place := fmt.Sprintf("id %d, byte %d", e.ID, e.Offset)
			if a.Totals.Files > 1 {
				place = e.File + ": " + place
			}
			places = append(places, place)
		}
		w.Add(textable.Integer(p.Count), p.Kind.String(), strings.Join(places, "; "))
	}
	return w
}
