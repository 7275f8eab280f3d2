package analyze

import (
	"errors"
	"io"
	"math"
	"path/filepath"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/commands/shared/output"
	"cocostat/weights"
)

// writePlot draws all pictures into one file.
func writePlot(path string, d *charts.Data) error {
	format, err := charts.Format(path)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return charts.Write(w, format, d) })
}

// pictureData gathers what the pictures show.
func pictureData(c *annotations.Counts, a *analysis) (*charts.Data, error) {
	d := &charts.Data{
		Title:     title(c.Sources),
		Instances: c.Instances,
		Images:    c.Images,
		Objects:   make([]int32, len(c.ImageRows)),
		Boxes:     boxGrid(&c.BoxGrid),
	}
	for i, k := range c.Categories {
		d.Names = append(d.Names, k.Name)
		d.Tail = append(d.Tail, a.tail.Tail[i])
	}
	for i := range c.ImageRows {
		d.Objects[i] = c.ImageRows[i].Objects
	}
	for _, p := range c.Cooccurrence() {
		d.Together = append(d.Together, charts.Pair(p))
	}
	var err error
	d.Alpha, err = alphas(c)
	return d, err
}

// title names the files; those that tools name alike with their folder.
func title(sources []annotations.Source) string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = filepath.Base(s.Path)
		if dir := filepath.Base(filepath.Dir(s.Path)); strings.Contains(names[i], "annotations") && dir != "." {
			names[i] = filepath.Join(dir, names[i])
		}
		if s.Path == "-" {
			names[i] = "standard input"
		}
	}
	return output.List(names, 3)
}

// alphas returns the class weights that cocostat weights makes unless told
// otherwise; none for a dataset without annotations.
func alphas(c *annotations.Counts) ([]float64, error) {
	table, err := weights.Build(c, weights.DefaultOptions())
	if errors.Is(err, weights.ErrNoInstances) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	alpha := make([]float64, len(table.Rows))
	for i, r := range table.Rows {
		alpha[i] = r.Alpha
	}
	return alpha, nil
}

// boxGrid puts the grid of the counts into logarithms to base 2.
func boxGrid(g *annotations.BoxGrid) charts.Grid {
	low, next := math.Log2(annotations.GridEdge(0)), math.Log2(annotations.GridEdge(1))
	out := charts.Grid{Low: low, Step: next - low}
	for i := range g {
		out.Cells = append(out.Cells, g[i][:])
	}
	return out
}
