// Package validate is the command "cocostat validate".
package validate

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
)

type options struct {
	input.Files
	format string
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Files: input.Files{Streams: s}}
	cmd := &cobra.Command{
		SuggestFor: []string{"check", "lint", "verify"},
		Use:        "validate FILE|DIR...",
		Short:      "List the problems of a dataset",
		Long: `List the problems of datasets, the severest first, with how often each was
found and its first places: the id of the annotation, image or category, and the
byte where the element starts, from 0, or its file and line.

` + input.FormatsHelp + `

  error     contradictory, or lost for the counts
  warning   counted, but suspicious, or trouble for other programs
  note      harmless, worth knowing

Every byte is read and checked, whether the file is valid JSON included; that it
is not is a failure and not a problem. Several files are one dataset.

Exit codes:

  0     nothing worse than notes
  1     a file cannot be read, is not what it should be, or is none of the formats
  2     the command was called wrongly
  3     warnings
  4     errors
  130   interrupted; 128 and the number of another signal that ended it`,
		Example: `  cocostat validate instances_train2017.json
  cocostat validate --format json train.json.gz | jq '.problems[].kind'
  cocostat validate annotations.zip:train.json || echo "exit code $?"
  tail -c +9183346 train.json | head -c 300    # what is at byte 9183345`,
		Args:              cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			if err := o.Find(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	output.AddFormatFlag(cmd, &o.format, "table", "output: "+strings.Join(output.Formats, ", "))
	o.AddByFlag(cmd)
	o.AddColumnsFlag(cmd.Flags())
	return cmd
}

// verdict is what cocostat validate reports. Its JSON form is the output of
// --format json.
type verdict struct {
	Sources     []annotations.Source `json:"sources"`
	Images      int                  `json:"images"`
	Annotations int64                `json:"annotations"`
	Classes     int                  `json:"classes"`
	Worst       string               `json:"worst"` // severity, "" without problems
	problems.Findings
	Problems []problems.Problem `json:"problems"`
}

func run(ctx context.Context, o *options) error {
	o.NoHash = o.format != "json"
	counts, err := o.Count(ctx)
	if err != nil {
		return err
	}
	worst := annotations.Worst(counts.Problems)
	v := &verdict{Sources: counts.Sources, Images: len(counts.ImageRows), Annotations: counts.Annotations,
		Classes: len(counts.Categories), Problems: problems.New(counts.Problems)}
	v.Findings = problems.Sum(v.Problems)
	if len(v.Problems) > 0 {
		v.Worst = worst.String()
	}
	if err := v.print(o); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	switch worst {
	case annotations.Error:
		return cli.Exit(cli.ExitErrors)
	case annotations.Warning:
		return cli.Exit(cli.ExitWarnings)
	}
	return nil
}

func (v *verdict) print(o *options) error {
	out := o.Streams.Out
	switch o.format {
	case "json":
		return output.WriteJSON(out, v)
	case "csv":
		return problemsCSV(out, v.Problems)
	}
	p := output.NewPage(out, o.format)
	found := "no problems"
	if len(v.Problems) > 0 {
		problems.Print(p, v.Problems, len(v.Sources) > 1)
		found = v.Findings.String()
	}
	p.Lines(fmt.Sprintf("%s in %s, %s, %s", found,
		output.Plural(v.Images, "image"), output.Plural(v.Annotations, "annotation"), output.Plural(v.Classes, "class")))
	return p.Print(out)
}

// problemsCSV writes a row for each example.
func problemsCSV(out io.Writer, problems []problems.Problem) error {
	w := csv.NewWriter(out)
	records := [][]string{{"severity", "kind", "count", "description", "file", "id", "offset", "text", "detail", "part", "line"}}
	for _, p := range problems {
		for _, e := range p.Examples {
			line := ""
			if e.Line > 0 {
				line = strconv.FormatInt(e.Line, 10)
			}
			records = append(records, []string{p.Severity.String(), string(p.Kind), strconv.FormatInt(p.Count, 10), p.Description,
				e.File, strconv.FormatInt(e.ID, 10), strconv.FormatInt(e.Offset, 10), e.Text, e.Detail, e.Part, line})
		}
	}
	return w.WriteAll(records)
}
