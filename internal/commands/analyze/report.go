package analyze

import (
	"io"
	"math"
	"time"

	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/report"
)

// writeReport writes the analysis as an HTML page.
func writeReport(path string, a *analysis, pictures *charts.Data) error {
	d := report.Data{
		Title:   pictures.Title,
		Charts:  pictures,
		Classes: make([]report.Class, len(a.Classes)),
		Version: cli.Version(),
		Time:    time.Now(),
	}
	for _, f := range a.totalFacts() {
		d.Totals = append(d.Totals, report.Fact{Name: f.name, Value: f.value})
	}
	for _, f := range a.imbalanceFacts() {
		d.Imbalance = append(d.Imbalance, report.Fact{Name: f.name, Value: f.value})
	}
	for i, r := range a.Classes {
		d.Classes[i] = reportClass(r)
		if pictures.Alpha != nil {
			d.Classes[i].Alpha = pictures.Alpha[i]
		}
	}
	for _, p := range a.Problems {
		d.Problems = append(d.Problems, report.Problem{Severity: p.Severity.String(), Count: p.Count, What: p.Description,
			Examples: problems.Places(p.Examples, a.Totals.Files > 1, 0)})
	}
	for _, s := range a.Sources {
		d.Sources = append(d.Sources, report.Source{Path: s.Path, Bytes: s.Bytes, SHA256: s.SHA256})
	}
	return atomicfile.Write(path, func(w io.Writer) error { return report.Write(w, d) })
}

func reportClass(r classRow) report.Class {
	return report.Class{
		ID: r.ID, Name: r.Name, Supercategory: r.Supercategory,
		Instances: r.Instances, Images: r.Images, Crowd: r.Crowd, Share: r.Share, Frequency: r.Frequency,
		Small: r.Small, Medium: r.Medium, Large: r.Large,
		Width: float64(r.Boxes.Width.P50), Height: float64(r.Boxes.Height.P50),
		Alpha: math.NaN(), Group: r.Group,
	}
}
