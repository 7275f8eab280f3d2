package textable

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Texts are shortened to this many characters at least, and the last column's are
// broken into lines of as many at least.
const (
	shortest  = 12
	narrowest = 20
)

// Fit lays the table out for a terminal of so many columns. One that is wider puts
// what stands side by side one under the other, shortens names, breaks the texts of
// its last column into lines, and at last the table into several, each with the
// names of the rows. Numbers stay whole.
func (t *Table) Fit(columns int) string {
	if columns <= 0 || t.width() <= columns {
		return t.String()
	}
	var parts []string
	var line *Table // parts that fit beside each other
	for _, part := range t.parts() {
		if line != nil {
			if both := join(line, part); both.width() <= columns {
				line = both
				continue
			}
			parts = append(parts, line.narrow(columns)...)
		}
		line = part
	}
	return strings.Join(append(parts, line.narrow(columns)...), "\n")
}

// widths are those of the columns, spaces between them left out.
func (t *Table) widths() []int {
	widths := make([]int, len(t.headers))
	for i, h := range t.headers {
		widths[i] = text.StringWidthWithoutEscSequences(h.name)
		for _, row := range t.rows {
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(row[i]))
		}
		if i > 0 && h.beside {
			widths[i] += len(gap)
		}
	}
	return widths
}

func (t *Table) width() int {
	sum := len(gap) * (len(t.headers) - 1)
	for _, w := range t.widths() {
		sum += w
	}
	return sum
}

// take returns a table of some columns.
func (t *Table) take(columns ...int) *Table {
	out := &Table{paint: map[int]map[string]Color{}}
	for i, c := range columns {
		out.headers = append(out.headers, t.headers[c])
		if colors := t.paint[c]; colors != nil {
			out.paint[i] = colors
		}
	}
	for _, row := range t.rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = row[c]
		}
		out.rows = append(out.rows, cells)
	}
	return out
}

// parts returns the tables that stand side by side, each without the empty rows at
// its end that the others have more.
func (t *Table) parts() []*Table {
	var parts []*Table
	for from := 0; from < len(t.headers); {
		to := from + 1
		for to < len(t.headers) && !t.headers[to].beside {
			to++
		}
		part := t.take(between(from, to)...)
		for len(part.rows) > 1 && !slices.ContainsFunc(part.rows[len(part.rows)-1], func(cell string) bool { return cell != "" }) {
			part.rows = part.rows[:len(part.rows)-1]
		}
		parts = append(parts, part)
		from = to
	}
	return parts
}

// join puts a table beside another.
func join(a, b *Table) *Table {
	out := &Table{headers: slices.Concat(a.headers, b.headers), paint: map[int]map[string]Color{}}
	for i, colors := range a.paint {
		out.paint[i] = colors
	}
	for i, colors := range b.paint {
		out.paint[len(a.headers)+i] = colors
	}
	cells := func(t *Table, row int) []string {
		if row < len(t.rows) {
			return t.rows[row]
		}
		return make([]string, len(t.headers))
	}
	for i := range max(len(a.rows), len(b.rows)) {
		out.rows = append(out.rows, slices.Concat(cells(a, i), cells(b, i)))
	}
	return out
}

// narrow lays out a table without others beside it.
func (t *Table) narrow(columns int) []string {
	t = t.take(between(0, len(t.headers))...) // to be changed
	t.wrapLast(columns)
	t.shorten(columns)
	if t.width() <= columns {
		return []string{t.String()}
	}
	names := t.names()
	var out []string
	for from := len(names); from < len(t.headers); {
		to := from + 1
		for to < len(t.headers) && t.take(slices.Concat(names, between(from, to+1))...).width() <= columns {
			to++
		}
		out = append(out, t.take(slices.Concat(names, between(from, to))...).String())
		from = to
	}
	return out
}

// between are the numbers from one up to another, which is none of them.
func between(from, to int) []int {
	numbers := make([]int, 0, to-from)
	for n := from; n < to; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// names are the columns that say which row it is: up to the first of texts, none
// where there are only numbers.
func (t *Table) names() []int {
	first := slices.IndexFunc(t.headers, func(h header) bool { return !h.right })
	return between(0, first+1)
}

// shorten cuts the longest texts until the table fits, or they are short.
func (t *Table) shorten(columns int) {
	for over := t.width() - columns; over > 0; over = t.width() - columns {
		widths, widest := t.widths(), -1
		for i, h := range t.headers {
			if !h.right && widths[i] > shortest && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		to := max(shortest, widths[widest]-over)
		t.headers[widest].name = cut(t.headers[widest].name, to)
		for _, row := range t.rows {
			row[widest] = cut(row[widest], to)
		}
		if t.width()-columns == over {
			return
		}
	}
}

// cut shortens a text to so many columns of a terminal.
func cut(s string, columns int) string {
	if text.StringWidthWithoutEscSequences(s) <= columns {
		return s
	}
	for n := utf8.RuneCountInString(s); n > 0; n-- {
		if short := Shorten(s, n); text.StringWidthWithoutEscSequences(short) <= columns {
			return short
		}
	}
	return ""
}

// wrapLast breaks the texts of the last column into lines, on rows of their own.
func (t *Table) wrapLast(columns int) {
	last := len(t.headers) - 1
	over := t.width() - columns
	room := max(narrowest, t.widths()[last]-over)
	if over <= 0 || t.headers[last].right || t.widths()[last] <= room {
		return
	}
	var rows [][]string
	for _, row := range t.rows {
		for i, line := range Wrap(row[last], room) {
			if i > 0 {
				row = make([]string, len(row))
			}
			row[last] = line
			rows = append(rows, row)
		}
	}
	t.rows = rows
}

// Wrap breaks a text at spaces into lines of up to so many characters, if its words
// are no longer. All lines are indented as the text is.
func Wrap(s string, width int) []string {
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	var lines []string
	left := []rune(s)
	for len(left) > width {
		at := width
		for at > len(indent) && left[at] != ' ' {
			at--
		}
		if at == len(indent) { // a long word
			at = len(indent) + max(slices.Index(left[len(indent):], ' '), 0)
			if at == len(indent) {
				break
			}
		}
		lines = append(lines, strings.TrimRight(string(left[:at]), " "))
		left = []rune(indent + strings.TrimLeft(string(left[at:]), " "))
	}
	return append(lines, string(left))
}
