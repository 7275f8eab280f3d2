package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/cli"
	"cocostat/weights"
)

// orTable makes the weights from a table of counts, if that is what the only
// input is in the place of an annotation file; else it returns the error that
// says what is wrong with it as one.
func (o *weightsOptions) orTable(ctx context.Context, noDataset error) error {
	_, noFormat := errors.AsType[*annotations.FormatError](noDataset)
	_, empty := errors.AsType[*annotations.EmptyError](noDataset)
	_, noJSON := errors.AsType[*annotations.SyntaxError](noDataset)
	if !noFormat && !empty && !noJSON || len(o.paths) != 1 || o.paths[0] == "-" || isFolder(o.paths[0]) {
		return noDataset
	}
	rows, isDataset, err := readTable(ctx, o.paths[0], true)
	if _, other := errors.AsType[notTable](err); isDataset || other && !strings.EqualFold(filepath.Ext(o.paths[0]), ".csv") {
		return noDataset
	}
	if err != nil {
		return err
	}
	if err := o.checkTable(); err != nil {
		return err
	}
	table, err := o.buildTable(ctx, rows)
	if err != nil {
		return err
	}
	if err := table.WriteFiles(weights.Files{Weights: o.files.Weights}, nil); err != nil {
		return err
	}
	o.noteTable(table)
	if err := o.printWeights(table); err != nil {
		return fmt.Errorf("cannot print the weights: %w", err)
	}
	return nil
}

// checkTable refuses flags that need images or annotations.
func (o *weightsOptions) checkTable() error {
	for _, flag := range []string{"eta-out", "images", "no-crowd", "count", "repeat-threshold", "strict", "merge-by"} {
		if o.given(flag) {
			return cli.Usagef("--%s has no effect: %s is a table of counts, without images and annotations", flag, o.paths[0])
		}
	}
	switch {
	case o.Alpha.Base == weights.BaseImages:
		return cli.Usagef("--base images: %s is a table of counts, without images", o.paths[0])
	case o.given("centric") && o.Centric == weights.CentricImage:
		return cli.Usagef("--centric image: %s is a table of counts, without images", o.paths[0])
	}
	return nil
}

// buildTable makes the weights of the rows of a table of counts.
func (o *weightsOptions) buildTable(ctx context.Context, rows []classCount) (*weights.Table, error) {
	path := o.paths[0]
	categories, instances, err := tableClasses(rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out, err := annotations.FindCategories(categories, o.leaveOut)
	if unknown, is := errors.AsType[*annotations.NoCategoryError](err); is {
		unknown.File = path
		return nil, cli.Usagef("--leave-out: %w", err)
	}
	source, err := sourceOf(ctx, path)
	if err != nil {
		return nil, err
	}
	var kept []annotations.Category
	var counts []int64
	var left []annotations.LeftOut
	for i, k := range categories {
		if slices.Contains(out, k.ID) {
			left = append(left, annotations.LeftOut{ID: k.ID, Name: k.Name, Reason: annotations.LeftOutAsked, Instances: instances[i]})
		} else {
			kept, counts = append(kept, k), append(counts, instances[i])
		}
	}
	table, err := weights.BuildFromCounts(kept, counts, source, o.Options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	table.Meta.LeftOut = left
	return table, nil
}

// repeatedName returns a name that several rows without an id have.
func repeatedName(rows []classCount) (string, bool) {
	seen := map[string]bool{}
	for _, r := range rows {
		if r.id == nil && seen[r.name] {
			return r.name, true
		}
		seen[r.name] = true
	}
	return "", false
}

// tableClasses returns the classes of a table of counts in ascending id, and
// their instances. Where no class has an id, their names are taken for ids if
// they are whole numbers, else their places, from 0.
func tableClasses(rows []classCount) ([]annotations.Category, []int64, error) {
	if name, twice := repeatedName(rows); twice {
		return nil, nil, fmt.Errorf("class %q is there twice: add the counts up, or give the classes ids", name)
	}
	rows = slices.Clone(rows)
	withID, numbers := 0, make([]int64, len(rows))
	allNumbers := true
	for i := range rows {
		if rows[i].id != nil {
			withID++
		}
		var err error
		numbers[i], err = strconv.ParseInt(rows[i].name, 10, 64)
		allNumbers = allNumbers && err == nil
	}
	for i := range rows {
		switch r := &rows[i]; {
		case withID == len(rows):
		case withID > 0 && r.id == nil:
			return nil, nil, fmt.Errorf("class %d %q has no id, and others have one", i+1, r.name)
		case withID == 0 && allNumbers:
			r.id = &numbers[i]
		case withID == 0:
			place := int64(i)
			r.id = &place
		}
	}
	slices.SortStableFunc(rows, func(a, b classCount) int { return cmp.Compare(*a.id, *b.id) })
	var categories []annotations.Category
	var instances []int64
	for i, r := range rows {
		if i > 0 && *r.id == *rows[i-1].id {
			return nil, nil, fmt.Errorf("the class id %d is there twice, as %q and %q", *r.id, rows[i-1].name, r.name)
		}
		categories, instances = append(categories, annotations.Category{ID: *r.id, Name: r.name}), append(instances, r.instances)
	}
	return categories, instances, nil
}

// sourceOf reads a file to describe it.
func sourceOf(ctx context.Context, path string) (annotations.Source, error) {
	text, err := annotations.Open(ctx, path, annotations.Options{})
	if err != nil {
		return annotations.Source{}, err
	}
	defer text.Close()
	if _, err := io.Copy(io.Discard, text); err != nil {
		return annotations.Source{}, fmt.Errorf("%s: %w", path, err)
	}
	return text.Source()
}

// noteTable says what was written, and what a table of counts cannot give.
func (o *weightsOptions) noteTable(t *weights.Table) {
	o.note("%s is a table of counts, without images: no eta file, frequencies of 0, and a tail by instances; to train with the weights, name the annotations", o.paths[0])
	o.note("wrote %s: %s, %s%s", o.files.Weights, plural(len(t.Rows), "class"), plural(t.Meta.Instances, "instance"), withoutMetadata(o.files.Weights))
	o.note("alpha: %s", describeAlpha(t))
	o.noteTail(t)
	o.noteClasses(t)
}
