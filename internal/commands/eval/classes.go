package eval

import (
	"errors"
	"fmt"
	"slices"

	"cocostat/annotations"
	"cocostat/evaluate"
	"cocostat/internal/commands/shared/output"
	"cocostat/weights/codec"
)

// choice is which categories are evaluated, and as what.
type choice struct {
	all      bool                 // every category but headings, as it is
	detected *annotations.Mapping // of the categories of detections; nil: all as they are
	left     []int64              // categories that detections may name, and that are not evaluated
}

// choose leaves of the ground truth what the weights file and the flags say, and
// tells so.
func (o *options) choose(d *annotations.Dataset) (*choice, error) {
	var roots []int64
	if !o.classAgnostic { // where the detections of all categories count
		roots = d.Roots()
	}
	if o.weights != "" {
		return o.chooseByWeights(d, roots)
	}
	m, err := o.Selection.Resolve(d.Categories, roots, false)
	if err != nil {
		return nil, o.BlameFile(err, o.truth)
	}
	o.apply(d, m)
	return &choice{all: o.Selection.IsZero(), detected: m, left: asked(m)}, nil
}

// chooseByWeights does to the ground truth what was done to what the weights were
// made from; flags may leave out more.
func (o *options) chooseByWeights(d *annotations.Dataset, roots []int64) (*choice, error) {
	var err error
	if o.table, err = codec.ReadFile(o.weights); err != nil {
		return nil, err
	}
	recorded := &o.table.Meta.Selected
	m := o.table.Select(d.Categories, roots)
	more, err := m.With(o.Selection, d.Categories)
	if contradiction, is := errors.AsType[*annotations.SelectionError](err); is {
		return nil, o.Blame(&annotations.SelectionError{Msg: fmt.Sprintf(
			"%s was made with other classes: %s; leave the flag out, or make the weights again", o.weights, contradiction.Msg)})
	} else if err != nil {
		return nil, o.BlameFile(err, o.truth)
	}
	// Whatever GT lists, detections may name each category that there was.
	detected := (&annotations.Selected{LeftOut: recorded.LeftOut, Merged: recorded.Merged}).Resolve(recorded.Known(o.table.Categories()), nil, nil)
	c := &choice{all: m.Plain() && more.Plain(), detected: detected, left: append(asked(detected), asked(more)...)}
	if recorded.By == annotations.ByNames {
		o.Notef("classes are told by their names, as %s says: the category_id of detections are its ids", o.weights)
	}
	if !m.Plain() {
		o.Notef("classes as %s says:", o.weights)
	}
	o.apply(d, m)
	o.apply(d, more)
	return c, nil
}

// apply leaves of the ground truth what a mapping says, and tells so.
func (o *options) apply(d *annotations.Dataset, m *annotations.Mapping) {
	m.LeftOut = d.Select(m)
	o.NoteSelected(m.Selected)
}

// asked returns the ids of the categories that are left out as asked.
func asked(m *annotations.Mapping) (ids []int64) {
	for _, k := range m.LeftOut {
		if k.Reason == annotations.LeftOutAsked {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// known returns the categories that detections may name: those evaluated, and those
// left out.
func (c *choice) known(evaluated []int64) []int64 {
	if len(c.left) == 0 {
		return evaluated
	}
	ids := append(slices.Clone(evaluated), c.left...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// noteLeft says how many detections of a file are of categories that are left out.
func (c *choice) noteLeft(o *options, path string, f *evaluate.DetectionFile) {
	left := make(map[int64]bool, len(c.left))
	for _, id := range c.left {
		left[id] = true
	}
	n := 0
	for i := range f.Detections {
		if left[f.Detections[i].CategoryID] {
			n++
		}
	}
	if n > 0 {
		o.Notef("%s: left out %s of these classes", path, output.Plural(n, "detection"))
	}
}
