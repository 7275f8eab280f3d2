package reproduce

import (
	"encoding/json"
	"math"

	"cocostat/train"
	"cocostat/train/recipes"
)

// Percent is a score or a difference of scores in percent, NaN for none, which
// JSON writes as null.
type Percent float64

// MarshalJSON writes NaN as null, and other numbers to four decimals.
func (p Percent) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(p)) {
		return []byte("null"), nil
	}
	return json.Marshal(math.Round(float64(p)*1e4) / 1e4)
}

// Values are numbers by metric, in the order of recipes.Metrics.
type Values [8]Percent

// MarshalJSON writes an object with the metrics as keys.
func (v Values) MarshalJSON() ([]byte, error) {
	object := map[string]Percent{}
	for i, name := range recipes.Metrics {
		object[name] = v[i]
	}
	return json.Marshal(object)
}

// none are values that there are none of.
func none() (v Values) {
	for i := range v {
		v[i] = Percent(math.NaN())
	}
	return v
}

func valuesOf(s train.Scores) (v Values) {
	for i, score := range []train.Score{s.AP, s.AP50, s.AP75, s.APSmall, s.APMedium, s.APLarge, s.APTail, s.APHead} {
		v[i] = Percent(100 * score)
	}
	return v
}

func publishedValues(p recipes.Published) Values {
	v := none()
	for i, name := range recipes.Metrics {
		if x, has := p[name]; has {
			v[i] = Percent(x)
		}
	}
	return v
}

// minus is the difference by metric.
func (v Values) minus(w Values) Values {
	for i := range v {
		v[i] -= w[i]
	}
	return v
}

// Report is what a study came to.
type Report struct {
	About  []string      `json:"about"` // how it was made
	Notes  []string      `json:"notes"`
	Tables []TableReport `json:"tables"`
}

// TableReport is a table of a report.
type TableReport struct {
	Name    string      `json:"name"`
	Title   string      `json:"title"`
	Dataset string      `json:"published_on"`
	Rows    []RowReport `json:"rows"`
}

// RowReport is a row: measured, published, and compared with another row.
type RowReport struct {
	Recipe    string           `json:"recipe"`
	Label     string           `json:"label"`
	Note      string           `json:"note,omitempty"`
	Skipped   string           `json:"skipped,omitempty"`
	Settings  recipes.Settings `json:"settings"`
	Seeds     []SeedReport     `json:"seeds"`
	Measured  Spread           `json:"measured"`
	Published Values           `json:"published"`

	Against             string `json:"against,omitempty"` // recipe of the other row
	Difference          Spread `json:"difference"`        // to it, over the seeds that both have
	PublishedDifference Values `json:"published_difference"`

	Bootstrap Bootstrap `json:"bootstrap"`
	Told      Verdicts  `json:"told_from_zero"` // the difference
}

// SeedReport is a run of a row.
type SeedReport struct {
	Seed   uint64 `json:"seed"`
	Folder string `json:"folder"`
	State  string `json:"state"` // finished, failed: …, or to do
	Values Values `json:"values"`
}

// finished is the state of a run with a result.
const finished = "finished"

// Summarise compares the outcomes with what was published.
func (s Study) Summarise(outcomes Outcomes, about []string) Report {
	report := Report{About: about, Notes: s.Notes}
	for _, t := range s.Tables {
		table := TableReport{Name: t.Name, Title: t.Title, Dataset: t.Dataset}
		for _, row := range t.Rows {
			table.Rows = append(table.Rows, s.summariseRow(row, outcomes))
		}
		for i := range table.Rows {
			table.compare(&table.Rows[i])
		}
		report.Tables = append(report.Tables, table)
	}
	return report
}

func (s Study) summariseRow(row Row, outcomes Outcomes) RowReport {
	r := RowReport{
		Recipe: row.Recipe.Name, Label: row.Recipe.Label, Note: row.Recipe.Note, Skipped: row.Skip, Settings: row.Recipe.Settings,
		Published: publishedValues(row.Recipe.Published), Against: row.Recipe.Against, PublishedDifference: none(), Difference: spreadOf(nil), Bootstrap: noBootstrap(),
	}
	var all []Values
	for _, seed := range s.Seeds {
		dir := s.dir(row, seed)
		o := outcomes[dir]
		one := SeedReport{Seed: seed, Folder: dir, State: "to do", Values: none()}
		switch {
		case row.Skip != "":
			one.State = "skipped"
		case o.Err != nil:
			one.State = "failed: " + o.Err.Error()
		case o.Result != nil:
			one.State, one.Values = finished, valuesOf(o.Result.Scores)
			all = append(all, one.Values)
		}
		r.Seeds = append(r.Seeds, one)
	}
	r.Measured = spreadOf(all)
	return r
}

// compare fills in the row's differences to the one that it is compared with.
func (t TableReport) compare(r *RowReport) {
	other := t.against(r)
	if other == nil {
		return
	}
	var paired []Values
	for _, i := range r.both(other) {
		paired = append(paired, r.Seeds[i].Values.minus(other.Seeds[i].Values))
	}
	r.Difference = spreadOf(paired)
	r.Told = verdicts(r.Difference.Range, noRange())
	r.PublishedDifference = r.Published.minus(other.Published)
}

// against returns the row that r is compared with; nil if there is none.
func (t TableReport) against(r *RowReport) *RowReport {
	for i := range t.Rows {
		if t.Rows[i].Recipe == r.Against {
			return &t.Rows[i]
		}
	}
	return nil
}

// both lists the seeds, by their place, that r and other have results of.
func (r *RowReport) both(other *RowReport) (places []int) {
	for i := range r.Seeds {
		if r.Seeds[i].State == finished && other.Seeds[i].State == finished {
			places = append(places, i)
		}
	}
	return places
}

// pairs lists the run folders of the seeds that r and the row that it is
// compared with have results of.
func (t TableReport) pairs(r *RowReport) (own, base []string) {
	other := t.against(r)
	if other == nil {
		return nil, nil
	}
	for _, i := range r.both(other) {
		own, base = append(own, r.Seeds[i].Folder), append(base, other.Seeds[i].Folder)
	}
	return own, base
}

// finished lists the run folders with a result.
func (r *RowReport) finished() (dirs []string) {
	for _, s := range r.Seeds {
		if s.State == finished {
			dirs = append(dirs, s.Folder)
		}
	}
	return dirs
}
