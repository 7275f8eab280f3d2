package codec

import (
	"math"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

// cells are the values of a column: those of the slice that fits the field's
// type, and where the column may hold nulls, which are.
type cells struct {
	field  arrow.Field
	ints   []int64 // of int32 and int64
	floats []float64
	texts  []string
	null   []bool // nil: none
}

func (c *cells) isNull(i int) bool { return c.null != nil && c.null[i] }

// column returns the cells as a column to be written.
func (c *cells) column() column {
	out := column{field: c.field}
	if c.field.Nullable {
		out.null = c.isNull
	}
	out.whole = func(i int) int64 { return c.ints[i] }
	out.float = func(i int) float64 { return c.floats[i] }
	out.text = func(i int) string { return c.texts[i] }
	return out
}

// columnsOf returns the columns of a table.
func columnsOf(t *weights.Table) []column {
	all := cellsOf(t)
	out := make([]column, len(all))
	for k := range all {
		out[k] = all[k].column()
	}
	return out
}

// cellsOf returns the content of the table, column by column, with 1 in the
// place of a null α.
func cellsOf(t *weights.Table) []cells {
	out := []cells{
		ints(t, func(r *weights.Row) int64 { return int64(r.Index) }),
		ints(t, func(r *weights.Row) int64 { return r.CategoryID }),
		texts(t, func(r *weights.Row) string { return r.Name }),
		ints(t, func(r *weights.Row) int64 { return r.Instances }),
		ints(t, func(r *weights.Row) int64 { return r.Images }),
		floats(t, func(r *weights.Row) float64 { return r.Frequency }),
		floats(t, func(r *weights.Row) float64 { return withoutNaN(r.Alpha) }),
		texts(t, func(r *weights.Row) string { return r.Group }),
		texts(t, func(r *weights.Row) string { return r.LVISGroup }),
		floats(t, func(r *weights.Row) float64 { return r.RepeatFactor }),
	}
	for k := range t.Meta.Groupings {
		out = append(out, texts(t, func(r *weights.Row) string { return r.Groups[k] }))
	}
	for k, field := range columnsWith(t.Meta.Groupings) {
		out[k].field = field
	}
	out[6].null = perRow(t, func(r *weights.Row) bool { return math.IsNaN(r.Alpha) })
	return out
}

func ints(t *weights.Table, value func(*weights.Row) int64) cells {
	return cells{ints: perRow(t, value)}
}
func floats(t *weights.Table, value func(*weights.Row) float64) cells {
	return cells{floats: perRow(t, value)}
}
func texts(t *weights.Table, value func(*weights.Row) string) cells {
	return cells{texts: perRow(t, value)}
}

func perRow[T any](t *weights.Table, value func(*weights.Row) T) []T {
	out := make([]T, len(t.Rows))
	for i := range t.Rows {
		out[i] = value(&t.Rows[i])
	}
	return out
}

// withoutNaN returns what a weight counts as in a loss: 1 if there is none.
func withoutNaN(alpha float64) float64 {
	if math.IsNaN(alpha) {
		return 1
	}
	return alpha
}

// rowsOf makes the rows of n classes from the columns of the format, in its
// order, and those of the groupings.
func rowsOf(all []cells, n int) []weights.Row {
	rows := make([]weights.Row, n)
	for i := range rows {
		rows[i] = weights.Row{
			Index:        int32(all[0].ints[i]),
			CategoryID:   all[1].ints[i],
			Name:         all[2].texts[i],
			Instances:    all[3].ints[i],
			Images:       all[4].ints[i],
			Frequency:    all[5].floats[i],
			Alpha:        all[6].floats[i],
			Group:        all[7].texts[i],
			LVISGroup:    all[8].texts[i],
			RepeatFactor: all[9].floats[i],
		}
		if all[6].isNull(i) {
			rows[i].Alpha = math.NaN()
		}
		for _, grouping := range all[len(columns):] {
			rows[i].Groups = append(rows[i].Groups, grouping.texts[i])
		}
	}
	return rows
}
