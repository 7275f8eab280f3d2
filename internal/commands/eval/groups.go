package eval

import (
	"fmt"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/summary"
	"cocostat/lt"
	"cocostat/weights"
)

// evalGrouping is a division of the classes into groups.
type evalGrouping struct {
	Name   string          `json:"name"`
	Origin string          `json:"origin"` // in words
	Groups []string        `json:"groups"` // from head to tail; classes without one are in none
	of     map[int64]int   // by category id
	ids    map[int][]int64 // by group
}

// columns of a weights file that are groupings too.
const (
	tailGrouping = "group"
	lvisGrouping = "lvis_group"
)

func newEvalGrouping(name, origin string, groups ...string) *evalGrouping {
	return &evalGrouping{Name: name, Origin: origin, Groups: groups, of: map[int64]int{}, ids: map[int][]int64{}}
}

func (g *evalGrouping) add(id int64, group string) {
	at := slices.Index(g.Groups, group)
	if at < 0 {
		return
	}
	g.of[id] = at
	g.ids[at] = append(g.ids[at], id)
}

// group returns the name of a class's group, "" if it has none.
func (g *evalGrouping) group(id int64) string {
	at, ok := g.of[id]
	if !ok {
		return ""
	}
	return g.Groups[at]
}

// used drops the groups that no class is in.
func (g *evalGrouping) used() *evalGrouping {
	out := newEvalGrouping(g.Name, g.Origin)
	for at, name := range g.Groups {
		if len(g.ids[at]) > 0 {
			out.Groups = append(out.Groups, name)
		}
	}
	for at, ids := range g.ids {
		for _, id := range ids {
			out.add(id, g.Groups[at])
		}
	}
	for _, ids := range out.ids {
		slices.Sort(ids)
	}
	return out
}

// readGroupings returns the groupings of the classes: those of the weights
// file, or what the ground truth tells.
func (o *options) readGroupings(d *annotations.Dataset) ([]*evalGrouping, error) {
	if o.classAgnostic {
		return nil, nil
	}
	var all []*evalGrouping
	if o.weights == "" {
		all = o.truthGroupings(d)
	} else {
		all = weightsGroupings(o.table, o.weights)
		if err := o.checkClasses(o.table, d); err != nil {
			return nil, err
		}
	}
	var chosen []*evalGrouping
	for _, name := range o.groupings {
		at := slices.IndexFunc(all, func(g *evalGrouping) bool { return g.Name == name })
		if at < 0 {
			var names []string
			for _, g := range all {
				names = append(names, g.Name)
			}
			return nil, cli.Meant(cli.Usagef("--groupings: %q is none of %s", name, strings.Join(names, ", ")), name, names)
		}
		chosen = append(chosen, all[at])
	}
	if len(o.groupings) > 0 {
		return chosen, nil
	}
	return all, nil
}

func weightsGroupings(t *weights.Table, path string) []*evalGrouping {
	all := []*evalGrouping{
		newEvalGrouping(tailGrouping, path, lt.Head, lt.Tail),
		newEvalGrouping(lvisGrouping, path, lt.Frequent, lt.Common, lt.Rare),
	}
	for _, g := range t.Meta.Groupings {
		all = append(all, newEvalGrouping(g.Name, path, g.Groups...))
	}
	for _, r := range t.Rows {
		for i, group := range append([]string{r.Group, r.LVISGroup}, r.Groups...) {
			all[i].add(r.CategoryID, group)
		}
	}
	for i, g := range all {
		all[i] = g.used()
	}
	return all
}

// checkClasses says which classes the weights file does not have, or calls
// otherwise. It is an error if it has none.
func (o *options) checkClasses(t *weights.Table, d *annotations.Dataset) error {
	names := map[int64]string{}
	for _, r := range t.Rows {
		names[r.CategoryID] = r.Name
	}
	var missing, renamed []string
	for _, k := range d.Categories {
		switch name, ok := names[k.ID]; {
		case !ok:
			missing = append(missing, fmt.Sprintf("%d (%s)", k.ID, k.Name))
		case name != k.Name:
			renamed = append(renamed, fmt.Sprintf("%d (%s, there %s)", k.ID, k.Name, name))
		}
	}
	if len(missing) == len(d.Categories) {
		return fmt.Errorf("%s has none of the classes of %s: are these weights of another dataset?", o.weights, o.truth)
	}
	if len(missing) > 0 {
		o.Notef("classes that %s does not have, in no group: %s", o.weights, output.List(missing, 5))
	}
	if len(renamed) > 0 {
		o.Notef("classes with another name in %s: %s", o.weights, output.List(renamed, 5))
	}
	return nil
}

// truthGroupings makes tail and head by the counts of the ground truth, and
// the groups of LVIS if it declares them.
func (o *options) truthGroupings(d *annotations.Dataset) []*evalGrouping {
	images, annotated := make([]int64, len(d.Categories)), int64(0)
	at := map[int64]int{}
	for i, k := range d.Categories {
		at[k.ID] = i
	}
	for _, objects := range d.Objects {
		seen := map[int]bool{}
		for i := range objects {
			seen[at[objects[i].CategoryID]] = true
		}
		for k := range seen {
			images[k]++
		}
		if len(objects) > 0 {
			annotated++
		}
	}
	names := make([]string, len(d.Categories))
	for i, k := range d.Categories {
		names[i] = k.Name
	}
	if note := summary.EmptyTail(names, images, o.tailRatio, "(image, class) pairs", "--tail-ratio "); note != "" {
		o.Notef("%s", note)
	}
	split := lt.TailSplit(images, annotated, o.tailRatio)
	tail := newEvalGrouping(tailGrouping, "the counts of the ground truth", lt.Head, lt.Tail)
	lvis := newEvalGrouping(lvisGrouping, "declared in the ground truth", lt.Frequent, lt.Common, lt.Rare)
	declared := 0
	for i, k := range d.Categories {
		if images[i] > 0 {
			tail.add(k.ID, split.Group(i))
		}
		if k.Frequency != "" {
			declared++
			lvis.add(k.ID, lt.DeclaredGroup(k.Frequency, images[i]))
		}
	}
	all := []*evalGrouping{tail.used()}
	if declared > 0 {
		all = append(all, lvis.used())
	}
	return all
}
