package lt

import (
	"fmt"
	"strings"

	"cocostat/annotations"
	"cocostat/dataset/reshape"
	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
	"cocostat/lt"
)

// ltRow is a class of the report of lt.
type ltRow struct {
	ID            int64  `json:"category_id"`
	Name          string `json:"name"`
	Instances     int64  `json:"instances"` // of the source
	Images        int64  `json:"images"`
	Asked         int64  `json:"asked"`
	Reached       int64  `json:"reached"`
	ImagesAsked   *int64 `json:"images_asked"` // as the profile has it; nothing is chosen by it
	ImagesReached int64  `json:"images_reached"`
}

func (r *ltRow) Missing() int64 { return r.Asked - r.Reached }

var ltColumns = columntable.Columns[ltRow]{
	columntable.Identifier("id", "category_id", "id", func(r *ltRow) *int64 { return &r.ID }),
	columntable.Words("name", "class", func(r *ltRow) string { return r.Name }),
	columntable.Whole("instances", "instances", func(r *ltRow) int64 { return r.Instances }),
	columntable.Whole("asked", "asked", func(r *ltRow) int64 { return r.Asked }),
	columntable.Whole("reached", "reached", func(r *ltRow) int64 { return r.Reached }),
	columntable.Whole("missing", "missing", func(r *ltRow) int64 { return r.Missing() }),
	columntable.Whole("images", "images", func(r *ltRow) int64 { return r.Images }),
	columntable.Identifier("images_asked", "images_asked", "images asked", func(r *ltRow) *int64 { return r.ImagesAsked }),
	columntable.Whole("images_reached", "images reached", func(r *ltRow) int64 { return r.ImagesReached }),
}

var usualLTColumns = []string{"id", "name", "instances", "asked", "reached", "images", "images_reached"}

// ltReport is what lt prints.
type ltReport struct {
	Source annotations.Source `json:"source"`
	Output string             `json:"output,omitempty"`
	Like   string             `json:"like,omitempty"`
	// Of a profile that is computed:
	Profile   string  `json:"profile,omitempty"`
	Imbalance float64 `json:"imbalance,omitempty"`
	Largest   float64 `json:"largest,omitempty"`

	Seed        uint64   `json:"seed"`
	Thin        string   `json:"thin"`
	KeepEmptied bool     `json:"keep_emptied"`
	DropEmpty   bool     `json:"drop_empty"`
	CrowdsCount bool     `json:"crowds_count"`
	Before      ltTotals `json:"before"`
	After       ltTotals `json:"after"`
	Exact       bool     `json:"exact"` // every class has what was asked for
	Classes     []ltRow  `json:"classes"`
	selection   *reshape.Selection
	asked       *reshape.Asked
}

// ltTotals describes a file.
type ltTotals struct {
	Images      int64   `json:"images"`
	EmptyImages int64   `json:"empty_images"`
	Annotations int64   `json:"annotations"`
	Instances   int64   `json:"instances"`
	Classes     int64   `json:"used_classes"`
	Imbalance   float64 `json:"imbalance"` // largest class over the smallest that is used
}

func newLTReport(o *options, sel *reshape.Selection, a *reshape.Asked) *ltReport {
	s := sel.Source
	r := &ltReport{
		Source: s.File, Output: o.out, Like: o.like,
		Seed: o.choice.Seed, Thin: o.choice.Thin, KeepEmptied: o.choice.KeepEmptied, DropEmpty: o.choice.DropEmpty,
		CrowdsCount: !o.NoCrowd,
		Before:      newLTTotals(s.Instances, s.ListedImages, s.EmptyImages, s.Annotations),
		After:       newLTTotals(sel.Reached, sel.KeptImages, sel.EmptyImages, sel.KeptAnnotations),
		Exact:       true, selection: sel, asked: a,
	}
	if o.like == "" {
		r.Profile, r.Imbalance, r.Largest = o.profile.Shape, o.profile.Imbalance, o.profile.Largest
	}
	for i, k := range s.Categories {
		row := ltRow{k.ID, k.Name, s.Instances[i], s.Images[i], a.Instances[i], sel.Reached[i], a.Images[i], sel.Images[i]}
		r.Exact = r.Exact && row.Missing() == 0
		r.Classes = append(r.Classes, row)
	}
	return r
}

func newLTTotals(instances []int64, images, empty, annotations int64) ltTotals {
	t := ltTotals{Images: images, EmptyImages: empty, Annotations: annotations, Imbalance: lt.ImbalanceRatio(instances)}
	for _, n := range instances {
		t.Instances += n
		if n > 0 {
			t.Classes++
		}
	}
	return t
}

// note says on standard error what was written, and what could not be done.
func (r *ltReport) note(o *options) {
	if r.Output == "" {
		o.Notef("nothing is written without -o")
	} else {
		o.Notef("wrote %s: %s of %s in %s of %s", r.Output, textable.Integer(r.After.Annotations), output.Plural(r.Before.Annotations, "annotation"),
			textable.Integer(r.After.Images), output.Plural(r.Before.Images, "image"))
	}
	if largest, at := o.profile.Limit(r.selection.Source.Instances); o.like == "" && at >= 0 && float64(r.selection.Source.Instances[at]) < largest {
		o.Notef("the largest class gets %s annotations: with more, %q would need more than its %s; --largest sets the number",
			textable.Integer(int64(largest+0.5)), r.Classes[at].Name, textable.Integer(r.Classes[at].Instances))
	}
	if n := r.selection.Source.Dangling; n > 0 {
		o.Notef("left out: %s of an unknown image or category", output.Plural(n, "annotation"))
	}
	if len(r.asked.Unnamed) > 0 {
		verb := map[string]string{othersKeep: "kept whole", othersDrop: "without annotations now"}[o.others]
		o.Notef("classes that %s does not name, %s: %s", r.Like, verb, output.List(r.asked.Unnamed, 5))
	}
	if len(r.asked.Unknown) > 0 {
		o.Notef("classes of %s that %s does not have: %s", r.Like, o.Paths[0], output.List(r.asked.Unknown, 5))
	}
	var short []string
	for i := range r.Classes {
		if c := &r.Classes[i]; c.Missing() > 0 {
			short = append(short, fmt.Sprintf("%s (%s of %s)", c.Name, textable.Integer(c.Reached), textable.Integer(c.Asked)))
		}
	}
	if len(short) > 0 {
		o.Notef("%s with fewer annotations than asked for, kept whole: %s", output.Plural(len(short), "class"), output.List(short, 5))
	}
}

func (r *ltReport) print(o *options) error {
	out := o.Streams.Out
	switch o.format {
	case "json":
		shown := *r
		shown.Classes = o.Rows(r.Classes)
		return output.WriteJSON(out, &shown)
	case "csv":
		return o.Shown.WriteCSV(out, o.Rows(r.Classes))
	}
	p := output.NewPage(out, o.format)
	o.Table.Print(p, r.Classes, "", nil)
	p.Table(r.totalsTable())
	p.Lines(r.verdict())
	return p.Print(out)
}

func (r *ltReport) totalsTable() *textable.Table {
	w := textable.New("total", ">before", ">after", ">share")
	for _, row := range []struct {
		what          string
		before, after int64
	}{
		{"images", r.Before.Images, r.After.Images},
		{"images without annotations", r.Before.EmptyImages, r.After.EmptyImages},
		{"annotations", r.Before.Annotations, r.After.Annotations},
		{"instances", r.Before.Instances, r.After.Instances},
		{"classes with instances", r.Before.Classes, r.After.Classes},
	} {
		share := "–"
		if row.before > 0 {
			share = textable.Percent(float64(row.after) / float64(row.before))
		}
		w.Add(row.what, textable.Integer(row.before), textable.Integer(row.after), share)
	}
	w.Add("largest class / smallest", textable.Decimal(r.Before.Imbalance, 1), textable.Decimal(r.After.Imbalance, 1), "")
	return w
}

func (r *ltReport) verdict() string {
	if r.Exact {
		return "every class has as many annotations as asked for"
	}
	exact := 0
	for i := range r.Classes {
		if r.Classes[i].Missing() == 0 {
			exact++
		}
	}
	return strings.Join([]string{textable.Integer(exact), "of", output.Plural(len(r.Classes), "class"), "have as many annotations as asked for"}, " ")
}
