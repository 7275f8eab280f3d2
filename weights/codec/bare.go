package codec

import (
	"cmp"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

// formatColumn holds Format in every row of an encoding without metadata.
var formatColumn = arrow.Field{Name: "format", Type: arrow.BinaryTypes.String}

// checkFormat checks the version in a file without metadata.
func checkFormat(c content, t *weights.Table) error {
	at, err := find(c.names(), formatColumn.Name)
	if err != nil {
		return err
	}
	column, err := c.cells(at, formatColumn)
	if err != nil {
		return err
	}
	for i, format := range column.texts {
		if err := checkVersion(format); err != nil {
			return t.Rows[i].BadCell(i, formatColumn.Name, "%w", err)
		}
	}
	return nil
}

// bareMetadata fills in what the rows tell of the metadata, and settings that
// leave the weights as they are. A grouping's groups come in the order of
// their most frequent class.
func bareMetadata(t *weights.Table) {
	m := &t.Meta
	m.Format = weights.Format
	m.Alpha = weights.Alpha{Method: weights.MethodUnknown, Normalisation: weights.NormalisationNone}
	m.Eta = weights.Eta{Value: 1, Reading: weights.ReadingBase}
	m.Intensity = 1
	m.Schedule = weights.Schedule{Name: weights.ScheduleConstant, Update: weights.UpdateEpoch}
	m.TailRatio.Centric = weights.CentricImage
	fillIn(m)
	byCount := make([]int, len(t.Rows))
	for i, r := range t.Rows {
		byCount[i] = i
		m.Instances += r.Instances
		if r.Frequency > 0 {
			m.AnnotatedImages = max(m.AnnotatedImages, int64(math.Round(float64(r.Images)/r.Frequency)))
		}
	}
	m.Images = m.AnnotatedImages
	slices.SortStableFunc(byCount, func(a, b int) int { return cmp.Compare(t.Rows[b].Instances, t.Rows[a].Instances) })
	for k := range m.Groupings {
		g := &m.Groupings[k]
		for _, i := range byCount {
			if group := t.Rows[i].Groups[k]; !slices.Contains(g.Groups, group) {
				g.Groups = append(g.Groups, group)
			}
		}
	}
}
