// Package textable lays out what the commands print: tables of text, aligned
// for a terminal or as Markdown, and the numbers in them.
package textable

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table is a table of text. Use New to make one.
type Table struct {
	headers []header
	rows    [][]string
	paint   map[int]map[string]Color // by column
}

type header struct {
	name   string
	right  bool // aligned at the right
	beside bool // begins a table that stands beside the one before
}

// Color is how text looks on a terminal.
type Color = text.Color

// The colours that the commands use.
const (
	Red    = text.FgRed
	Yellow = text.FgYellow
	Faint  = text.Faint
)

// New returns a table without rows. A header that starts with '>' makes its
// column right-aligned, as numbers are. One that starts with '|' begins another
// table beside the one before it.
func New(headers ...string) *Table {
	t := &Table{headers: make([]header, len(headers)), paint: map[int]map[string]Color{}}
	for i, name := range headers {
		h := &t.headers[i]
		name, h.beside = strings.CutPrefix(name, "|")
		h.name, h.right = strings.CutPrefix(name, ">")
	}
	return t
}

// Paint gives the cells of a column (from 0 on) that hold one of the texts its
// colour. It is for terminals only.
func (t *Table) Paint(column int, colors map[string]Color) { t.paint[column] = colors }

// Add appends a row. It panics unless there is a cell for each header.
func (t *Table) Add(cells ...string) {
	if len(cells) != len(t.headers) {
		panic(fmt.Sprintf("textable: %d cells for %d columns", len(cells), len(t.headers)))
	}
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = Printable(c)
	}
	t.rows = append(t.rows, row)
}

// String lays the table out in columns, with a line under the header.
func (t *Table) String() string { return t.writer(gap).Render() + "\n" }

// Markdown returns the table in GitHub's Markdown.
func (t *Table) Markdown() string { return t.writer("").RenderMarkdown() + "\n" }

// gap sets a table further apart from the one that it stands beside than its
// columns from each other, which have as much between them.
const gap = "  "

// writer returns what lays the table out, with space before a table that stands
// beside another.
func (t *Table) writer(space string) table.Writer {
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.Options{SeparateHeader: true, SeparateColumns: true}
	style.Format.Header = text.FormatDefault
	// Two spaces between the columns, and an unbroken line.
	style.Box.PaddingLeft, style.Box.PaddingRight = "", ""
	style.Box.MiddleVertical, style.Box.MiddleSeparator = gap, "--"
	w.SetStyle(style)
	w.SuppressTrailingSpaces()
	names, columns := make(table.Row, len(t.headers)), make([]table.ColumnConfig, len(t.headers))
	before := func(i int) string {
		if i > 0 && t.headers[i].beside {
			return space
		}
		return ""
	}
	for i, h := range t.headers {
		names[i] = before(i) + h.name
		columns[i].Number = i + 1
		if h.right {
			columns[i].Align, columns[i].AlignHeader = text.AlignRight, text.AlignRight
		}
		if colors := t.paint[i]; colors != nil {
			columns[i].Transformer = painter(colors)
		}
	}
	w.AppendHeader(names)
	for _, cells := range t.rows {
		row := make(table.Row, len(cells))
		for i, c := range cells {
			row[i] = before(i) + c
		}
		w.AppendRow(row)
	}
	w.SetColumnConfigs(columns)
	return w
}

// painter colours the cells that hold one of the texts.
func painter(colors map[string]Color) text.Transformer {
	return func(cell any) string {
		if color, ok := colors[fmt.Sprint(cell)]; ok {
			return "\x1b[" + strconv.Itoa(int(color)) + "m" + fmt.Sprint(cell) + "\x1b[0m"
		}
		return fmt.Sprint(cell)
	}
}

// Printable replaces what would move the cursor or break a line.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// Integer writes n with a comma between groups of three digits.
func Integer[T ~int | ~int32 | ~int64](n T) string {
	return groupDigits(strconv.FormatInt(int64(n), 10))
}

// Decimal writes f with so many decimals, at least 1, and commas as Integer
// does; a dash for NaN, a number that there is none of.
func Decimal(f float64, places int) string {
	if math.IsNaN(f) {
		return "–"
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(f, 'f', places, 64), ".")
	return groupDigits(whole) + "." + fraction
}

// Percent writes a fraction as a percentage.
func Percent(f float64) string { return Decimal(100*f, 2) + " %" }

// Shorten cuts s to at most n characters, the last of them an ellipsis.
func Shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

func groupDigits(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
