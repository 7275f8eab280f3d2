// Package classtable prints tables of classes whose columns, order and length flags
// choose.
package classtable

import (
	"fmt"
	"slices"
	"strings"

	"cocostat/internal/columntable"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
)

// Table is the table of classes that a command prints, and the flags that
// say which part of it and in what order.
type Table[R any] struct {
	All   columntable.Columns[R] // that there are
	Usual []string               // that a table for people has unless others are asked for
	Shown columntable.Columns[R]

	First, Last int           // rows at the ends of a long table, unless --top says otherwise
	Used        func(*R) bool // whether such a table shows a class at all

	Columns  []string
	Sort     string
	Reverse  bool
	Top      int
	topGiven bool
}

// AddFlags adds the flags of the table to a command.
func (t *Table[R]) AddFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&t.Columns, "columns", nil, "`columns` of the class table: a list with commas, or all")
	f.StringVar(&t.Sort, "sort", t.Sort, "order the classes by this `column`: numbers falling, names and ids rising")
	f.BoolVar(&t.Reverse, "reverse", false, "the other way round")
	f.IntVar(&t.Top, "top", 0, "show the first `N` classes, 0 for all (default: all but the middle of a long table)")
	cli.CompleteValues(cmd, "sort", t.All.Names()...)
	cli.CompleteList(cmd, "columns", func(*cobra.Command, []string) []string { return append(t.All.Names(), "all") })
}

// ColumnHelp describes the columns for the help text.
func (t *Table[R]) ColumnHelp() string {
	const width = 76
	var lines []string
	line := ""
	for i, name := range t.All.Names() {
		if i+1 < len(t.All) {
			name += ","
		}
		if line != "" && len(line)+1+len(name) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+name, " ")
	}
	return "  " + strings.Join(append(lines, line), "\n  ")
}

// Complete checks the flags and chooses the columns.
func (t *Table[R]) Complete(format string, given func(flag string) bool) error {
	if _, known := t.All.Find(t.Sort); !known {
		return cli.OneOf("sort", t.Sort, t.All.Names())
	}
	if t.Top < 0 {
		return cli.Usagef("--top %d: must not be negative", t.Top)
	}
	t.topGiven = given("top")
	switch {
	case !given("columns") && (format == "table" || format == "markdown"):
		t.Columns = t.Usual
	case !given("columns"):
		t.Columns = []string{"all"}
	case format == "json":
		return cli.Usagef("--columns has no effect on JSON, which holds everything")
	}
	var err error
	t.Shown, err = choose(t.All, t.Columns)
	return err
}

// Rows returns the classes to show in their order.
func (t *Table[R]) Rows(classes []R) []R {
	classes = slices.Clone(classes)
	t.All.Sort(classes, t.Sort, t.Reverse)
	if t.Top > 0 {
		return classes[:min(t.Top, len(classes))]
	}
	return classes
}

// Print adds the classes to show to a page: of a long table the ends, without
// the classes that are not in use.
func (t *Table[R]) Print(p *output.Page, classes []R, column string, colors map[string]textable.Color) {
	rows, first, last := t.Rows(classes), len(classes), 0
	var notes []string
	if !t.topGiven && len(rows) > t.First+t.Last+1 {
		first, last = t.First, t.Last
		if inUse := Keep(rows, t.Used); len(inUse) < len(rows) {
			notes = append(notes, "classes without instances, not shown: "+textable.Integer(len(rows)-len(inUse)))
			rows = inUse
		}
		notes = append(notes, fmt.Sprintf("--top 0 shows all %s classes", textable.Integer(len(classes))))
	} else if left := len(classes) - len(rows); left > 0 {
		notes = append(notes, "classes not shown: "+textable.Integer(left))
	}
	table := t.Shown.Layout(rows, first, last)
	p.Paint(table, slices.Index(t.Shown.Names(), column), colors)
	p.Table(table)
	if len(notes) > 0 {
		p.Lines(notes...)
	}
}

// Keep returns the elements that pass.
func Keep[R any](rows []R, pass func(*R) bool) []R {
	var out []R
	for i := range rows {
		if pass(&rows[i]) {
			out = append(out, rows[i])
		}
	}
	return out
}

// choose returns the named columns, all of them for "all".
func choose[R any](s columntable.Columns[R], names []string) (columntable.Columns[R], error) {
	if len(names) == 1 && names[0] == "all" {
		return s, nil
	}
	var chosen columntable.Columns[R]
	for _, name := range names {
		if name == "all" {
			return nil, cli.Usagef("--columns: all stands alone")
		}
		c, ok := s.Find(name)
		if !ok {
			return nil, cli.OneOf("columns", name, append(s.Names(), "all"))
		}
		before := len(chosen)
		if chosen = append(chosen, c); slices.Contains(chosen[:before].Names(), chosen.Names()[before]) {
			return nil, cli.Usagef("--columns: %q is there twice", name)
		}
	}
	return chosen, nil
}
