package reproduce_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/train"
	"cocostat/train/recipes"
	"cocostat/train/reproduce"
)

// study is table 11 with three seeds in out; AP of the tail and of the head by
// row and seed are such that mean and spread can be told by head.
func study(t *testing.T, out string) (reproduce.Study, reproduce.Outcomes) {
	t.Helper()
	table, err := recipes.FindTable("11")
	if err != nil {
		t.Fatal(err)
	}
	s := reproduce.Study{Out: out, Seeds: []uint64{1, 2, 3}, Tables: []reproduce.Table{{Table: table}}}
	for _, r := range table.Recipes() {
		s.Tables[0].Rows = append(s.Tables[0].Rows, reproduce.Row{Recipe: r, Folder: r.Name, Config: train.DefaultConfig()})
	}
	outcomes := reproduce.Outcomes{}
	put := func(row, seed string, tail, head float64) {
		none := train.Score(math.NaN())
		outcomes[filepath.Join(out, "table11", row, "seed-"+seed)] = reproduce.Outcome{Result: &train.Evaluation{Scores: train.Scores{
			AP: 0.3, AP50: 0.5, AP75: 0.35, APSmall: none, APMedium: 0.2, APLarge: 0.4, APTail: train.Score(tail), APHead: train.Score(head),
		}}}
	}
	put("baseline", "1", 0.20, 0.30)
	put("baseline", "2", 0.22, 0.30)
	put("baseline", "3", 0.24, 0.30)
	put("eql", "1", 0.21, 0.25)
	put("eql", "2", 0.25, 0.25)
	outcomes[filepath.Join(out, "table11", "eql", "seed-3")] = reproduce.Outcome{Err: errors.New("out of paper")}
	return s, outcomes
}

func near(t *testing.T, what string, got reproduce.Percent, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-9 && !(math.IsNaN(float64(got)) && math.IsNaN(want)) {
		t.Errorf("%s is %g, want %g", what, float64(got), want)
	}
}

// By hand: 20, 22, 24 have the mean 22 and the sample deviation 2; the
// differences of the seeds that both have, 1 and 3, have 2 and √2.
func TestSummarise(t *testing.T) {
	s, outcomes := study(t, "out")
	r := s.Summarise(outcomes, nil)
	base, eql := r.Tables[0].Rows[0], r.Tables[0].Rows[1]
	const tail, head = 6, 7
	near(t, "mean", base.Measured.Mean[tail], 22)
	near(t, "deviation", base.Measured.Std[tail], 2)
	near(t, "deviation of equal values", base.Measured.Std[head], 0)
	near(t, "APs that there is none of", base.Measured.Mean[3], math.NaN())
	near(t, "published", base.Published[tail], 27.9)
	near(t, "difference of the baseline", base.Difference.Mean[tail], math.NaN())
	near(t, "mean of eql", eql.Measured.Mean[tail], 23)
	near(t, "difference", eql.Difference.Mean[tail], 2)
	near(t, "its deviation", eql.Difference.Std[tail], math.Sqrt2)
	near(t, "published difference", eql.PublishedDifference[tail], 25.4-27.9)
	near(t, "published AP", eql.Published[0], math.NaN())
	if base.Measured.N != 3 || eql.Measured.N != 2 || eql.Difference.N != 2 {
		t.Errorf("values: %d, %d, %d; want 3, 2, 2", base.Measured.N, eql.Measured.N, eql.Difference.N)
	}
	if got := eql.Seeds[2].State; got != "failed: out of paper" {
		t.Errorf("state of the failed run: %s", got)
	}
}

func TestMarkdown(t *testing.T) {
	s, outcomes := study(t, "out")
	text := s.Summarise(outcomes, []string{"how"}).Markdown()
	for _, want := range []string{
		"- how\n", "### Table 11: Tail and head classes",
		"| Baseline | 3 | 22.0 ± 2.0 | 27.9 | 30.0 ± 0.0 | 25.8 |  | – | – |",
		"| EQL | 2 of 3 | 23.0 ± 2.8 | 25.4 | 25.0 ± 0.0 | 25.8 | Baseline | +2.0 ± 1.4 | -2.5 |",
		"| EQL | – | 20.0 ± 0.0 | 40.0 ± 0.0 | 23.0 ± 2.8 | +2.0 ± 1.4 | 25.0 ± 0.0 | -5.0 ± 0.0 |",
		"| EQL | --loss eql |", "- EQL, seed 3, failed: out of paper\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the Markdown lacks %q:\n%s", want, text)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	s, outcomes := study(t, dir)
	if err := s.Summarise(outcomes, nil).Write(dir); err != nil {
		t.Fatal(err)
	}
	read := func(name string) [][]string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	cell := func(lines [][]string, line int, column string) string {
		t.Helper()
		for i, name := range lines[0] {
			if name == column {
				return lines[line][i]
			}
		}
		t.Fatalf("no column %q in %v", column, lines[0])
		return ""
	}
	rows, seeds := read(reproduce.CSVFile), read(reproduce.SeedsFile)
	if len(rows) != 3 || len(seeds) != 7 {
		t.Fatalf("%d and %d lines, want 3 and 7", len(rows), len(seeds))
	}
	for column, want := range map[string]string{
		"AP tail mean": "23", "AP tail std": "2.8284", "AP tail published": "25.4", "AP tail difference std": "1.4142", "APs mean": "", "seeds": "2",
	} {
		if got := cell(rows, 2, column); got != want {
			t.Errorf("%s: %q, want %q", column, got, want)
		}
	}
	if cell(seeds, 5, "AP tail") != "25" || cell(seeds, 6, "AP tail") != "" || cell(seeds, 6, "state") != "failed: out of paper" {
		t.Errorf("seeds: %q", seeds)
	}
	text, err := os.ReadFile(filepath.Join(dir, reproduce.JSONFile))
	if err != nil || !json.Valid(text) || !strings.Contains(string(text), `"AP tail": 23`) {
		t.Errorf("JSON: %v\n%s", err, text)
	}
}

// All rows with one seed come before those with the next, and rows with one
// folder share a run.
func TestRuns(t *testing.T) {
	s, _ := study(t, "out")
	s.Seeds = s.Seeds[:2]
	again := s.Tables[0]
	again.Rows = []reproduce.Row{{Recipe: recipes.Recipe{Name: "table1/baseline"}, Folder: "table11/baseline"}, {Folder: "x", Skip: "why"}}
	s.Tables = append(s.Tables, again)
	var got []string
	for _, r := range s.Runs() {
		got = append(got, r.Name()+" "+strings.Join(r.Rows, "+"))
	}
	want := "table11/baseline seed 1 table11/baseline+table1/baseline, table11/eql seed 1 table11/eql, table11/baseline seed 2 table11/baseline+table1/baseline, table11/eql seed 2 table11/eql"
	if strings.Join(got, ", ") != want {
		t.Errorf("runs %q, want %q", strings.Join(got, ", "), want)
	}
}
