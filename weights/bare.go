package weights

import (
	"cmp"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
)

// MethodUnknown is the method of weights and groupings that were read from a
// file without metadata.
const MethodUnknown = "unknown"

// formatColumn holds Format in every row of an encoding without metadata.
var formatColumn = arrow.Field{Name: "format", Type: arrow.BinaryTypes.String}

// checkFormat checks the version in a file without metadata.
func (t *Table) checkFormat(c content) error {
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
			return t.Rows[i].badCell(i, formatColumn.Name, "%w", err)
		}
	}
	return nil
}

// bareMetadata fills in what the rows tell of the metadata, and settings that
// leave the weights as they are. A grouping's groups come in the order of
// their most frequent class.
func (t *Table) bareMetadata() {
	m := &t.Meta
	m.Format = Format
	m.Alpha = Alpha{Method: MethodUnknown, Normalisation: NormalisationNone}
	m.Eta = Eta{Value: 1, Reading: ReadingBase}
	m.Intensity = 1
	m.Schedule = Schedule{Name: ScheduleConstant, Update: UpdateEpoch}
	m.TailRatio.Centric = CentricImage
	m.fillIn()
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
