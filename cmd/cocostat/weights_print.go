package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/textable"
	"cocostat/lt"
	"cocostat/weights"
)

// noteWeights says on standard error what was written, and what is odd about
// it.
func noteWeights(o *weightsOptions, c *annotations.Counts, t *weights.Table) {
	note := func(format string, args ...any) { fmt.Fprintf(o.streams.Err, format+"\n", args...) }
	var unused []string
	tail := 0
	for _, r := range t.Rows {
		if r.Instances == 0 {
			unused = append(unused, fmt.Sprintf("%d %q", r.CategoryID, r.Name))
		} else if r.Group == lt.Tail {
			tail++
		}
	}
	m := t.Meta
	note("wrote %s: %d classes, %d instances in %d of %d images", o.out, len(t.Rows), m.Instances, m.AnnotatedImages, m.Images)
	note("wrote %s: %d (image, class) pairs", o.etaOut, len(c.Pairs))
	note("tail classes with instances: %d, tail ratio %.4g (asked for at most %.4g)", tail, m.TailRatio.Reached, m.TailRatio.Target)
	if len(unused) > 0 {
		note("classes without instances, so without a weight: %d (%s)", len(unused), shorten(unused))
	}
	var problems []string
	for _, p := range c.Problems {
		if p.Kind != annotations.EmptyCategory {
			problems = append(problems, fmt.Sprintf("%d %s", p.Count, p.Kind))
		}
	}
	if len(problems) > 0 {
		note("problems in the annotations: %s", strings.Join(problems, "; "))
	}
	if slices.Contains(o.paths, "-") {
		note("standard input has no path: training must be told where the annotations are")
	}
}

// shorten joins the first few elements of a list.
func shorten(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}

// printWeights lists the classes from the most to the least frequent; of many,
// those at both ends.
func printWeights(out io.Writer, t *weights.Table) error {
	const ends = 20
	rows := slices.Clone(t.Rows)
	slices.SortStableFunc(rows, func(a, b weights.Row) int { return cmp.Compare(b.Instances, a.Instances) })
	left := len(rows) - 2*ends
	w := textable.New("class", ">instances", ">images", ">alpha", "group")
	for i, r := range rows {
		switch {
		case left <= 1 || i < ends || i >= ends+left:
			w.Add(r.Name, textable.Integer(r.Instances), textable.Integer(r.Images), textable.Decimal(r.Alpha, 4), r.Group)
		case i == ends:
			w.Add(fmt.Sprintf("(%d more)", left), "", "", "", "")
		}
	}
	_, err := io.WriteString(out, w.String())
	return err
}
