package main

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// textTable is a table of text, printed aligned for a terminal or as Markdown.
type textTable struct{ w table.Writer }

// newTable returns a table without rows. A header that starts with '>' makes
// its column right-aligned.
func newTable(headers ...string) *textTable {
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.Options{SeparateHeader: true, SeparateColumns: true}
	style.Format.Header = text.FormatDefault
	// Two spaces between the columns, and an unbroken line.
	style.Box.PaddingLeft, style.Box.PaddingRight = "", ""
	style.Box.MiddleVertical, style.Box.MiddleSeparator = "  ", "--"
	w.SetStyle(style)
	w.SuppressTrailingSpaces()
	row := make(table.Row, len(headers))
	columns := make([]table.ColumnConfig, len(headers))
	for i, h := range headers {
		name, right := strings.CutPrefix(h, ">")
		row[i] = name
		columns[i].Number = i + 1
		if right {
			columns[i].Align, columns[i].AlignHeader = text.AlignRight, text.AlignRight
		}
	}
	w.AppendHeader(row)
	w.SetColumnConfigs(columns)
	return &textTable{w}
}

// add appends a row, which must have a cell for each header.
func (t *textTable) add(cells ...string) {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = c
	}
	t.w.AppendRow(row)
}

// String lays the table out in columns, with a line under the header.
func (t *textTable) String() string { return t.w.Render() + "\n" }

// Markdown returns the table in GitHub's Markdown.
func (t *textTable) Markdown() string { return t.w.RenderMarkdown() + "\n" }

// printable replaces what would move the cursor or break a line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// thousands writes n with a comma between groups of three digits.
func thousands(n int64) string { return groupDigits(strconv.FormatInt(n, 10)) }

// decimals writes f with so many decimals, at least 1, and commas as thousands
// does.
func decimals(f float64, places int) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(f, 'f', places, 64), ".")
	return groupDigits(whole) + "." + fraction
}

// percent writes a fraction as a percentage.
func percent(f float64) string { return decimals(100*f, 2) + " %" }

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
