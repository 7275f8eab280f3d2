package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/textable"
)

// classTable is the table of classes that a command prints, and the flags that
// say which part of it and in what order.
type classTable[R any] struct {
	all   columnSet[R] // that there are
	usual []string     // that a table for people has unless others are asked for
	shown columnSet[R]

	first, last int           // rows at the ends of a long table, unless --top says otherwise
	used        func(*R) bool // whether such a table shows a class at all

	columns  []string
	sort     string
	reverse  bool
	top      int
	topGiven bool
}

func (t *classTable[R]) addTableFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&t.columns, "columns", nil, "`columns` of the class table: a list with commas, or all")
	f.StringVar(&t.sort, "sort", t.sort, "order the classes by this `column`: numbers falling, names and ids rising")
	f.BoolVar(&t.reverse, "reverse", false, "the other way round")
	f.IntVar(&t.top, "top", 0, "show the first `N` classes, 0 for all (default: all but the middle of a long table)")
	completeFlags(cmd, map[string][]string{"sort": t.all.names()})
	if err := cmd.RegisterFlagCompletionFunc("columns", t.completeColumns); err != nil {
		panic(err)
	}
}

// completeColumns completes the last name of a list.
func (t *classTable[R]) completeColumns(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndex(typed, ",")+1]
	var out []string
	for _, name := range append(t.all.names(), "all") {
		out = append(out, before+name)
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// columnHelp describes the columns for the help text.
func (t *classTable[R]) columnHelp() string {
	const width = 76
	var lines []string
	line := ""
	for i, name := range t.all.names() {
		if i+1 < len(t.all) {
			name += ","
		}
		if line != "" && len(line)+1+len(name) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+name, " ")
	}
	return "  " + strings.Join(append(lines, line), "\n  ")
}

// complete checks the flags and chooses the columns.
func (t *classTable[R]) complete(format string, given func(flag string) bool) error {
	if _, ok := t.all.find(t.sort); !ok {
		return cli.Usagef("--sort %q: must be one of %s", t.sort, strings.Join(t.all.names(), ", "))
	}
	if t.top < 0 {
		return cli.Usagef("--top %d: must not be negative", t.top)
	}
	t.topGiven = given("top")
	switch {
	case !given("columns") && (format == "table" || format == "markdown"):
		t.columns = t.usual
	case !given("columns"):
		t.columns = []string{"all"}
	case format == "json":
		return cli.Usagef("--columns has no effect on JSON, which holds everything")
	}
	var err error
	t.shown, err = t.all.choose(t.columns)
	return err
}

// rows returns the classes to show in their order.
func (t *classTable[R]) rows(classes []R) []R {
	classes = slices.Clone(classes)
	t.all.sort(classes, t.sort, t.reverse)
	if t.top > 0 {
		return classes[:min(t.top, len(classes))]
	}
	return classes
}

// print adds the classes to show to a page: of a long table the ends, without
// the classes that are not in use.
func (t *classTable[R]) print(p *page, classes []R, column string, colors map[string]textable.Color) {
	rows, first, last := t.rows(classes), len(classes), 0
	var notes []string
	if !t.topGiven && len(rows) > t.first+t.last+1 {
		first, last = t.first, t.last
		if inUse := keep(rows, t.used); len(inUse) < len(rows) {
			notes = append(notes, "classes without instances, not shown: "+textable.Integer(len(rows)-len(inUse)))
			rows = inUse
		}
		notes = append(notes, fmt.Sprintf("--top 0 shows all %s classes", textable.Integer(len(classes))))
	} else if left := len(classes) - len(rows); left > 0 {
		notes = append(notes, "classes not shown: "+textable.Integer(left))
	}
	table := t.shown.table(rows, first, last)
	p.paint(table, slices.Index(t.shown.names(), column), colors)
	p.table(table)
	if len(notes) > 0 {
		p.lines(notes...)
	}
}

// keep returns the elements that pass.
func keep[R any](rows []R, pass func(*R) bool) []R {
	var out []R
	for i := range rows {
		if pass(&rows[i]) {
			out = append(out, rows[i])
		}
	}
	return out
}
