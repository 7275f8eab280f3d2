package groups

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/summary"
	"cocostat/internal/textable"
	"cocostat/lt"
	"cocostat/weights"
)

// madeGrouping is a grouping with the group of each class.
type madeGrouping struct {
	weights.Grouping
	classes []string
	note    string // what is to be said about it, "" for nothing
}

// make divides the classes of a table.
func (w *wantedGrouping) make(t *weights.Table) (madeGrouping, error) {
	p, err := w.parse()
	if err != nil {
		return madeGrouping{}, err
	}
	if t.Meta.Counted == weights.CountedTable && t.Meta.AnnotatedImages == 0 && (w.method == methodTailRatio || w.method == methodImages) {
		return madeGrouping{}, cli.Usagef("--%s counts images, and these weights were made from a table of counts, without images: name other groups, such as --%s", w.method, methodInstances)
	}
	var instances, images []int64
	var names []string
	var total int64
	for _, r := range t.Rows {
		names = append(names, r.Name)
		instances, images = append(instances, r.Instances), append(images, r.Images)
		total += r.Instances
	}
	g := madeGrouping{Grouping: weights.Grouping{Name: w.name, Method: w.method}}
	switch w.method {
	case methodTailRatio:
		g.split(lt.TailSplit(images, annotatedImages(t), p.ratio), weights.CentricImage)
	case methodInstances:
		g.split(lt.InstanceTailSplit(instances, p.ratio), weights.CentricInstance)
	case methodTop:
		g.split(lt.TopSplit(instances, total, p.top), weights.CentricInstance)
	case methodLVIS:
		g.Groups = []string{lt.Frequent, lt.Common, lt.Rare}
		for _, r := range t.Rows {
			g.classes = append(g.classes, r.LVISGroup)
		}
	case methodImages:
		g.bin(p.bins, images, "images")
	default:
		g.bin(p.bins, instances, "instances")
	}
	switch w.method {
	case methodTailRatio, methodInstances:
		g.Parameters["target"] = p.ratio
		g.note += fmt.Sprintf(" (asked for at most %s)", textable.Percent(p.ratio))
		counts, of := images, "(image, class) pairs"
		if w.method == methodInstances {
			counts, of = instances, "instances"
		}
		if empty := summary.EmptyTail(names, counts, p.ratio, of, "--"+w.method+" "); empty != "" {
			g.note += "; " + empty
		}
	case methodTop:
		g.Parameters["classes"] = p.top
	}
	return g, nil
}

// annotatedImages returns the number of images with annotations. Files without
// metadata have it in their frequencies.
func annotatedImages(t *weights.Table) int64 {
	if t.Meta.AnnotatedImages > 0 || len(t.Rows) == 0 {
		return t.Meta.AnnotatedImages
	}
	most := slices.MaxFunc(t.Rows, func(a, b weights.Row) int { return cmp.Compare(a.Images, b.Images) })
	if most.Frequency == 0 {
		return 0
	}
	return int64(math.Round(float64(most.Images) / most.Frequency))
}

// split takes over a tail and a head.
func (g *madeGrouping) split(s lt.Split, centric string) {
	g.Groups = []string{lt.Head, lt.Tail}
	for i := range s.Tail {
		g.classes = append(g.classes, s.Group(i))
	}
	g.Parameters = map[string]any{"centric": centric, "reached": s.Reached, "lambda": s.Lambda}
	g.note = fmt.Sprintf("%s: tail ratio %s, λ %.6g", g.Name, textable.Percent(s.Reached), s.Lambda)
}

// bin takes over bins, the most frequent one first.
func (g *madeGrouping) bin(b lt.Bins, counts []int64, of string) {
	g.Groups = slices.Clone(b.Names)
	slices.Reverse(g.Groups)
	g.classes = b.Groups(counts)
	g.Parameters = map[string]any{"thresholds": b.Thresholds, "of": of}
}

// report is what groups prints.
type report struct {
	Weights   string           `json:"weights"`
	Output    string           `json:"output,omitempty"`
	Groupings []groupingReport `json:"groupings"`
	table     *weights.Table
	made      []madeGrouping
}

type groupingReport struct {
	Name       string         `json:"name"`
	Method     string         `json:"method"`
	Parameters map[string]any `json:"parameters,omitempty"`
	Groups     []groupReport  `json:"groups"`
}

// groupReport is a group; the shares are of all instances, and of all (image,
// class) pairs.
type groupReport struct {
	Name           string  `json:"name"`
	Classes        int     `json:"classes"`
	Instances      int64   `json:"instances"`
	InstanceShare  float64 `json:"instance_share"`
	Pairs          int64   `json:"image_class_pairs"`
	PairShare      float64 `json:"pair_share"`
	LeastInstances int64   `json:"least_instances"` // of its classes
	MostInstances  int64   `json:"most_instances"`
	CategoryIDs    []int64 `json:"category_ids"`
}

func newReport(o *options, t *weights.Table, made []madeGrouping) *report {
	r := &report{Weights: o.path, Output: o.out, table: t, made: made}
	for _, g := range made {
		out := groupingReport{g.Name, g.Method, g.Parameters, nil}
		for _, name := range g.Groups {
			out.Groups = append(out.Groups, newGroupReport(name, g.classes, t.Rows))
		}
		r.Groupings = append(r.Groupings, out)
	}
	return r
}

func newGroupReport(name string, classes []string, rows []weights.Row) groupReport {
	g := groupReport{Name: name, CategoryIDs: []int64{}}
	var instances, pairs int64
	for i, row := range rows {
		instances += row.Instances
		pairs += row.Images
		if classes[i] != name {
			continue
		}
		if g.Classes == 0 || row.Instances < g.LeastInstances {
			g.LeastInstances = row.Instances
		}
		g.MostInstances = max(g.MostInstances, row.Instances)
		g.Classes++
		g.Instances += row.Instances
		g.Pairs += row.Images
		g.CategoryIDs = append(g.CategoryIDs, row.CategoryID)
	}
	g.InstanceShare, g.PairShare = share(g.Instances, instances), share(g.Pairs, pairs)
	return g
}

func share(n, total int64) float64 {
	if total == 0 {
		return 0
	}
	return float64(n) / float64(total)
}

func (r *report) print(out io.Writer, format string) error {
	switch format {
	case "json":
		return output.WriteJSON(out, r)
	case "csv":
		return r.csv(out)
	}
	p := output.NewPage(out, format)
	w := textable.New("grouping", "group", ">classes", ">instances each", ">instances", ">share", ">(image, class) pairs", ">share")
	for _, g := range r.Groupings {
		name := g.Name
		for _, group := range g.Groups {
			each := "–"
			if group.Classes > 0 {
				each = textable.Integer(group.LeastInstances) + " to " + textable.Integer(group.MostInstances)
			}
			w.Add(name, group.Name, textable.Integer(group.Classes), each,
				textable.Integer(group.Instances), textable.Percent(group.InstanceShare), textable.Integer(group.Pairs), textable.Percent(group.PairShare))
			if !p.Markdown {
				name = ""
			}
		}
	}
	p.Table(w)
	var notes []string
	for _, g := range r.made {
		if g.note != "" {
			notes = append(notes, g.note)
		}
	}
	if len(notes) > 0 {
		p.Lines(notes...)
	}
	return p.Print(out)
}

// csv writes a row per class, with a column for each grouping that was made.
func (r *report) csv(out io.Writer) error {
	w := csv.NewWriter(out)
	record := []string{"category_id", "name", "instances", "images", "frequency"}
	for _, g := range r.made {
		record = append(record, weights.GroupingPrefix+g.Name)
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for i, row := range r.table.Rows {
		record = []string{strconv.FormatInt(row.CategoryID, 10), row.Name, strconv.FormatInt(row.Instances, 10),
			strconv.FormatInt(row.Images, 10), strconv.FormatFloat(row.Frequency, 'g', -1, 64)}
		for _, g := range r.made {
			record = append(record, g.classes[i])
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
