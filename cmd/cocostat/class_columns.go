package main

import (
	"strings"

	"cocostat/internal/textable"
)

// classColumns are the columns of the class table of analyze.
var classColumns = func() columnSet[classRow] {
	type row = classRow
	set := columnSet[row]{
		identifier("id", "category_id", "id", func(r *row) *int64 { return &r.ID }),
		words("name", "class", func(r *row) string { return r.Name }),
		words("supercategory", "supercategory", func(r *row) string { return r.Supercategory }),
		whole("instances", "instances", func(r *row) int64 { return r.Instances }),
		whole("images", "images", func(r *row) int64 { return r.Images }),
		whole("crowd", "crowd", func(r *row) int64 { return r.Crowd }),
		number("share", "share", func(r *row) float64 { return r.Share }, textable.Percent),
		number("frequency", "frequency", func(r *row) float64 { return r.Frequency }, textable.Percent),
		number("per_image", "per image", func(r *row) float64 { return float64(r.PerImage) }, decimals(1)),
		words("group", "group", func(r *row) string { return r.Group }),
		words("lvis_group", "LVIS group", func(r *row) string { return r.LVISGroup }),
		whole("small", "small", func(r *row) int64 { return r.Small }),
		whole("medium", "medium", func(r *row) int64 { return r.Medium }),
		whole("large", "large", func(r *row) int64 { return r.Large }),
		whole("boxes", "boxes", func(r *row) int64 { return r.Boxes.Count }),
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
			of          func(*quantiles) real
		}{
			{"_p10", " p10", func(q *quantiles) real { return q.P10 }},
			{"_p25", " p25", func(q *quantiles) real { return q.P25 }},
			{"_p50", " p50", func(q *quantiles) real { return q.P50 }},
			{"_p75", " p75", func(q *quantiles) real { return q.P75 }},
			{"_p90", " p90", func(q *quantiles) real { return q.P90 }},
		} {
			set = append(set, number(m.name+q.name, m.name+q.title,
				func(r *row) float64 { return float64(q.of(m.of(r))) }, decimals(m.places)))
		}
	}
	return set
}()

// shownColumns are those that a table for people has unless others are asked
// for.
var shownColumns = strings.Fields("id name instances images share frequency group")
