package reproduce

import (
	"path/filepath"
	"strconv"

	"cocostat/train"
	"cocostat/train/recipes"
	"cocostat/weights"
)

// Row is a row of a table as it is trained.
type Row struct {
	Recipe recipes.Recipe // with the settings that it is trained with
	// Folder is where its runs lie, relative to the study's: the name of the
	// first recipe with this configuration.
	Folder string
	// Skip says why the row cannot be trained on the dataset; empty if it can.
	Skip string
	// Config is the complete configuration, but for the seed.
	Config train.Config
}

// Table is a table with the rows that are trained, in order.
type Table struct {
	recipes.Table
	Rows []Row
}

// Study is a set of tables to train.
type Study struct {
	Out    string // the study's folder
	Seeds  []uint64
	Tables []Table
	Notes  []string // what a reader of the results should know
	// Classes are those of the weights, with their groups.
	Classes []weights.Row
}

// Run is a training of a study.
type Run struct {
	Config train.Config
	Dir    string   // run folder
	Rows   []string // names of the rows that it belongs to
	Seed   uint64
}

// Name says which run it is: the first of its rows, and the seed.
func (r Run) Name() string { return r.Rows[0] + " seed " + strconv.FormatUint(r.Seed, 10) }

// Runs lists the runs, all rows with one seed before those with the next, so
// that a study that is stopped early compares all rows.
func (s Study) Runs() (runs []Run) {
	for _, seed := range s.Seeds {
		at := map[string]int{} // by folder
		for _, t := range s.Tables {
			for _, row := range t.Rows {
				if row.Skip != "" {
					continue
				}
				if i, has := at[row.Folder]; has {
					runs[i].Rows = append(runs[i].Rows, row.Recipe.Name)
					continue
				}
				at[row.Folder] = len(runs)
				c := row.Config
				c.Seed, c.Recipe = seed, row.Folder
				runs = append(runs, Run{Config: c, Dir: s.dir(row, seed), Rows: []string{row.Recipe.Name}, Seed: seed})
			}
		}
	}
	return runs
}

func (s Study) dir(row Row, seed uint64) string {
	return filepath.Join(s.Out, filepath.FromSlash(row.Folder), "seed-"+strconv.FormatUint(seed, 10))
}

// Settings returns the settings of a run: those of its first row.
func (s Study) Settings(r Run) recipes.Settings {
	for _, t := range s.Tables {
		for _, row := range t.Rows {
			if row.Recipe.Name == r.Rows[0] {
				return row.Recipe.Settings
			}
		}
	}
	return nil
}
