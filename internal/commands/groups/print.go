package groups

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/summary"
	"cocostat/internal/textable"
	"cocostat/weights"
	"cocostat/weights/grouping"
)

// report is what groups prints.
type report struct {
	Weights   string           `json:"weights"`
	Output    string           `json:"output,omitempty"`
	Groupings []groupingReport `json:"groupings"`
	table     *weights.Table
	made      []*grouping.Division
}

type groupingReport struct {
	Name       string           `json:"name"`
	Method     string           `json:"method"`
	Parameters map[string]any   `json:"parameters,omitempty"`
	Groups     []grouping.Group `json:"groups"`
}

func newReport(o *options, t *weights.Table, made []*grouping.Division) *report {
	r := &report{Weights: o.path, Output: o.out, table: t, made: made}
	for _, d := range made {
		r.Groupings = append(r.Groupings, groupingReport{d.Name, d.Method, d.Parameters, d.Contents(t)})
	}
	return r
}

func (r *report) print(out io.Writer, format string) error {
	switch format {
	case "json":
		return output.WriteJSON(out, r)
	case "csv":
		return r.csv(out)
	}
	p := output.NewPage(out, format)
	w := textable.New("grouping", "group", ">classes", ">instances each", ">instances", ">share", ">(image, class) pairs", ">share")
	for _, g := range r.Groupings {
		name := g.Name
		for _, group := range g.Groups {
			each := "–"
			if group.Classes > 0 {
				each = textable.Integer(group.LeastInstances) + " to " + textable.Integer(group.MostInstances)
			}
			w.Add(name, group.Name, textable.Integer(group.Classes), each,
				textable.Integer(group.Instances), textable.Percent(group.InstanceShare), textable.Integer(group.Pairs), textable.Percent(group.PairShare))
			if !p.Markdown {
				name = ""
			}
		}
	}
	p.Table(w)
	var notes []string
	for _, d := range r.made {
		if d.Split != nil {
			notes = append(notes, r.note(d))
		}
	}
	if len(notes) > 0 {
		p.Lines(notes...)
	}
	return p.Print(out)
}

// note says how a head and a tail came out.
func (r *report) note(d *grouping.Division) string {
	note := fmt.Sprintf("%s: tail ratio %s, λ %.6g", d.Name, textable.Percent(d.Split.Reached), d.Split.Lambda)
	if d.Method == grouping.Top {
		return note
	}
	target, _ := d.Parameters["target"].(float64)
	names, counts, of := make([]string, len(r.table.Rows)), make([]int64, len(r.table.Rows)), "(image, class) pairs"
	for i, row := range r.table.Rows {
		if names[i], counts[i] = row.Name, row.Images; d.Method == grouping.InstanceRatio {
			counts[i], of = row.Instances, "instances"
		}
	}
	note += fmt.Sprintf(" (asked for at most %s)", textable.Percent(target))
	if empty := summary.EmptyTail(names, counts, target, of, "--"+d.Method+" "); empty != "" {
		note += "; " + empty
	}
	return note
}

// csv writes a row per class, with a column for each grouping that was made.
func (r *report) csv(out io.Writer) error {
	w := csv.NewWriter(out)
	record := []string{"category_id", "name", "instances", "images", "frequency"}
	for _, g := range r.made {
		record = append(record, weights.GroupingPrefix+g.Name)
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for i, row := range r.table.Rows {
		record = []string{strconv.FormatInt(row.CategoryID, 10), row.Name, strconv.FormatInt(row.Instances, 10),
			strconv.FormatInt(row.Images, 10), strconv.FormatFloat(row.Frequency, 'g', -1, 64)}
		for _, g := range r.made {
			record = append(record, g.Classes[i])
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
