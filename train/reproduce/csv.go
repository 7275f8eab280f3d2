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
	CSVFile      = "results.csv" // a line per row: means, deviations, intervals, published values, differences
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
	header := []string{"table", "row", "label", "seeds", "against", "difference seeds", "settings"}
	for _, kind := range []string{" mean", " std", " low", " high", " published",
		" difference mean", " difference std", " difference low", " difference high", " difference published", " difference told from 0"} {
		header = append(header, metricsWith(kind)...)
	}
	for _, kind := range []string{" bootstrap low", " bootstrap high", " difference bootstrap low", " difference bootstrap high"} {
		for _, i := range resampled {
			header = append(header, recipes.Metrics[i]+kind)
		}
	}
	lines := [][]string{header}
	for _, t := range r.Tables {
		for _, row := range t.Rows {
			line := []string{t.Name, row.Recipe, row.Label, strconv.Itoa(row.Measured.N), row.Against, strconv.Itoa(row.Difference.N), row.Settings.String()}
			m, d, b := row.Measured, row.Difference, row.Bootstrap
			for _, v := range []Values{m.Mean, m.Std, m.Low, m.High, row.Published, d.Mean, d.Std, d.Low, d.High, row.PublishedDifference} {
				line = append(line, v.cells()...)
			}
			for _, verdict := range row.Told {
				line = append(line, string(verdict))
			}
			for _, v := range []Values{b.Measured.Low, b.Measured.High, b.Difference.Low, b.Difference.High} {
				cells := v.cells()
				for _, i := range resampled {
					line = append(line, cells[i])
				}
			}
			lines = append(lines, line)
		}
	}
	return encode(lines)
}

// SeedsCSV writes a line per row and seed, with what all seeds of the row give.
func (r Report) SeedsCSV() ([]byte, error) {
	header := append(append([]string{"table", "row", "label", "seed", "state", "folder"}, recipes.Metrics...), "seeds")
	for _, kind := range []string{" mean", " std", " low", " high"} {
		header = append(header, metricsWith(kind)...)
	}
	lines := [][]string{header}
	for _, t := range r.Tables {
		for _, row := range t.Rows {
			for _, s := range row.Seeds {
				line := []string{t.Name, row.Recipe, row.Label, strconv.FormatUint(s.Seed, 10), s.State, s.Folder}
				line = append(append(line, s.Values.cells()...), strconv.Itoa(row.Measured.N))
				m := row.Measured
				for _, v := range []Values{m.Mean, m.Std, m.Low, m.High} {
					line = append(line, v.cells()...)
				}
				lines = append(lines, line)
			}
		}
	}
	return encode(lines)
}

// metricsWith are the metrics' names, each followed by kind.
func metricsWith(kind string) []string {
	names := make([]string, len(recipes.Metrics))
	for i, m := range recipes.Metrics {
		names[i] = m + kind
	}
	return names
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
