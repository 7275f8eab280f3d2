package eval

import (
	"strings"

	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/output"
)

// evalColumns are the columns of the class table of eval.
var evalColumns = func() columntable.Columns[evalRow] {
	type row = evalRow
	score := func(name, title string, value func(r *row) output.Real) columntable.Column[row] {
		return columntable.Number(name, title, func(r *row) float64 { return float64(value(r)) }, columntable.Decimals(3))
	}
	threshold := score("threshold", "threshold", func(r *row) output.Real { return r.Threshold })
	return columntable.Columns[row]{
		columntable.Identifier("id", "category_id", "id", func(r *row) *int64 { return &r.ID }),
		columntable.Words("name", "class", func(r *row) string { return r.Name }),
		columntable.Words("group", "group", func(r *row) string { return r.Group }),
		columntable.Words("lvis_group", "LVIS group", func(r *row) string { return r.LVISGroup }),
		columntable.Whole("instances", "objects", func(r *row) int64 { return r.Instances }),
		columntable.Whole("images", "images", func(r *row) int64 { return r.Images }),
		columntable.Whole("detections", "detections", func(r *row) int64 { return r.Detections }),
		score("ap", "AP", func(r *row) output.Real { return r.AP }),
		score("ap50", "AP50", func(r *row) output.Real { return r.AP50 }),
		score("ap75", "AP75", func(r *row) output.Real { return r.AP75 }),
		score("ap_small", "APs", func(r *row) output.Real { return r.APSmall }),
		score("ap_medium", "APm", func(r *row) output.Real { return r.APMedium }),
		score("ap_large", "APl", func(r *row) output.Real { return r.APLarge }),
		score("ar", "AR", func(r *row) output.Real { return r.AR }),
		threshold,
		score("precision", "precision", func(r *row) output.Real { return r.Precision }),
		score("recall", "recall", func(r *row) output.Real { return r.Recall }),
		score("f1", "F1", func(r *row) output.Real { return r.F1 }),
	}
}()

// usualEvalColumns are those that a table for people has unless others are
// asked for.
var usualEvalColumns = strings.Fields("name group instances detections ap ap50 ap75 ar threshold precision recall f1")

// differenceColumns are the columns of the class table of two detectors.
var differenceColumns = func() columntable.Columns[evalDifference] {
	type row = evalDifference
	score := func(name, title string, value func(r *row) output.Real) columntable.Column[row] {
		return columntable.Number(name, title, func(r *row) float64 { return float64(value(r)) }, columntable.Decimals(3))
	}
	change := func(name, title string, value func(r *row) output.Real) columntable.Column[row] {
		return columntable.Number(name, title, func(r *row) float64 { return float64(value(r)) }, signed)
	}
	difference := change("difference", "B − A", func(r *row) output.Real { return r.AP.Difference })
	difference.Size = true
	difference50 := change("difference50", "B − A, AP50", func(r *row) output.Real { return r.AP50.Difference })
	difference50.Size = true
	return columntable.Columns[row]{
		columntable.Identifier("id", "category_id", "id", func(r *row) *int64 { return &r.ID }),
		columntable.Words("name", "class", func(r *row) string { return r.Name }),
		columntable.Words("group", "group", func(r *row) string { return r.Groups[tailGrouping] }),
		columntable.Words("lvis_group", "LVIS group", func(r *row) string { return r.Groups[lvisGrouping] }),
		columntable.Whole("instances", "objects", func(r *row) int64 { return r.Instances }),
		score("ap_a", "AP A", func(r *row) output.Real { return r.AP.A }),
		score("ap_b", "AP B", func(r *row) output.Real { return r.AP.B }),
		difference,
		change("low", "low", func(r *row) output.Real { return r.AP.Low }),
		change("high", "high", func(r *row) output.Real { return r.AP.High }),
		columntable.Words("clear", "", func(r *row) string { return r.AP.mark() }),
		score("ap50_a", "AP50 A", func(r *row) output.Real { return r.AP50.A }),
		score("ap50_b", "AP50 B", func(r *row) output.Real { return r.AP50.B }),
		difference50,
		change("low50", "low", func(r *row) output.Real { return r.AP50.Low }),
		change("high50", "high", func(r *row) output.Real { return r.AP50.High }),
		columntable.Words("clear50", "", func(r *row) string { return r.AP50.mark() }),
	}
}()

var usualDifferenceColumns = strings.Fields("name group instances ap_a ap_b difference low high clear")
