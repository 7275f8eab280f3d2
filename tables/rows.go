package tables

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"cocostat/annotations"
	"cocostat/internal/arrowfile"
	"cocostat/lt"
)

func field(name string, t arrow.DataType) arrow.Field { return arrow.Field{Name: name, Type: t} }

func nullable(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

var (
	int32s   = arrow.PrimitiveTypes.Int32
	int64s   = arrow.PrimitiveTypes.Int64
	float64s = arrow.PrimitiveTypes.Float64
	texts    = arrow.BinaryTypes.String

	imageFields = []arrow.Field{
		field("image_id", int64s), field("file_name", texts), nullable("width", int32s), nullable("height", int32s),
		field("objects", int32s), field("classes", int32s),
	}
	objectFields = []arrow.Field{
		field("image_id", int64s), field("category_id", int64s), field("index", int32s), field("objects", int32s),
	}
	togetherFields = []arrow.Field{
		field("category_a", int64s), field("category_b", int64s), field("index_a", int32s), field("index_b", int32s),
		field("images", int64s),
	}
	problemFields = []arrow.Field{
		field("kind", texts), field("severity", texts), field("count", int64s), field("description", texts),
		field("file", texts), field("id", int64s), field("offset", int64s),
	}
)

// percentiles are the quantiles that the table of classes holds.
var percentiles = []int{10, 25, 50, 75, 90}

func classFields() []arrow.Field {
	fields := []arrow.Field{
		field("index", int32s), field("category_id", int64s), field("name", texts), field("supercategory", texts),
		field("instances", int64s), field("images", int64s), field("crowd", int64s),
		field("share", float64s), field("frequency", float64s), field("group", texts), field("lvis_group", texts),
		field("small", int64s), field("medium", int64s), field("large", int64s), field("boxes", int64s),
	}
	for _, of := range []string{"width", "height", "aspect"} {
		for _, p := range percentiles {
			fields = append(fields, nullable(fmt.Sprintf("%s_p%d", of, p), float64s))
		}
	}
	return fields
}

func addClass(b *array.RecordBuilder, c *annotations.Counts, tail lt.Split, i int) {
	k, size, boxes := &c.Categories[i], c.Sizes[i], &c.Boxes[i]
	arrowfile.Int32(b, 0, int32(i))
	arrowfile.Int64(b, 1, k.ID)
	arrowfile.String(b, 2, k.Name)
	arrowfile.String(b, 3, k.Supercategory)
	arrowfile.Int64(b, 4, c.Instances[i])
	arrowfile.Int64(b, 5, c.Images[i])
	arrowfile.Int64(b, 6, c.Crowd[i])
	arrowfile.Float64(b, 7, ratio(c.Instances[i], c.TotalInstances))
	arrowfile.Float64(b, 8, ratio(c.Images[i], c.AnnotatedImages))
	arrowfile.String(b, 9, tail.Group(i))
	arrowfile.String(b, 10, lt.DeclaredGroup(k.Frequency, c.Images[i]))
	arrowfile.Int64(b, 11, size.Small)
	arrowfile.Int64(b, 12, size.Medium)
	arrowfile.Int64(b, 13, size.Large)
	arrowfile.Int64(b, 14, boxes.Width.Count())
	column := 15
	for _, d := range []*annotations.Distribution{&boxes.Width, &boxes.Height, &boxes.Aspect} {
		for _, p := range percentiles {
			arrowfile.Float64OrNull(b, column, d.Quantile(float64(p)/100))
			column++
		}
	}
}

// ratio is n/total, 0 of nothing.
func ratio(n, total int64) float64 {
	if total == 0 {
		return 0
	}
	return float64(n) / float64(total)
}

func addImage(b *array.RecordBuilder, im *annotations.ImageCount) {
	arrowfile.Int64(b, 0, im.ID)
	arrowfile.String(b, 1, im.FileName)
	arrowfile.Int32OrNull(b, 2, im.Width)
	arrowfile.Int32OrNull(b, 3, im.Height)
	arrowfile.Int32(b, 4, im.Objects)
	arrowfile.Int32(b, 5, im.Classes)
}

func addPair(b *array.RecordBuilder, c *annotations.Counts, p annotations.Pair) {
	arrowfile.Int64(b, 0, c.ImageRows[p.Image].ID)
	arrowfile.Int64(b, 1, c.Categories[p.Class].ID)
	arrowfile.Int32(b, 2, p.Class)
	arrowfile.Int32(b, 3, p.Objects)
}

func addTogether(b *array.RecordBuilder, c *annotations.Counts, p annotations.Cooccurrence) {
	arrowfile.Int64(b, 0, c.Categories[p.A].ID)
	arrowfile.Int64(b, 1, c.Categories[p.B].ID)
	arrowfile.Int32(b, 2, p.A)
	arrowfile.Int32(b, 3, p.B)
	arrowfile.Int64(b, 4, p.Images)
}

// problemRow is an example with the problem that it shows.
type problemRow struct {
	*annotations.Problem
	annotations.Example
}

func problemRows(problems []annotations.Problem) []problemRow {
	var rows []problemRow
	for i := range problems {
		for _, e := range problems[i].Examples {
			rows = append(rows, problemRow{&problems[i], e})
		}
	}
	return rows
}

func addProblem(b *array.RecordBuilder, r problemRow) {
	arrowfile.String(b, 0, string(r.Kind))
	arrowfile.String(b, 1, r.Kind.Severity().String())
	arrowfile.Int64(b, 2, r.Count)
	arrowfile.String(b, 3, r.Kind.String())
	arrowfile.String(b, 4, r.File)
	arrowfile.Int64(b, 5, r.ID)
	arrowfile.Int64(b, 6, r.Offset)
}
