// Package problems prints the problems that were found in annotations and
// detections, and judges them.
package problems

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
)

// Problem is a kind of problem in the output of the commands.
type Problem struct {
	Severity    annotations.Severity  `json:"severity"`
	Kind        annotations.Kind      `json:"kind"`
	Count       int64                 `json:"count"`
	Description string                `json:"description"`
	Remedy      string                `json:"remedy,omitempty"`
	Examples    []annotations.Example `json:"examples"`
}

// New puts the severest first.
func New(found []annotations.Problem) []Problem {
	out := make([]Problem, 0, len(found))
	for _, p := range found {
		out = append(out, Problem{p.Kind.Severity(), p.Kind, p.Count, p.Kind.String(), "", p.Examples})
	}
	SeverestFirst(out)
	return out
}

// SeverestFirst sorts problems by severity.
func SeverestFirst(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(b.Severity, a.Severity) })
}

// Findings is how often problems of each severity were found.
type Findings struct {
	Errors   int64 `json:"errors"`
	Warnings int64 `json:"warnings"`
	Notes    int64 `json:"notes"`
}

// Sum counts problems by severity.
func Sum(problems []Problem) (f Findings) {
	for _, p := range problems {
		switch p.Severity {
		case annotations.Error:
			f.Errors += p.Count
		case annotations.Warning:
			f.Warnings += p.Count
		default:
			f.Notes += p.Count
		}
	}
	return f
}

// String writes the numbers in words.
func (f Findings) String() string {
	return strings.Join([]string{output.Plural(f.Errors, "error"), output.Plural(f.Warnings, "warning"), output.Plural(f.Notes, "note")}, ", ")
}

var severityColors = map[string]textable.Color{
	annotations.Error.String():   textable.Red,
	annotations.Warning.String(): textable.Yellow,
	annotations.Note.String():    textable.Faint,
}

// Print adds a table of problems to the page: on a terminal with the
// examples below each, in Markdown with a column for them. files tells whether
// the examples are from several files.
func Print(p *output.Page, problems []Problem, files bool) {
	headers, width := []string{"severity", ">found", "kind", "problem, and where it is first"}, room(p, problems)
	if width < len(headers[3]) {
		headers[3] = "problem"
	}
	if p.Markdown {
		headers = []string{"severity", ">found", "kind", "problem", "first"}
	}
	w := textable.New(headers...)
	for _, q := range problems {
		row := []string{q.Severity.String(), textable.Integer(q.Count), string(q.Kind), q.Description}
		if p.Markdown {
			if q.Remedy != "" {
				row[3] += "; " + q.Remedy
			}
			w.Add(append(row, strings.Join(Places(q.Examples, files, 0), "; "))...)
			continue
		}
		for i, line := range textable.Wrap(q.Description, width) {
			if row[3] = line; i > 0 {
				row = []string{"", "", "", "  " + line}
			}
			w.Add(row...)
		}
		if q.Remedy != "" {
			for _, line := range textable.Wrap("  "+q.Remedy, width) {
				w.Add("", "", "", line)
			}
		}
		for _, line := range Places(q.Examples, files, min(56, width-2)) {
			w.Add("", "", "", "  "+line)
		}
	}
	p.Paint(w, 0, severityColors)
	p.Table(w)
}

// room is how wide the texts of the problems may be beside what else a line has.
func room(p *output.Page, problems []Problem) int {
	const usual, least = 90, 20
	if p.Columns == 0 {
		return usual
	}
	found, kind := 0, 0
	for _, q := range problems {
		found, kind = max(found, len(textable.Integer(q.Count))), max(kind, len(q.Kind))
	}
	beside := len("severity") + max(found, len("found")) + kind + 3*len("  ")
	return min(usual, max(least, p.Columns-beside))
}

// Places writes examples, those of one file together, on lines of up to width
// characters (0: of any number) if they fit. files tells whether to name the
// files.
func Places(examples []annotations.Example, files bool, width int) []string {
	var out []string
	file := ""
	for i, e := range examples {
		place := placeOf(&e)
		last := len(out) - 1
		switch {
		case i > 0 && e.File == file && (width == 0 || len(out[last])+len(", ")+len(place) <= width):
			out[last] += ", " + place
		case files && (i == 0 || e.File != file):
			out = append(out, e.File+": "+place)
		default:
			out = append(out, place)
		}
		file = e.File
	}
	return out
}

// placeOf writes an example: the identifier, as the text that it stands for
// where that is known, and where it is.
func placeOf(e *annotations.Example) string {
	place := fmt.Sprintf("id %d", e.ID)
	if e.Text != "" {
		place = fmt.Sprintf("id %q", textable.Shorten(e.Text, 40))
	}
	switch where := e.Where(); {
	case e.Part != "" && e.Text == "":
		place = where // the identifiers of such a dataset are of our making
	case where != "":
		place += " at " + where
	}
	if e.Detail != "" {
		place += fmt.Sprintf(" (%s)", e.Detail)
	}
	return place
}
