package train

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/textable"
	"cocostat/train/data"
)

// loadTraining reads the training sets, with the classes of the weights, and makes
// one of them. It returns how many annotations are left out.
func (j *Job) loadTraining(ctx context.Context) (left int64, err error) {
	c := &j.Config
	parts := append([]data.Part{{Annotations: c.Data.TrainJSON, Images: c.Data.TrainImages}}, c.More...)
	loaded := make([]*annotations.Dataset, len(parts))
	var there []annotations.Category // classes that any set has
	for i, p := range parts {
		if loaded[i], err = dataset.Load(ctx, p.Annotations); err != nil {
			return 0, err
		}
		n, err := j.selectTraining(loaded[i])
		if err != nil {
			return 0, err
		}
		left += n
		there = unite(there, loaded[i].Categories)
	}
	if err := j.Table.CheckCategories(there); err != nil {
		return 0, fmt.Errorf("train: %s does not fit the weights: %w", strings.Join(c.trainingFiles(), ", "), err)
	}
	for i, p := range parts {
		loaded[i].Categories = there
		set, err := data.NewSet(loaded[i], p.Images)
		if err != nil {
			return 0, data.ByFlag(err, "--train-images")
		}
		if j.train == nil {
			j.train = set
		} else {
			j.train.Add(set, j.byName())
		}
	}
	return left, nil
}

// byName reports whether a name is one class, and each file has images of its own.
func (j *Job) byName() bool { return j.Table.Meta.By == annotations.ByNames }

// selectTraining leaves of a training set the classes of the weights, which the
// configuration must not contradict.
func (j *Job) selectTraining(d *annotations.Dataset) (left int64, err error) {
	c := &j.Config
	m := j.Table.Select(d.Categories, nil)
	if c.Weights != "" && (!c.Selection.IsZero() || c.ByName && !j.byName()) {
		if err := j.checkSelection(m, d); err != nil {
			return 0, err
		}
	}
	return selectClasses(d, m)
}

// checkSelection reports a choice of classes that is not that of the weights file.
func (j *Job) checkSelection(m *annotations.Mapping, d *annotations.Dataset) error {
	c := &j.Config
	other := func(what string) error {
		return fmt.Errorf("train: %s was made with other classes: %s; leave the choice of classes to it, or make the weights again with 'cocostat weights'", c.Weights, what)
	}
	if c.ByName && !j.byName() {
		return other("its classes are told by their ids, not by name")
	}
	more, err := m.With(c.Selection, d.Categories)
	if err != nil {
		return other(err.Error())
	}
	for _, k := range more.LeftOut {
		return other(fmt.Sprintf("it has weights for %d %q", k.ID, k.Name))
	}
	return nil
}

// selectClasses leaves of a dataset what a mapping says, and returns how many
// annotations were left out. A category that a mapping by names does not know is an
// error.
func selectClasses(d *annotations.Dataset, m *annotations.Mapping) (left int64, err error) {
	for _, k := range d.Select(m) {
		if k.Reason == annotations.LeftOutUnknown {
			return 0, fmt.Errorf("train: %s: category %d %q is no class of the weights, which tell classes by their names", d.Path, k.ID, k.Name)
		}
		left += k.Instances
	}
	return left, nil
}

// unite adds those of more whose id is not there yet, in ascending ID.
func unite(all, more []annotations.Category) []annotations.Category {
	for _, k := range more {
		at, known := slices.BinarySearchFunc(all, k.ID, func(c annotations.Category, id int64) int { return int(min(1, max(-1, c.ID-id))) })
		if !known {
			all = slices.Insert(all, at, k)
		}
	}
	return all
}

// categoriesOf returns the categories that classes are.
func categoriesOf(classes []Class) []annotations.Category {
	out := make([]annotations.Category, len(classes))
	for i, k := range classes {
		out[i] = annotations.Category{ID: k.ID, Name: k.Name}
	}
	return out
}

// selectionNotes tells how the classes were chosen, and how many annotations were
// left out.
func (j *Job) selectionNotes(left int64) (notes []string) {
	const most = 5
	for i, m := range j.Table.Meta.Merged {
		if i == most {
			notes = append(notes, "and others are merged, as the weights say")
			break
		}
		notes = append(notes, fmt.Sprintf("%d categories are the class %q, as the weights say", len(m.Of), m.Name))
	}
	if j.byName() {
		notes = append(notes, "classes are told by their names, as the weights say")
	}
	return append(notes, leftNotes(left)...)
}

// leftNotes tells how many annotations of left out classes there were.
func leftNotes(n int64) []string {
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s annotations of classes that the weights file leaves out", textable.Integer(n))}
}
