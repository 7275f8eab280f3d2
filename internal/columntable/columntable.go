// Package columntable makes tables of rows of one type: their columns by name, and
// from these order, CSV, and what people read.
package columntable

import (
	"cmp"
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/textable"
)

// Column is a column of a table with rows of type R. It is asked for by its name,
// which also stands in the header of CSV unless that has another.
type Column[R any] struct {
	name   string
	header string
	title  string                 // in the header of tables for people
	value  func(*R) any           // int64, float64 or string; nil: there is none
	text   func(value any) string // for people
	rising bool                   // sorted from the least value up
	Size   bool                   // sorted without regard to the sign
	Blank  func(*R) bool          // whether people see a dash; nil: where there is no value
}

// Words makes a column of text.
func Words[R any](name, title string, value func(*R) string) Column[R] {
	return Column[R]{name: name, header: name, title: title, rising: true,
		value: func(r *R) any { return value(r) },
		text:  func(v any) string { return v.(string) }}
}

// Whole makes a column of integers.
func Whole[R any](name, title string, value func(*R) int64) Column[R] {
	return Column[R]{name: name, header: name, title: ">" + title,
		value: func(r *R) any { return value(r) },
		text:  func(v any) string { return textable.Integer(v.(int64)) }}
}

// Identifier makes a column of identifiers, nil where a row has none.
func Identifier[R any](name, header, title string, value func(*R) *int64) Column[R] {
	return Column[R]{name: name, header: header, title: ">" + title, rising: true,
		value: func(r *R) any {
			if id := value(r); id != nil {
				return *id
			}
			return nil
		},
		text: func(v any) string { return strconv.FormatInt(v.(int64), 10) }}
}

// Number makes a column of numbers, NaN where a row has none, written for
// people by show.
func Number[R any](name, title string, value func(*R) float64, show func(float64) string) Column[R] {
	return Column[R]{name: name, header: name, title: ">" + title,
		value: func(r *R) any {
			if f := value(r); !math.IsNaN(f) {
				return f
			}
			return nil
		},
		text: func(v any) string { return show(v.(float64)) }}
}

// cell is what people read in a row.
func (c *Column[R]) cell(r *R) string {
	v := c.value(r)
	if v == nil || c.Blank != nil && c.Blank(r) {
		return "–"
	}
	return c.text(v)
}

// Decimals writes numbers with so many decimals.
func Decimals(places int) func(float64) string {
	return func(f float64) string { return textable.Decimal(f, places) }
}

// Columns is all columns that a table can have.
type Columns[R any] []Column[R]

// Names returns the names of the columns.
func (s Columns[R]) Names() []string {
	names := make([]string, len(s))
	for i, c := range s {
		names[i] = c.name
	}
	return names
}

// Find returns a column by its name or that in the header of CSV.
func (s Columns[R]) Find(name string) (Column[R], bool) {
	i := slices.IndexFunc(s, func(c Column[R]) bool { return c.name == name || c.header == name })
	if i < 0 {
		return Column[R]{}, false
	}
	return s[i], true
}

// Sort sorts rows by a column: text and ids from the least up, numbers from
// the greatest down, the other way round with reverse, and what has no value
// last. Equal rows stay in their order.
func (s Columns[R]) Sort(rows []R, by string, reverse bool) {
	c, _ := s.Find(by)
	up := c.rising != reverse
	slices.SortStableFunc(rows, func(a, b R) int {
		x, y := c.value(&a), c.value(&b)
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return 1
		case y == nil:
			return -1
		case up:
			return c.compare(x, y)
		}
		return c.compare(y, x)
	})
}

func (c *Column[R]) compare(x, y any) int {
	switch x := x.(type) {
	case int64:
		return cmp.Compare(x, y.(int64))
	case float64:
		if c.Size {
			return cmp.Compare(math.Abs(x), math.Abs(y.(float64)))
		}
		return cmp.Compare(x, y.(float64))
	}
	return strings.Compare(x.(string), y.(string))
}

// WriteCSV writes the rows with a header; a value that there is none of is empty.
func (s Columns[R]) WriteCSV(out io.Writer, rows []R) error {
	w := csv.NewWriter(out)
	record := make([]string, len(s))
	for k, c := range s {
		record[k] = c.header
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for i := range rows {
		for k, c := range s {
			switch v := c.value(&rows[i]).(type) {
			case int64:
				record[k] = strconv.FormatInt(v, 10)
			case float64:
				record[k] = strconv.FormatFloat(v, 'g', -1, 64)
			case string:
				record[k] = v
			default:
				record[k] = ""
			}
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// Layout lays out the rows: of more than first+last only so many at both ends,
// with a line between them that says how many are left out.
func (s Columns[R]) Layout(rows []R, first, last int) *textable.Table {
	const widest = 40
	titles := make([]string, len(s))
	for i, c := range s {
		titles[i] = c.title
	}
	w := textable.New(titles...)
	cells := make([]string, len(s))
	left := len(rows) - first - last
	for i := range rows {
		switch {
		case left <= 1 || i < first || i >= first+left:
			for k, c := range s {
				cells[k] = textable.Shorten(c.cell(&rows[i]), widest)
			}
			w.Add(cells...)
		case i == first:
			clear(cells)
			k := max(0, slices.IndexFunc(s, func(c Column[R]) bool { return !strings.HasPrefix(c.title, ">") }))
			cells[k] = "(" + textable.Integer(left) + " more)"
			w.Add(cells...)
		}
	}
	return w
}
