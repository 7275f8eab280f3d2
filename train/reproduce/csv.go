package reproduce

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"path/filepath"
	"strconv"

	"cocostat/internal/atomicfile"
	"cocostat/train/recipes"
)

// Files of a study's folder.
const (
	WeightsFile  = "weights.arrow"
	MarkdownFile = "results.md"
	CSVFile      = "results.csv" // a line per row: means, deviations, published values, differences
	SeedsFile    = "seeds.csv"   // a line per row and seed
	JSONFile     = "results.json"
)

// Write writes the report's files to a study's folder.
func (r Report) Write(dir string) error {
	rows, err := r.CSV()
	if err != nil {
		return err
	}
	seeds, err := r.SeedsCSV()
	if err != nil {
		return err
	}
	object, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{MarkdownFile, []byte(r.Markdown())}, {CSVFile, rows}, {SeedsFile, seeds}, {JSONFile, append(object, '\n')}} {
		if err := atomicfile.WriteBytes(filepath.Join(dir, file.name), file.content); err != nil {
			return err
		}
	}
	return nil
}

// CSV writes a line per row of each table.
func (r Report) CSV() ([]byte, error) {
	header := []string{"table", "row", "label", "seeds", "against", "settings"}
	for _, kind := range []string{" mean", " std", " published", " difference mean", " difference std", " difference published"} {
		for _, m := range recipes.Metrics {
			header = append(header, m+kind)
		}
	}
	lines := [][]string{header}
	for _, t := range r.Tables {
		for _, row := range t.Rows {
			line := []string{t.Name, row.Recipe, row.Label, strconv.Itoa(row.Measured.N), row.Against, row.Settings.String()}
			for _, v := range []Values{row.Measured.Mean, row.Measured.Std, row.Published, row.Difference.Mean, row.Difference.Std, row.PublishedDifference} {
				line = append(line, v.cells()...)
			}
			lines = append(lines, line)
		}
	}
	return encode(lines)
}

// SeedsCSV writes a line per row and seed.
func (r Report) SeedsCSV() ([]byte, error) {
	lines := [][]string{append([]string{"table", "row", "label", "seed", "state", "folder"}, recipes.Metrics...)}
	for _, t := range r.Tables {
		for _, row := range t.Rows {
			for _, s := range row.Seeds {
				line := []string{t.Name, row.Recipe, row.Label, strconv.FormatUint(s.Seed, 10), s.State, s.Folder}
				lines = append(lines, append(line, s.Values.cells()...))
			}
		}
	}
	return encode(lines)
}

// cells writes the values to four decimals, nothing for none.
func (v Values) cells() []string {
	cells := make([]string, len(v))
	for i, x := range v {
		if !math.IsNaN(float64(x)) {
			cells[i] = strconv.FormatFloat(math.Round(float64(x)*1e4)/1e4, 'f', -1, 64)
		}
	}
	return cells
}

func encode(lines [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(lines); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
