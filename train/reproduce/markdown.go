package reproduce

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/textable"
	"cocostat/train/recipes"
)

// Markdown writes the report: for each table the scores beside the published
// ones, the scores by size and by group, the differences, and the settings.
func (r Report) Markdown() string { return r.text((*textable.Table).Markdown, "### ", "") }

// Text writes the report for a terminal of so many columns, or as wide as it is for
// none.
func (r Report) Text(columns int) string {
	return r.text(func(t *textable.Table) string { return t.Fit(columns) }, "", "  ")
}

func (r Report) text(layOut func(*textable.Table) string, heading, indent string) string {
	var b strings.Builder
	paragraph := func(lines []string) {
		for _, line := range lines {
			fmt.Fprintf(&b, "%s- %s\n", indent, line)
		}
		if len(lines) > 0 {
			b.WriteByte('\n')
		}
	}
	paragraph(r.About)
	paragraph(r.Notes)
	for _, t := range r.Tables {
		fmt.Fprintf(&b, "%sTable %s: %s\n\n", heading, strings.TrimPrefix(t.Name, "table"), t.Title)
		for _, table := range []*textable.Table{t.beside(), t.bySize(), t.byGroup(), t.differences(), t.settings()} {
			b.WriteString(layOut(table))
			b.WriteByte('\n')
		}
		paragraph(t.remarks())
	}
	return b.String()
}

// main are the metrics that a table is about.
func (t TableReport) main() []int {
	if t.publishes(0) {
		return []int{0, 1, 2}
	}
	return []int{6, 7}
}

// beside lays out the main scores and their published values.
func (t TableReport) beside() *textable.Table {
	headers := []string{"row", ">seeds"}
	for _, i := range t.main() {
		headers = append(headers, ">"+recipes.Metrics[i], ">95 %", ">paper")
	}
	table := textable.New(headers...)
	for _, r := range t.Rows {
		cells := []string{r.Label, r.seeds()}
		for _, i := range t.main() {
			cells = append(cells, r.Measured.text(i, plain), r.Measured.interval(i, plain), number(r.Published[i], plain))
		}
		table.Add(cells...)
	}
	return table
}

// bySize lays out the scores by size.
func (t TableReport) bySize() *textable.Table {
	headers, sizes := []string{"row"}, []int{3, 4, 5}
	published := t.publishes(3)
	for _, i := range sizes {
		headers = append(headers, ">"+recipes.Metrics[i], ">95 %")
		if published {
			headers = append(headers, ">paper")
		}
	}
	table := textable.New(headers...)
	for _, r := range t.Rows {
		cells := []string{r.Label}
		for _, i := range sizes {
			cells = append(cells, r.Measured.text(i, plain), r.Measured.interval(i, plain))
			if published {
				cells = append(cells, number(r.Published[i], plain))
			}
		}
		table.Add(cells...)
	}
	return table
}

// byGroup lays out the scores of tail and head with both intervals.
func (t TableReport) byGroup() *textable.Table {
	table := textable.New("row", ">AP tail", ">95 %", ">bootstrap", ">AP head", ">95 %", ">bootstrap")
	for _, r := range t.Rows {
		cells := []string{r.Label}
		for _, i := range []int{6, 7} {
			cells = append(cells, r.Measured.text(i, plain), r.Measured.interval(i, plain), r.Bootstrap.Measured.interval(i, plain))
		}
		table.Add(cells...)
	}
	return table
}

// differences lays out how the rows differ from those that they are compared
// with, in AP and in that of the groups, and what can be said of it.
func (t TableReport) differences() *textable.Table {
	table := textable.New("row", "against", "of", ">seeds", ">Δ", ">95 %", ">bootstrap", ">paper", "verdict")
	for _, r := range t.Rows {
		if t.against(&r) == nil {
			continue
		}
		for _, i := range []int{0, 6, 7} {
			verdict := string(r.Told[i])
			if r.Told[i] == Unknown {
				verdict = "–"
			}
			table.Add(r.Label, t.label(r.Against), recipes.Metrics[i], strconv.Itoa(r.Difference.N), r.Difference.text(i, signed),
				r.Difference.interval(i, signed), r.Bootstrap.Difference.interval(i, signed), number(r.PublishedDifference[i], signed), verdict)
		}
	}
	return table
}

// settings lays out what the rows have in common, and where they differ.
func (t TableReport) settings() *textable.Table {
	common := t.common()
	table := textable.New("row", "settings")
	for _, r := range t.Rows {
		table.Add(r.Label, r.Settings.Without(common).String())
	}
	table.Add("all", common.String())
	return table
}

// common are the settings that all rows have.
func (t TableReport) common() (common recipes.Settings) {
	for i, r := range t.Rows {
		if i == 0 {
			common = slices.Clone(r.Settings)
		}
		common = slices.DeleteFunc(common, func(s recipes.Setting) bool { return !slices.Contains(r.Settings, s) })
	}
	return common
}

// remarks are the notes, failures and reasons to skip of the rows.
func (t TableReport) remarks() (lines []string) {
	lines = append(lines, "The paper's values were measured on "+t.Dataset+".")
	for _, r := range t.Rows {
		if r.Note != "" {
			lines = append(lines, r.Label+": "+r.Note)
		}
		if r.Skipped != "" {
			lines = append(lines, r.Label+" was left out: "+r.Skipped)
		}
		for _, s := range r.Seeds {
			if strings.HasPrefix(s.State, "failed") {
				lines = append(lines, fmt.Sprintf("%s, seed %d, %s", r.Label, s.Seed, s.State))
			}
		}
	}
	return lines
}

// publishes reports whether the paper has values of a metric in this table.
func (t TableReport) publishes(metric int) bool {
	return slices.ContainsFunc(t.Rows, func(r RowReport) bool { return !math.IsNaN(float64(r.Published[metric])) })
}

func (t TableReport) label(recipe string) string {
	for _, r := range t.Rows {
		if r.Recipe == recipe {
			return r.Label
		}
	}
	return ""
}

// seeds says how many of the row's seeds have a result.
func (r RowReport) seeds() string {
	if r.Measured.N == len(r.Seeds) {
		return strconv.Itoa(r.Measured.N)
	}
	return fmt.Sprintf("%d of %d", r.Measured.N, len(r.Seeds))
}

const (
	plain  = "%.1f"
	signed = "%+.1f"
)

// text formats mean ± deviation of a metric.
func (s Spread) text(metric int, format string) string {
	text := number(s.Mean[metric], format)
	if deviation := s.Std[metric]; !math.IsNaN(float64(deviation)) {
		text += " ± " + number(deviation, plain)
	}
	return text
}

// interval formats the ends of a metric's interval.
func (r Range) interval(metric int, format string) string {
	if math.IsNaN(float64(r.Low[metric])) {
		return "–"
	}
	return number(r.Low[metric], format) + " … " + number(r.High[metric], format)
}

// number formats x, a dash for none; a difference that rounds to nothing has
// no sign.
func number(x Percent, format string) string {
	if math.IsNaN(float64(x)) {
		return "–"
	}
	if math.Abs(float64(x)) < 0.05 {
		x = 0
	}
	if x == 0 {
		format = plain
	}
	return fmt.Sprintf(format, float64(x))
}
