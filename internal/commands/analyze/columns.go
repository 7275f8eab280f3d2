package analyze

import (
	"strings"

	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
)

// classColumns are the columns of the class table of analyze.
var classColumns = func() columntable.Columns[classRow] {
	type row = classRow
	set := columntable.Columns[row]{
		columntable.Identifier("id", "category_id", "id", func(r *row) *int64 { return &r.ID }),
		columntable.Words("name", "class", func(r *row) string { return r.Name }),
		columntable.Words("supercategory", "supercategory", func(r *row) string { return r.Supercategory }),
		columntable.Whole("instances", "instances", func(r *row) int64 { return r.Instances }),
		columntable.Whole("images", "images", func(r *row) int64 { return r.Images }),
		columntable.Whole("crowd", "crowd", func(r *row) int64 { return r.Crowd }),
		columntable.Number("share", "share", func(r *row) float64 { return r.Share }, textable.Percent),
		columntable.Number("frequency", "frequency", func(r *row) float64 { return r.Frequency }, textable.Percent),
		columntable.Number("per_image", "per image", func(r *row) float64 { return float64(r.PerImage) }, columntable.Decimals(1)),
		columntable.Words("group", "group", func(r *row) string { return r.Group }),
		columntable.Words("lvis_group", "LVIS group", func(r *row) string { return r.LVISGroup }),
		columntable.Whole("small", "small", func(r *row) int64 { return r.Small }),
		columntable.Whole("medium", "medium", func(r *row) int64 { return r.Medium }),
		columntable.Whole("large", "large", func(r *row) int64 { return r.Large }),
		columntable.Whole("boxes", "boxes", func(r *row) int64 { return r.Boxes.Count }),
	}
	for _, m := range []struct {
		name   string
		places int
		of     func(*row) *quantiles
	}{
		{"width", 1, func(r *row) *quantiles { return &r.Boxes.Width }},
		{"height", 1, func(r *row) *quantiles { return &r.Boxes.Height }},
		{"aspect", 2, func(r *row) *quantiles { return &r.Boxes.Aspect }},
	} {
		for _, q := range []struct {
			name, title string
			of          func(*quantiles) output.Real
		}{
			{"_p10", " p10", func(q *quantiles) output.Real { return q.P10 }},
			{"_p25", " p25", func(q *quantiles) output.Real { return q.P25 }},
			{"_p50", " p50", func(q *quantiles) output.Real { return q.P50 }},
			{"_p75", " p75", func(q *quantiles) output.Real { return q.P75 }},
			{"_p90", " p90", func(q *quantiles) output.Real { return q.P90 }},
		} {
			set = append(set, columntable.Number(m.name+q.name, m.name+q.title,
				func(r *row) float64 { return float64(q.of(m.of(r))) }, columntable.Decimals(m.places)))
		}
	}
	return set
}()

// shownColumns are those that a table for people has unless others are asked
// for.
var shownColumns = strings.Fields("id name instances images share frequency group")
