package screen

import (
	"encoding/json"
	"fmt"
	"io"

	"cocostat/internal/cli"
	"cocostat/internal/textable"
	"cocostat/train"
)

// percent formats a score as the literature does: 27.6 for 0.276.
func percent(s train.Score) string { return textable.Decimal(100*float64(s), 1) }

// PrintEvaluation writes the result as a table for people or as JSON.
func PrintEvaluation(w io.Writer, e *train.Evaluation, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(e)
	}
	classes := textable.New("class", "group", ">objects", ">AP", ">AP50", ">AP75")
	for _, c := range e.Classes {
		classes.Add(c.Name, c.Group, textable.Integer(c.Truths), percent(c.AP), percent(c.AP50), percent(c.AP75))
	}
	s := e.Scores
	overall := textable.New(">AP", ">AP50", ">AP75", ">AP small", ">AP medium", ">AP large", ">AP tail", ">AP head")
	overall.Add(percent(s.AP), percent(s.AP50), percent(s.AP75), percent(s.APSmall), percent(s.APMedium), percent(s.APLarge), percent(s.APTail), percent(s.APHead))
	_, err := fmt.Fprintf(w, "%s\n%s", classes.Fit(cli.Columns(w)), overall.Fit(cli.Columns(w)))
	return err
}
