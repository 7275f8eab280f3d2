package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// textTable is a table of text, printed aligned for a terminal or as Markdown.
type textTable struct {
	header []string
	right  []bool // columns that are right-aligned
	rows   [][]string
}

// newTable returns a table without rows. A header that starts with '>' makes
// its column right-aligned.
func newTable(headers ...string) *textTable {
	t := &textTable{}
	for _, h := range headers {
		name, right := strings.CutPrefix(h, ">")
		t.header = append(t.header, name)
		t.right = append(t.right, right)
	}
	return t
}

// add appends a row, which must have a cell for each header.
func (t *textTable) add(cells ...string) { t.rows = append(t.rows, cells) }

// String lays the table out in columns, two spaces apart, with a line under
// the header and no spaces at the ends of lines.
func (t *textTable) String() string {
	widths := make([]int, len(t.header))
	for _, row := range append([][]string{t.header}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	var b strings.Builder
	line := func(row []string) {
		var s strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-displayWidth(cell))
			if t.right[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			if i > 0 {
				s.WriteString("  ")
			}
			s.WriteString(cell)
		}
		fmt.Fprintln(&b, strings.TrimRight(s.String(), " "))
	}
	line(t.header)
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	fmt.Fprintln(&b, strings.Repeat("-", total))
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}

// Markdown returns the table in GitHub's Markdown.
func (t *textTable) Markdown() string {
	var b strings.Builder
	line := func(row []string) {
		for _, cell := range row {
			fmt.Fprintf(&b, "| %s ", markdownEscapes.Replace(cell))
		}
		b.WriteString("|\n")
	}
	line(t.header)
	for _, right := range t.right {
		if right {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`")

// displayWidth is the number of terminal cells that s takes.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case unicode.Is(wide, r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide holds the blocks whose characters take two cells (East Asian Width W
// and F, by block).
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0x4dbf, Stride: 1},
		{Lo: 0x4e00, Hi: 0xa4cf, Stride: 1}, {Lo: 0xa960, Hi: 0xa97c, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff01, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

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
