package reproduce_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
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

// Quantiles of Student's t at 0.975 from the printed tables, such as table III of
// R. A. Fisher and F. Yates, "Statistical Tables", for 1, 2, 3, 4 and 9 degrees
// of freedom: values −1 and 1, with zeros between, have the half width t·std/√n.
func TestIntervals(t *testing.T) {
	for n, quantile := range map[int]float64{2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262} {
		table, err := recipes.FindTable("1")
		if err != nil {
			t.Fatal(err)
		}
		s := reproduce.Study{Tables: []reproduce.Table{{Table: table, Rows: []reproduce.Row{{Recipe: table.Recipes()[0], Folder: "a"}}}}}
		outcomes := reproduce.Outcomes{}
		for i := range n {
			s.Seeds = append(s.Seeds, uint64(i+1))
			ap := 0.0
			if i < 2 {
				ap = 2*float64(i) - 1
			}
			outcomes[fmt.Sprintf("a/seed-%d", i+1)] = reproduce.Outcome{Result: &train.Evaluation{Scores: train.Scores{AP: train.Score(ap)}}}
		}
		m := s.Summarise(outcomes, nil).Tables[0].Rows[0].Measured
		half := quantile * 100 * math.Sqrt(2/float64(n-1)) / math.Sqrt(float64(n)) // in percent
		if got := float64(m.High[0]); math.Abs(got/half-1) > 5e-4 || m.Low[0] != -m.High[0] {
			t.Errorf("n = %d: %g … %g, want ±%g", n, float64(m.Low[0]), got, half)
		}
	}
}

func near(t *testing.T, what string, got reproduce.Percent, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-9 && !(math.IsNaN(float64(got)) && math.IsNaN(want)) {
		t.Errorf("%s is %g, want %g", what, float64(got), want)
	}
}

// By hand: 20, 22, 24 have the mean 22 and the sample deviation 2; the
// differences of the seeds that both have, 1 and 3, have 2 and √2. Student's t
// at 0.975 is tan(0.475π) with one degree of freedom and 0.95·√(2/(1−0.95²))
// with two, which give half widths of 12.70620·√2/√2 and 4.30265·2/√3.
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
	half2, half1 := 0.95*math.Sqrt(2/(1-0.95*0.95))*2/math.Sqrt(3), math.Tan(0.475*math.Pi)
	near(t, "low end of three seeds", base.Measured.Low[tail], 22-half2)
	near(t, "high end of three seeds", base.Measured.High[tail], 22+half2)
	near(t, "low end of two differences", eql.Difference.Low[tail], 2-half1)
	near(t, "high end of two differences", eql.Difference.High[tail], 2+half1)
	near(t, "low end of equal differences", eql.Difference.Low[head], -5)
	near(t, "low end of what there is none of", eql.Difference.Low[3], math.NaN())
	if eql.Told[tail] != reproduce.NotTold || eql.Told[head] != reproduce.Below || eql.Told[3] != reproduce.Unknown || base.Told[tail] != reproduce.Unknown {
		t.Errorf("verdicts: %q, of the baseline %q", eql.Told, base.Told)
	}
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
		"| Baseline | 3 | 22.0 ± 2.0 | 17.0 … 27.0 | 27.9 | 30.0 ± 0.0 | 30.0 … 30.0 | 25.8 |",
		"| EQL | 2 of 3 | 23.0 ± 2.8 | -2.4 … 48.4 | 25.4 | 25.0 ± 0.0 | 25.0 … 25.0 | 25.8 |",
		"| EQL | – | – | 20.0 ± 0.0 | 20.0 … 20.0 | 40.0 ± 0.0 | 40.0 … 40.0 |",
		"| EQL | 23.0 ± 2.8 | -2.4 … 48.4 | – | 25.0 ± 0.0 | 25.0 … 25.0 | – |",
		"| EQL | Baseline | AP tail | 2 | +2.0 ± 1.4 | -10.7 … +14.7 | – | -2.5 | not told from 0 |",
		"| EQL | Baseline | AP head | 2 | -5.0 ± 0.0 | -5.0 … -5.0 | – | 0.0 | below 0 |",
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
		"AP tail low": "-2.4124", "AP tail high": "48.4124", "AP tail difference low": "-10.7062", "AP tail difference high": "14.7062",
		"AP tail difference told from 0": "not told from 0", "AP head difference told from 0": "below 0", "difference seeds": "2", "AP tail bootstrap low": "",
	} {
		if got := cell(rows, 2, column); got != want {
			t.Errorf("%s: %q, want %q", column, got, want)
		}
	}
	if cell(seeds, 4, "seeds") != "2" || cell(seeds, 4, "AP tail mean") != "23" || cell(seeds, 4, "AP tail std") != "2.8284" || cell(seeds, 6, "AP tail high") != "48.4124" {
		t.Errorf("seeds: %q", seeds)
	}
	if cell(seeds, 5, "AP tail") != "25" || cell(seeds, 6, "AP tail") != "" || cell(seeds, 6, "state") != "failed: out of paper" {
		t.Errorf("seeds: %q", seeds)
	}
	text, err := os.ReadFile(filepath.Join(dir, reproduce.JSONFile))
	if err != nil || !json.Valid(text) || !strings.Contains(string(text), `"AP tail": 23`) ||
		!strings.Contains(string(text), `"AP tail": -10.7062`) || !strings.Contains(string(text), `"AP tail": "not told from 0"`) {
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
