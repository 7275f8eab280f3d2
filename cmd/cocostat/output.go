package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"cocostat/internal/cli"
	"cocostat/internal/textable"
)

// formats are the forms of output that commands offer.
var formats = []string{"table", "json", "csv", "markdown"}

func checkFormat(format string) error {
	if !slices.Contains(formats, format) {
		return cli.Usagef("--format %q: must be one of %s", format, strings.Join(formats, ", "))
	}
	return nil
}

// real is a number in JSON; null if it is none.
type real float64

// MarshalJSON writes null for NaN and infinities.
func (r real) MarshalJSON() ([]byte, error) {
	if f := float64(r); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(r))
}

func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// page is what a command prints for people: tables and lines.
type page struct {
	markdown, color bool
	text            strings.Builder
}

// newPage returns a page for out, in colour where that is welcome.
func newPage(out io.Writer, format string) *page {
	return &page{markdown: format == "markdown", color: format == "table" && cli.Colors(out)}
}

// table adds a table, with an empty line before it.
func (p *page) table(t *textable.Table) {
	p.gap()
	if p.markdown {
		p.text.WriteString(t.Markdown())
	} else {
		p.text.WriteString(t.String())
	}
}

// lines adds lines, with an empty one before them. Markdown makes a paragraph
// of them.
func (p *page) lines(lines ...string) {
	p.gap()
	end := "\n"
	if p.markdown {
		end = "  \n"
	}
	for _, line := range lines {
		p.text.WriteString(textable.Printable(line) + end)
	}
}

func (p *page) gap() {
	if p.text.Len() > 0 {
		p.text.WriteByte('\n')
	}
}

// space sets tables that stand side by side apart.
func (p *page) space() string {
	if p.markdown {
		return ""
	}
	return "  "
}

// paint gives cells of a column their colours, where there are colours.
func (p *page) paint(t *textable.Table, column int, colors map[string]textable.Color) {
	if p.color && column >= 0 {
		t.Paint(column, colors)
	}
}

func (p *page) writeTo(out io.Writer) error {
	_, err := io.WriteString(out, p.text.String())
	return err
}

// plural writes a number of things; more than one have a word with s or es.
func plural[T ~int | ~int64](n T, word string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(word, "s"):
		word += "es"
	default:
		word += "s"
	}
	return textable.Integer(n) + " " + word
}

// list joins the first few elements of a list.
func list(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %s more", strings.Join(names[:most], ", "), textable.Integer(len(names)-most))
	}
	return strings.Join(names, ", ")
}
