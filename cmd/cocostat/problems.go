package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cocostat/annotations"
	"cocostat/internal/textable"
)

// problem is a kind of problem in the output of the commands.
type problem struct {
	Severity    annotations.Severity  `json:"severity"`
	Kind        annotations.Kind      `json:"kind"`
	Count       int64                 `json:"count"`
	Description string                `json:"description"`
	Remedy      string                `json:"remedy,omitempty"`
	Examples    []annotations.Example `json:"examples"`
}

// newProblems puts the severest first.
func newProblems(found []annotations.Problem) []problem {
	out := make([]problem, 0, len(found))
	for _, p := range found {
		out = append(out, problem{p.Kind.Severity(), p.Kind, p.Count, p.Kind.String(), "", p.Examples})
	}
	severestFirst(out)
	return out
}

func severestFirst(problems []problem) {
	slices.SortStableFunc(problems, func(a, b problem) int { return cmp.Compare(b.Severity, a.Severity) })
}

// findings is how often problems of each severity were found.
type findings struct {
	Errors   int64 `json:"errors"`
	Warnings int64 `json:"warnings"`
	Notes    int64 `json:"notes"`
}

func sumProblems(problems []problem) (f findings) {
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

func (f findings) String() string {
	return strings.Join([]string{plural(f.Errors, "error"), plural(f.Warnings, "warning"), plural(f.Notes, "note")}, ", ")
}

var severityColors = map[string]textable.Color{
	annotations.Error.String():   textable.Red,
	annotations.Warning.String(): textable.Yellow,
	annotations.Note.String():    textable.Faint,
}

// problems adds a table of problems to the page: on a terminal with the
// examples below each, in Markdown with a column for them. files tells whether
// the examples are from several files.
func (p *page) problems(problems []problem, files bool) {
	headers := []string{"severity", ">found", "kind", "problem, and where it is first"}
	if p.markdown {
		headers = []string{"severity", ">found", "kind", "problem", "first"}
	}
	w := textable.New(headers...)
	for _, q := range problems {
		row := []string{q.Severity.String(), textable.Integer(q.Count), string(q.Kind), q.Description}
		if p.markdown {
			if q.Remedy != "" {
				row[3] += "; " + q.Remedy
			}
			w.Add(append(row, strings.Join(places(q.Examples, files, 0), "; "))...)
			continue
		}
		for i, line := range wrap(q.Description, 90) {
			if row[3] = line; i > 0 {
				row = []string{"", "", "", "  " + line}
			}
			w.Add(row...)
		}
		for _, line := range wrap(q.Remedy, 88) {
			w.Add("", "", "", "  "+line)
		}
		for _, line := range places(q.Examples, files, 56) {
			w.Add("", "", "", "  "+line)
		}
	}
	p.paint(w, 0, severityColors)
	p.table(w)
}

// wrap breaks a text at spaces into lines of up to width characters, if its
// words are no longer; none of the empty text.
func wrap(text string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// places writes examples, those of one file together, on lines of up to width
// characters (0: of any number) if they fit. files tells whether to name the
// files.
func places(examples []annotations.Example, files bool, width int) []string {
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
	if e.Offset >= 0 {
		place += fmt.Sprintf(" at byte %d", e.Offset)
	}
	if e.Detail != "" {
		place += fmt.Sprintf(" (%s)", e.Detail)
	}
	return place
}
