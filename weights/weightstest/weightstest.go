// Package weightstest has tables and counts for tests of weights and their files.
package weightstest

import (
	"fmt"
	"math"
	"strings"

	"cocostat/annotations"
	"cocostat/weights"
)

// Table is a table with everything in it that one can hold.
func Table() *weights.Table {
	return &weights.Table{
		Rows: []weights.Row{
			{Index: 0, CategoryID: 1, Name: "person", Instances: 262465, Images: 64115, Frequency: 64115. / 117266, Alpha: 0.040958, Group: "head", LVISGroup: "frequent", RepeatFactor: 1, Groups: []string{"[8000,∞)", "many"}},
			{Index: 1, CategoryID: 13, Name: "grüne \"Ampel\"", Instances: 0, Images: 0, Frequency: 0, Alpha: math.NaN(), Group: "tail", LVISGroup: "rare", RepeatFactor: 1, Groups: []string{"[1,20)", "few"}},
			{Index: 2, CategoryID: 89, Name: "hair drier", Instances: 198, Images: 189, Frequency: 189. / 117266, Alpha: 54.293, Group: "tail", LVISGroup: "frequent", RepeatFactor: math.Sqrt(0.004 / (189. / 117266)), Groups: []string{"[20,400)", "few"}},
		},
		Meta: weights.Metadata{
			Format: weights.Format, Version: "v0", Images: 118287, AnnotatedImages: 117266, Instances: 262663, Crowds: true,
			Sources:   []annotations.Source{{Path: "/data/a <&> b.json", Bytes: 7, SHA256: strings.Repeat("0f", 32)}},
			Alpha:     weights.Alpha{Method: weights.Effective, Beta: 0.9999, Normalisation: weights.NormalisationSum, Clip: &[2]float64{0.1, 10}, Base: weights.BaseImages},
			Eta:       weights.Eta{Value: 0.8, Reading: weights.ReadingPower, Scope: weights.ScopeBatch},
			Intensity: 0.05,
			Schedule:  weights.Schedule{Name: weights.ScheduleDeferred, DeferredEpochs: 3, Update: weights.UpdateStep},
			TailRatio: weights.TailRatio{Target: 0.0867, Reached: 0.08, Lambda: 0.00176, Centric: weights.CentricImage}, RepeatThreshold: 0.004,
			Groupings: []weights.Grouping{
				{Name: "simcal", Method: "bins", Parameters: map[string]any{"edges": []any{1.0, 20.0, 400.0, 8000.0}}, Groups: []string{"[8000,∞)", "[400,8000)", "[20,400)", "[1,20)"}},
				{Name: "größe", Method: "top", Parameters: nil, Groups: []string{"many", "few"}},
			},
		},
	}
}

// Pairs returns the counts of n images with one class each.
func Pairs(n int) *annotations.Counts {
	c := &annotations.Counts{
		Sources:    []annotations.Source{{Path: "-", Bytes: 5, SHA256: "00"}},
		Categories: []annotations.Category{{ID: 3}, {ID: 8}},
		Crowds:     true,
	}
	for i := range n {
		objects := int32(1 + i%3)
		c.ImageRows = append(c.ImageRows, annotations.ImageCount{ID: int64(100 + i), FileName: fmt.Sprint(i, ".jpg"), Width: 4, Objects: objects, Classes: 1})
		c.Pairs = append(c.Pairs, annotations.Pair{Image: int32(i), Class: int32(i % 2), Objects: objects})
	}
	return c
}
