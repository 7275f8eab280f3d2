package codec

import (
	"slices"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

// columns are those of the weights file, in their order.
var columns = []arrow.Field{
	{Name: "index", Type: arrow.PrimitiveTypes.Int32},
	{Name: "category_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "name", Type: arrow.BinaryTypes.String},
	{Name: "instances", Type: arrow.PrimitiveTypes.Int64},
	{Name: "images", Type: arrow.PrimitiveTypes.Int64},
	{Name: "frequency", Type: arrow.PrimitiveTypes.Float64},
	{Name: "alpha", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "group", Type: arrow.BinaryTypes.String},
	{Name: "lvis_group", Type: arrow.BinaryTypes.String},
	{Name: "repeat_factor", Type: arrow.PrimitiveTypes.Float64},
}

// columnsWith returns the columns of a weights file with groupings.
func columnsWith(groupings []weights.Grouping) []arrow.Field {
	fields := slices.Clone(columns)
	for _, g := range groupings {
		fields = append(fields, arrow.Field{Name: weights.GroupingPrefix + g.Name, Type: arrow.BinaryTypes.String})
	}
	return fields
}
