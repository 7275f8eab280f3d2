package reproduce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"cocostat/dataset"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classflags"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/recipes"
	"cocostat/train/reproduce"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// planner turns recipes into configurations.
type planner struct {
	*options
	given   recipes.Settings // flags that override recipes
	applies map[string]bool  // of these, those that only go to recipes that have them
	layout  data.Layout
	more    []data.Part
	start   string // what the first weights mean for the published values
	table   *weights.Table
	images  int // of the training set
}

// plan makes the study, and says how it is made.
func (o *options) plan(ctx context.Context) (s reproduce.Study, about []string, err error) {
	if o.seeds < 1 || o.seeds > mostSeeds {
		return s, nil, cli.Usagef("--seeds %d: want 1 to %d", o.seeds, mostSeeds)
	}
	chosen, err := o.choose()
	if err != nil {
		return s, nil, err
	}
	p := &planner{options: o, given: givenSettings(o.base.Balance.Set)}
	if err := p.checkGiven(chosen); err != nil {
		return s, nil, err
	}
	if err := p.openData(ctx); err != nil {
		return s, nil, err
	}
	if p.start, err = settings.StartNote(p.base.Config.Pretrained); err != nil {
		return s, nil, err
	}
	s = reproduce.Study{Out: o.out, Tables: chosen, Classes: p.table.Rows}
	for i := range o.seeds {
		s.Seeds = append(s.Seeds, uint64(i+1))
	}
	if err := p.configure(s.Tables); err != nil {
		return s, nil, err
	}
	s.Notes = p.notes(s)
	return s, p.about(s), nil
}

// choose returns the tables with the rows that were asked for.
func (o *options) choose() (chosen []reproduce.Table, err error) {
	unused := slices.Clone(o.rows)
	for _, name := range o.tables {
		t, err := recipes.FindTable(name)
		if err != nil {
			return nil, cli.Meant(cli.Usagef("%w", err), name, tableNames())
		}
		table := reproduce.Table{Table: t}
		for i, r := range t.Recipes() {
			wanted := func(row string) bool { return row == t.Rows[i] || row == r.Name }
			if len(o.rows) > 0 && !slices.ContainsFunc(o.rows, wanted) {
				continue
			}
			unused = slices.DeleteFunc(unused, wanted)
			table.Rows = append(table.Rows, reproduce.Row{Recipe: r})
		}
		if len(table.Rows) > 0 {
			chosen = append(chosen, table)
		}
	}
	if len(unused) > 0 {
		return nil, cli.Usagef("no row %s in %s: 'train recipes' lists them", strings.Join(unused, ", "), strings.Join(o.tables, ", "))
	}
	return chosen, nil
}

// givenSettings are the flags of a training that were given. Where the data
// lies and which weights are used is not among them.
func givenSettings(set *pflag.FlagSet) (given recipes.Settings) {
	set.VisitAll(func(f *pflag.Flag) { // Visit does not know flags that another set changed
		if !f.Changed || slices.Contains(append([]string{"weights", "train-images", "val", "val-images"}, classflags.Names...), f.Name) {
			return
		}
		value := f.Value.String()
		if list, is := f.Value.(pflag.SliceValue); is {
			value = strings.Join(list.GetSlice(), ",")
		}
		given = given.With(f.Name, value)
	})
	return given
}

// incidental are flags whose values follow from the network: the rows of a table
// that compares networks differ in them, and are not about them.
var incidental = map[string]bool{"batch": true, "lr": true, "neck": true, "head-channels": true}

// checkGiven refuses flags in which the rows of a table differ, and finds out
// which flags only some rows have.
func (p *planner) checkGiven(chosen []reproduce.Table) error {
	p.applies = map[string]bool{}
	for _, g := range p.given {
		for _, t := range chosen {
			first := ""
			for _, row := range t.Rows {
				value, has := row.Recipe.Settings.Get(g.Flag)
				if has && !incidental[g.Flag] && p.applies[g.Flag] && first != "" && value != first {
					return cli.Usagef("--%s is what the rows of %s differ in (%s, %s): it cannot be the same for all", g.Flag, t.Name, first, value)
				}
				if has {
					p.applies[g.Flag], first = true, value
				}
			}
		}
	}
	return nil
}

// openData finds the dataset, and makes or reads the weights.
func (p *planner) openData(ctx context.Context) error {
	b := p.base
	b.Dataset = p.dataset
	if err := b.ResolveClasses(); err != nil {
		return err
	}
	p.layout = b.Config.Data
	if err := b.Locate(&p.layout); err != nil {
		return err
	}
	b.Config.Data = p.layout
	c, table, err := train.OpenWeights(ctx, b.Config)
	if err != nil {
		return err
	}
	p.layout, p.more, p.table = c.Data, c.More, table
	if p.layout.ValJSON == "" {
		return fmt.Errorf("reproduce: no validation set beside %s to compare on: name one with --val", p.layout.TrainJSON)
	}
	if p.images, err = p.countImages(ctx); err != nil {
		return err
	}
	if p.dryRun {
		return p.sameWeights()
	}
	return p.keepWeights()
}

// countImages counts the images of the training set. Weights that were made from
// it know them; those of a file may be another dataset's.
func (p *planner) countImages(ctx context.Context) (int, error) {
	if p.base.Config.Weights == "" {
		return int(p.table.Meta.Images), nil
	}
	n := 0
	for _, part := range append([]data.Part{{Annotations: p.layout.TrainJSON}}, p.more...) {
		d, err := dataset.Load(ctx, part.Annotations)
		if err != nil {
			return 0, err
		}
		n += len(d.Images)
	}
	return n, nil
}

// weightsPath is where the study keeps its weights.
func (p *planner) weightsPath() string { return filepath.Join(p.out, reproduce.WeightsFile) }

// keepWeights writes the weights to the study's folder.
func (p *planner) keepWeights() error {
	if err := p.sameWeights(); err != nil {
		return err
	}
	if err := os.MkdirAll(p.out, 0o755); err != nil {
		return fmt.Errorf("reproduce: %w", err)
	}
	return codec.WriteFile(p.weightsPath(), p.table)
}

// sameWeights refuses a study whose runs were made with other weights.
func (p *planner) sameWeights() error {
	before, err := codec.ReadFile(p.weightsPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !sameTables(before, p.table) {
		return fmt.Errorf("reproduce: the runs in %s were made with other annotations or weights, see %s: name another folder with -o", p.out, p.weightsPath())
	}
	return nil
}

// sameTables compares all but the version of the program that made them, and
// what only later versions note of their counts: the rows hold these.
func sameTables(a, b *weights.Table) bool {
	metaA, metaB := a.Meta, b.Meta
	metaA.Version, metaA.Counted, metaA.Unusable = metaB.Version, metaB.Counted, metaB.Unusable
	textA, errA := json.Marshal(metaA)
	textB, errB := json.Marshal(metaB)
	// Rows as text, in which no number is the same as no number.
	return errA == nil && errB == nil && string(textA) == string(textB) && fmt.Sprint(a.Rows) == fmt.Sprint(b.Rows)
}

// configure completes the rows: settings, configuration and folder.
func (p *planner) configure(chosen []reproduce.Table) error {
	var library []reproduce.Row // all recipes that can be trained so, in order
	for _, t := range recipes.Tables() {
		for _, r := range t.Recipes() {
			if row, err := p.row(r); err == nil {
				library = append(library, row)
			}
		}
	}
	for _, t := range chosen {
		for i := range t.Rows {
			row, err := p.row(t.Rows[i].Recipe)
			if err != nil {
				return fmt.Errorf("%s: %w", t.Rows[i].Recipe.Name, err)
			}
			for _, other := range library {
				same, err := reproduce.Same(row.Config, other.Config)
				if err != nil {
					return err
				}
				if same {
					row.Folder = other.Recipe.Name
					break
				}
			}
			t.Rows[i] = row
		}
	}
	return nil
}

// row completes a recipe.
func (p *planner) row(r recipes.Recipe) (row reproduce.Row, err error) {
	if r.Settings, err = p.settings(r.Settings); err != nil {
		return row, err
	}
	o, cmd := settings.New(p.Streams)
	if err := settings.ApplySettings(cmd.Flags(), r.Settings); err != nil {
		return row, cli.Usagef("%w", err)
	}
	o.Config.Weights = p.weightsPath()
	if err := o.Resolve(cmd); err != nil {
		return row, err
	}
	c := o.Config
	if n := c.StepImages(); n > p.images {
		return row, cli.Usagef("a step of %d images cannot be filled from %d: use --batch %d or less", n, p.images, p.images)
	}
	r.Settings = p.withRate(r.Settings, &c)
	c.Data, c.More, c.Model.Classes = p.layout, p.more, len(p.table.Rows)
	if c.Balance, err = o.Balance.Over(p.table.Meta); err != nil {
		return row, err
	}
	if c.Pretrained != "" {
		if c.Pretrained, err = filepath.Abs(c.Pretrained); err != nil {
			return row, fmt.Errorf("reproduce: %w", err)
		}
	}
	c.StartNote = p.start
	c.Balance.WF, c.Balance.BB, c.Balance.LS = c.Loss.WF, c.Loss.BB, c.Loss.LS
	return reproduce.Row{Recipe: r, Folder: r.Name, Config: c, Skip: p.skip(c)}, nil
}

// settings puts the given flags over a recipe's, and fits it to its length.
func (p *planner) settings(s recipes.Settings) (recipes.Settings, error) {
	wanted := p.override(s)
	epochs, err := number(wanted, "epochs")
	if err != nil {
		return nil, err
	}
	images, err := number(wanted, "batch")
	if err != nil {
		return nil, err
	}
	if _, several := wanted.Get("accumulate"); several {
		batches, err := number(wanted, "accumulate")
		if err != nil {
			return nil, err
		}
		images *= max(1, batches)
	}
	published, _ := s.Get("epochs")
	s, err = p.override(s).With("epochs", published).Scale(epochs, p.images/images)
	if err != nil {
		return nil, err
	}
	return p.override(s), nil
}

// withRate names the learning rate where neither the recipe nor a flag does.
func (p *planner) withRate(s recipes.Settings, c *train.Config) recipes.Settings {
	if c.LR != 0 {
		return s
	}
	c.LR = c.RuleLR(c.Epochs * max(1, p.images/c.StepImages()))
	return s.With("lr", strconv.FormatFloat(c.LR, 'g', -1, 64))
}

// override gives a recipe's settings the values of the given flags.
func (p *planner) override(s recipes.Settings) recipes.Settings {
	given := func(name string) bool { _, has := p.given.Get(name); return has }
	s = slices.DeleteFunc(slices.Clone(s), func(t recipes.Setting) bool { return settings.Displaced(t.Flag, given) })
	for _, g := range p.given {
		if _, has := s.Get(g.Flag); has || !p.applies[g.Flag] {
			s = s.With(g.Flag, g.Value)
		}
	}
	return s
}

// number returns a setting that is a number, at least 1.
func number(s recipes.Settings, flag string) (int, error) {
	text, _ := s.Get(flag)
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, cli.Usagef("--%s %s: want a number of at least 1", flag, text)
	}
	return n, nil
}
