package schedule

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"cocostat/balance"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
	"cocostat/weights"
)

// scheduleReport is what schedule prints.
type scheduleReport struct {
	Weights        string        `json:"weights"`
	Epochs         int           `json:"epochs"`
	StepsPerEpoch  int           `json:"steps_per_epoch,omitempty"`
	Schedule       string        `json:"schedule"`
	DeferredEpochs int           `json:"deferred_epochs"`
	Intensity      output.Real   `json:"intensity"`
	Eta            output.Real   `json:"eta"`
	EtaReading     string        `json:"eta_reading"`
	Classes        []schedClass  `json:"classes"`
	Rows           []scheduleRow `json:"rows"`

	config  balance.Config
	perStep bool
	hidden  int // classes that are not shown
}

type schedClass struct {
	ID    int64       `json:"category_id"`
	Name  string      `json:"name"`
	Alpha output.Real `json:"alpha"` // null without instances
}

// scheduleRow is an epoch or a step.
type scheduleRow struct {
	Epoch    int           `json:"epoch"`
	Step     *int          `json:"step,omitempty"`
	Lambda   output.Real   `json:"lambda"`
	Eta      output.Real   `json:"eta_hat"`   // factor of one object
	AlphaHat []output.Real `json:"alpha_hat"` // in the order of Classes
}

// mostRows bounds the rows, and mostCells the numbers in them.
const mostRows, mostCells = 2_000_000, 50_000_000

func newScheduleReport(o *options, t *weights.Table) (*scheduleReport, error) {
	shown, err := o.shown(t)
	if err != nil {
		return nil, err
	}
	steps := max(1, o.steps)
	if rows := o.epochs * steps; steps > mostRows || rows > mostRows || rows*len(shown) > mostCells {
		return nil, cli.Usagef("%d epochs of %d steps with %s are too many numbers: choose less with --epochs, --steps or --classes", o.epochs, steps, output.Plural(len(shown), "class"))
	}
	r := &scheduleReport{Weights: o.path, Epochs: o.epochs, StepsPerEpoch: o.steps, config: o.config(t.Meta),
		perStep: o.steps > 0, hidden: len(t.Rows) - len(shown)}
	r.Schedule, r.DeferredEpochs = string(r.config.Schedule), r.config.DeferredEpochs
	r.Intensity, r.Eta, r.EtaReading = output.Real(r.config.Intensity), output.Real(r.config.Eta), string(r.config.Reading)
	plan, err := balance.NewPlan(t.Alphas(), r.config, o.epochs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.path, err)
	}
	for _, i := range shown {
		r.Classes = append(r.Classes, schedClass{t.Rows[i].CategoryID, t.Rows[i].Name, output.Real(t.Rows[i].Alpha)})
	}
	for epoch := range o.epochs {
		for step := range steps {
			m := plan.At(float64(epoch) + float64(step)/float64(steps))
			row := scheduleRow{Epoch: epoch, Lambda: output.Real(m.Lambda), Eta: output.Real(m.EtaHat(1)), AlphaHat: make([]output.Real, len(shown))}
			if r.perStep {
				row.Step = &step
			}
			for k, i := range shown {
				row.AlphaHat[k] = output.Real(m.AlphaHat[i])
			}
			r.Rows = append(r.Rows, row)
		}
	}
	return r, nil
}

// shown returns the classes to show: those that were asked for, or for people a
// few from the greatest weight to the least, else all.
func (o *options) shown(t *weights.Table) ([]int, error) {
	all := make([]int, len(t.Rows))
	for i := range all {
		all[i] = i
	}
	switch {
	case len(o.classes) == 1 && o.classes[0] == "all":
		return all, nil
	case len(o.classes) > 0:
		return findClasses(t, o.classes)
	case o.format == "csv" || o.format == "json":
		return all, nil
	}
	return few(t), nil
}

// few are a few classes from the greatest weight to the least.
func few(t *weights.Table) []int {
	const most = 5
	var used []int
	for i, r := range t.Rows {
		if !math.IsNaN(r.Alpha) {
			used = append(used, i)
		}
	}
	slices.SortStableFunc(used, func(a, b int) int { return cmp.Compare(t.Rows[b].Alpha, t.Rows[a].Alpha) })
	if len(used) <= most {
		return used
	}
	var few []int
	for k := range most {
		few = append(few, used[k*(len(used)-1)/(most-1)])
	}
	return few
}

// findClasses finds classes by names, or by ids where no class has that name.
func findClasses(t *weights.Table, wanted []string) ([]int, error) {
	var found []int
	for _, w := range wanted {
		i := slices.IndexFunc(t.Rows, func(r weights.Row) bool { return r.Name == w })
		if i < 0 {
			i = slices.IndexFunc(t.Rows, func(r weights.Row) bool { return strconv.FormatInt(r.CategoryID, 10) == w })
		}
		if i < 0 {
			var names []string
			for _, r := range t.Rows {
				names = append(names, r.Name)
			}
			return nil, cli.Meant(cli.Usagef("--classes: no class has the name or id %q", w), w, names)
		}
		found = append(found, i)
	}
	return found, nil
}

func (r *scheduleReport) print(out io.Writer, format string) error {
	switch format {
	case "json":
		return output.WriteJSON(out, r)
	case "csv":
		return r.csv(out)
	}
	p := output.NewPage(out, format)
	p.Lines(r.summary())
	headers := []string{">epoch", ">lambda", ">eta"}
	if r.perStep {
		headers = slices.Insert(headers, 1, ">step")
	}
	for _, name := range r.headings() {
		headers = append(headers, ">"+textable.Shorten(name, 20))
	}
	w := textable.New(headers...)
	for _, row := range r.Rows {
		cells := []string{strconv.Itoa(row.Epoch)}
		if row.Step != nil {
			cells = append(cells, strconv.Itoa(*row.Step))
		}
		for _, f := range append([]output.Real{row.Lambda, row.Eta}, row.AlphaHat...) {
			cells = append(cells, textable.Decimal(float64(f), 4))
		}
		w.Add(cells...)
	}
	p.Table(w)
	if r.hidden > 0 {
		p.Lines("classes not shown: " + textable.Integer(r.hidden) + " (--classes all shows them)")
	}
	return p.Print(out)
}

func (r *scheduleReport) summary() string {
	deferred := ""
	if r.defers() {
		update := r.config.Update
		if r.StepsPerEpoch > 0 {
			update = weights.UpdateStep
		}
		neutral := balance.Neutral(r.config.Schedule, update, r.DeferredEpochs, r.Epochs)
		deferred = fmt.Sprintf(", lambda 0 in the first %s (%d deferred)", output.Plural(neutral, "epoch"), r.DeferredEpochs)
	}
	return fmt.Sprintf("%s: %s of %s%s; intensity %g, eta %g", r.Weights, r.Schedule, output.Plural(r.Epochs, "epoch"), deferred, r.Intensity, r.Eta)
}

// defers tells whether the deferred epochs have an effect.
func (r *scheduleReport) defers() bool {
	return r.Schedule == weights.ScheduleDeferred || r.Schedule == weights.ScheduleDeferredLinear
}

// headings names the column of each class: by its name, or by its id where
// several columns would have that name.
func (r *scheduleReport) headings() []string {
	times := map[string]int{"epoch": 1, "step": 1, "lambda": 1, "eta": 1, "eta_hat": 1}
	for _, c := range r.Classes {
		times[c.Name]++
	}
	var names []string
	for _, c := range r.Classes {
		name := c.Name
		if times[name] > 1 {
			name = strconv.FormatInt(c.ID, 10)
		}
		names = append(names, name)
	}
	return names
}

// csv writes a row per epoch or step.
func (r *scheduleReport) csv(out io.Writer) error {
	w := csv.NewWriter(out)
	record := []string{"epoch"}
	if r.perStep {
		record = append(record, "step")
	}
	record = append(record, "lambda", "eta_hat")
	record = append(record, r.headings()...)
	if err := w.Write(record); err != nil {
		return err
	}
	for _, row := range r.Rows {
		record = append(record[:0], strconv.Itoa(row.Epoch))
		if row.Step != nil {
			record = append(record, strconv.Itoa(*row.Step))
		}
		for _, f := range append([]output.Real{row.Lambda, row.Eta}, row.AlphaHat...) {
			record = append(record, strconv.FormatFloat(float64(f), 'g', -1, 64))
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
