package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"cocostat/train"
)

// percent formats a score as the literature does: 27.6 for 0.276.
func percent(s train.Score) string {
	if math.IsNaN(float64(s)) {
		return "–"
	}
	return fmt.Sprintf("%.1f", 100*float64(s))
}

// printEvaluation writes the result as a table for people or as JSON.
func printEvaluation(w io.Writer, e *train.Evaluation, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(e)
	}
	classes := newTable(text.AlignRight, "class", "group", "objects", "AP", "AP50", "AP75")
	for _, c := range e.Classes {
		classes.AppendRow(table.Row{c.Name, c.Group, c.Truths, percent(c.AP), percent(c.AP50), percent(c.AP75)})
	}
	s := e.Scores
	overall := newTable(text.AlignRight, "AP", "AP50", "AP75", "AP small", "AP medium", "AP large", "AP tail", "AP head")
	overall.AppendRow(table.Row{percent(s.AP), percent(s.AP50), percent(s.AP75), percent(s.APSmall), percent(s.APMedium), percent(s.APLarge), percent(s.APTail), percent(s.APHead)})
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", classes.Render(), overall.Render())
	return err
}

// newTable returns a plain table; columns named here hold words, the others
// numbers.
func newTable(numbers text.Align, header ...string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Options.SeparateHeader = true
	t.Style().Format.Header = text.FormatDefault
	row := make(table.Row, len(header))
	configs := make([]table.ColumnConfig, len(header))
	for i, h := range header {
		row[i] = h
		align := numbers
		if h == "class" || h == "group" {
			align = text.AlignLeft
		}
		configs[i] = table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align}
	}
	t.AppendHeader(row)
	t.SetColumnConfigs(configs)
	return t
}
