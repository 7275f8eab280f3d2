package classcounts

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// textGrid reads a table with a header, whose columns are separated by commas,
// semicolons or tabs.
func textGrid(text []byte) (*grid, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = separator(text)
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, OtherError{fmt.Errorf("no header: %w", err)}
	}
	g := &grid{names: slices.Clone(header), cells: make([][]cell, len(header))}
	for {
		record, err := r.Read()
		switch {
		case err == io.EOF:
			return g, nil
		case err != nil && len(g.places) == 0 && !g.hasCounts():
			return nil, OtherError{err}
		case err != nil:
			return nil, err
		case len(g.places) == MaxClasses:
			return nil, errClasses
		}
		line, _ := r.FieldPos(0)
		g.places = append(g.places, fmt.Sprintf("line %d", line))
		for i, value := range record {
			g.cells[i] = append(g.cells[i], cell{text: strings.Clone(value), missing: strings.TrimSpace(value) == ""})
		}
	}
}

// hasCounts reports whether a column can be that of the counts.
func (g *grid) hasCounts() bool { return slices.ContainsFunc(g.names, roleInstances.is) }

// separator returns the byte that separates most columns of the first line: a
// comma unless there are more semicolons or tabs.
func separator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, other := range ";\t" {
		if n := bytes.Count(line, []byte(string(other))); n > most {
			best, most = other, n
		}
	}
	return best
}
