package reproduce

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"cocostat/balance"
	"cocostat/internal/cli"
	"cocostat/internal/textable"
	"cocostat/lt"
	"cocostat/train"
	"cocostat/train/recipes"
	"cocostat/train/reproduce"
	"cocostat/train/torchx"
)

// tailClasses counts the classes in the tail.
func (p *planner) tailClasses() (n int) {
	for _, r := range p.table.Rows {
		if r.Group == lt.Tail {
			n++
		}
	}
	return n
}

// skip says why a configuration cannot be trained with the weights.
func (p *planner) skip(c train.Config) string {
	if c.Loss.Base == balance.EQL && p.tailClasses() == 0 {
		return "no class of the dataset is in the tail"
	}
	return ""
}

// about says how the results are made.
func (p *planner) about(s reproduce.Study) []string {
	m := p.table.Meta
	seeds := make([]string, len(s.Seeds))
	for i, seed := range s.Seeds {
		seeds[i] = fmt.Sprint(seed)
	}
	c := s.Tables[0].Rows[0].Config
	return []string{
		fmt.Sprintf("Trained on %s: %s images. Weights from %s objects of %d classes, %d of them in the tail (tail ratio %s of at most %s). Evaluated on %s.",
			p.layout.TrainJSON, textable.Integer(p.images), textable.Integer(m.Instances), len(p.table.Rows), p.tailClasses(),
			textable.Percent(m.TailRatio.Reached), textable.Percent(m.TailRatio.Target), p.layout.ValJSON),
		"Measured: COCO box AP in percent of the network after the last epoch, mean ± sample standard deviation over the seeds " + strings.Join(seeds, ", ") +
			". Δ: difference to the row named, mean ± standard deviation of the differences seed by seed.",
		"95 %: confidence interval of the mean over the seeds, mean ± t(0.975, n−1)·std/√n (Student). Bootstrap: that over validation images and seeds, both drawn with replacement " +
			fmt.Sprintf("%s times; of few seeds it understates the spread. ", textable.Integer(reproduce.Rounds)) +
			"Verdict: a difference is told from 0 where neither interval holds it; were all rows equally good, one in twenty would seem so by chance.",
		fmt.Sprintf("Made by train %s with libtorch %s on %s, %s/%s.", cli.Version(), torchx.Version(), c.Device, runtime.GOOS, runtime.GOARCH),
	}
}

// notes says what a reader should know about the settings and the dataset.
func (p *planner) notes(s reproduce.Study) (notes []string) {
	for _, f := range []func(reproduce.Study) []string{p.startNotes, p.lengthNotes, p.dataNotes, sharedNotes} {
		notes = append(notes, f(s)...)
	}
	return notes
}

// startNotes tells of first weights that are not the paper's.
func (p *planner) startNotes(reproduce.Study) []string {
	if p.start == "" {
		return nil
	}
	return []string{"Warning: " + p.start + "."}
}

// lengthNotes tells of trainings that are shorter than published.
func (p *planner) lengthNotes(s reproduce.Study) (notes []string) {
	told := map[string]bool{}
	for _, t := range s.Tables {
		row := t.Rows[0]
		recipe, err := recipes.Open(row.Recipe.Name)
		if err != nil {
			panic(err) // it was opened before
		}
		published, _ := recipe.Settings.Get("epochs")
		if fmt.Sprint(row.Config.Epochs) == published || told[published] {
			continue
		}
		told[published] = true
		notes = append(notes, fmt.Sprintf("%d epochs where the paper has %s: where they were not given, deferred epochs, drops of the learning rate and warm-up were scaled in proportion, to at least 1, and the warm-up to at most a tenth of all steps.", row.Config.Epochs, published))
	}
	return append(notes, lambdaNotes(s)...)
}

// lambdaNotes tells of short schedules, once for all rows that share one.
func lambdaNotes(s reproduce.Study) (notes []string) {
	rows := map[string][]string{}
	var order []string
	for _, t := range s.Tables {
		for _, row := range t.Rows {
			note := row.Config.LambdaNote()
			if note == "" {
				continue
			}
			if rows[note] == nil {
				order = append(order, note)
			}
			rows[note] = append(rows[note], row.Recipe.Name)
		}
	}
	for _, note := range order {
		notes = append(notes, fmt.Sprintf("Warning: %s: %s.", strings.Join(rows[note], ", "), note))
	}
	return notes
}

// dataNotes warns where the dataset leaves rows without a meaning.
func (p *planner) dataNotes(s reproduce.Study) (notes []string) {
	switch n := p.tailClasses(); n {
	case 0:
		notes = append(notes, "Warning: no class is in the tail, so that there is no AP of the tail: make weights with a higher --tail-ratio, and give them with --weights.")
	case len(p.table.Rows):
		notes = append(notes, "Warning: all classes are in the tail, so that there is no AP of the head.")
	}
	counts := map[int64]bool{}
	for _, r := range p.table.Rows {
		counts[r.Instances] = true
	}
	if len(counts) == 1 {
		notes = append(notes, "Warning: all classes have the same number of objects: class weights change nothing.")
	}
	for _, t := range s.Tables {
		for _, row := range t.Rows {
			if row.Skip != "" {
				notes = append(notes, fmt.Sprintf("Warning: %s is left out: %s.", row.Recipe.Name, row.Skip))
			}
		}
	}
	return notes
}

// sharedNotes names rows of one table that have become the same.
func sharedNotes(s reproduce.Study) (notes []string) {
	for _, t := range s.Tables {
		for i, row := range t.Rows {
			j := slices.IndexFunc(t.Rows[:i], func(r reproduce.Row) bool { return r.Folder == row.Folder })
			if j >= 0 {
				notes = append(notes, fmt.Sprintf("Warning: %s and %s have the same settings here: they share their runs.", t.Rows[j].Recipe.Name, row.Recipe.Name))
			}
		}
	}
	return notes
}
