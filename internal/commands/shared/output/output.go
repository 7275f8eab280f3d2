// Package output prints what commands report, in the formats that they share.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"cocostat/internal/cli"
	"cocostat/internal/nullable"
	"cocostat/internal/textable"

	"github.com/spf13/cobra"
)

// Formats are the forms of output that commands offer.
var Formats = []string{"table", "json", "csv", "markdown"}

// AddFormatFlag adds the flag that chooses one of them.
func AddFormatFlag(cmd *cobra.Command, format *string, usual, usage string) {
	cli.Choice(cmd, format, "format", usual, usage, Formats...)
}

// Real is a number in JSON; null if it is none.
type Real = nullable.Float

// WriteJSON writes v for people and programs: indented, with letters as they are.
func WriteJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Page is what a command prints for people: tables and lines.
type Page struct {
	Markdown bool
	Columns  int // of the terminal; 0: there is none
	color    bool
	text     strings.Builder
}

// NewPage returns a page for out, in colour where that is welcome, and as wide as a
// terminal is.
func NewPage(out io.Writer, format string) *Page {
	p := &Page{Markdown: format == "markdown"}
	if format == "table" {
		p.color, p.Columns = cli.Colors(out), cli.Columns(out)
	}
	return p
}

// Table adds a table, with an empty line before it.
func (p *Page) Table(t *textable.Table) {
	p.gap()
	if p.Markdown {
		p.text.WriteString(t.Markdown())
	} else {
		p.text.WriteString(t.Fit(p.Columns))
	}
}

// Lines adds lines, with an empty one before them. Markdown makes a paragraph
// of them.
func (p *Page) Lines(lines ...string) {
	p.gap()
	end := "\n"
	if p.Markdown {
		end = "  \n"
	}
	for _, line := range lines {
		parts := []string{textable.Printable(line)}
		if p.Columns > 0 {
			parts = textable.Wrap(parts[0], p.Columns)
		}
		for _, part := range parts {
			p.text.WriteString(part + end)
		}
	}
}

func (p *Page) gap() {
	if p.text.Len() > 0 {
		p.text.WriteByte('\n')
	}
}

// Paint gives cells of a column their colours, where there are colours.
func (p *Page) Paint(t *textable.Table, column int, colors map[string]textable.Color) {
	if p.color && column >= 0 {
		t.Paint(column, colors)
	}
}

// Print writes the page.
func (p *Page) Print(out io.Writer) error {
	_, err := io.WriteString(out, p.text.String())
	return err
}

// Plural writes a number of things; more than one have a word with s or es.
func Plural[T ~int | ~int64](n T, word string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(word, "s"), strings.HasSuffix(word, "x"):
		word += "es"
	default:
		word += "s"
	}
	return textable.Integer(n) + " " + word
}

// List joins the first few elements of a list.
func List(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %s more", strings.Join(names[:most], ", "), textable.Integer(len(names)-most))
	}
	return strings.Join(names, ", ")
}

// Extensions lists the endings of file names.
func Extensions(formats []string) string { return "." + strings.Join(formats, " or .") }
