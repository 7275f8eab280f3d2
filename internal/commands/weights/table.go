package weights

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/classcounts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/counttable"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/textable"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// orTable makes the weights from a table of counts, if that is what the only
// input is in the place of an annotation file; else it returns the error that
// says what is wrong with it as one.
func (o *options) orTable(ctx context.Context, noDataset error) error {
	_, noFormat := errors.AsType[*annotations.FormatError](noDataset)
	_, empty := errors.AsType[*annotations.EmptyError](noDataset)
	_, noJSON := errors.AsType[*annotations.SyntaxError](noDataset)
	if !noFormat && !empty && !noJSON || len(o.Paths) != 1 || input.IsFolder(o.Paths[0]) {
		return noDataset
	}
	stdin, ok := o.stdin.again()
	if o.Paths[0] == "-" && !ok {
		return noDataset
	}
	t, source, err := counttable.Read(ctx, o.Paths[0], stdin, true)
	if _, other := errors.AsType[classcounts.OtherError](err); errors.Is(err, classcounts.ErrDataset) || errors.Is(err, counttable.ErrNoText) || other && !isTableName(o.Paths[0]) {
		return noDataset
	}
	if err != nil {
		return err
	}
	if err := o.completeTable(t); err != nil {
		return err
	}
	if err := o.checkTable(t); err != nil {
		return err
	}
	table, err := o.buildTable(t, source)
	if err != nil {
		return err
	}
	if err := codec.WriteFiles(codec.Files{Weights: o.files.Weights}, table, nil); err != nil {
		return err
	}
	o.noteTable(table, t)
	if err := o.printWeights(table); err != nil {
		return fmt.Errorf("cannot print the weights: %w", err)
	}
	return nil
}

// isTableName reports whether a file is called like a table, so that what is
// wrong with it as one is what to say.
func isTableName(path string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".parquet", ".arrow", ".arrows", ".feather", ".ipc", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(path)))
}

// completeTable adds the numbers of images that flags give.
func (o *options) completeTable(t *classcounts.Table) error {
	for _, n := range []struct {
		flag  string
		given *int64
		to    **int64
	}{{"annotated-images", &o.annotatedImages, &t.AnnotatedImages}, {"total-images", &o.totalImages, &t.TotalImages}} {
		switch {
		case !o.given(n.flag):
		case *n.to != nil && **n.to != *n.given:
			return cli.Usagef("--%s %d: %s itself says %d", n.flag, *n.given, o.Paths[0], **n.to)
		default:
			*n.to = n.given
		}
	}
	if t.AnnotatedImages != nil && t.TotalImages != nil && *t.AnnotatedImages > *t.TotalImages {
		return cli.Usagef("%s: %d images have annotations, of %d in all", o.Paths[0], *t.AnnotatedImages, *t.TotalImages)
	}
	for _, c := range t.Classes {
		switch {
		case o.given("annotated-images") && c.Images == nil:
			return cli.Usagef("--annotated-images has no effect: %s lacks the images of each class (%s): add a column images", o.Paths[0], c.Place)
		case t.AnnotatedImages != nil && c.Images != nil && *c.Images > *t.AnnotatedImages:
			return cli.Usagef("%s: %s: the class is in %d images, of %d that have annotations", o.Paths[0], c.Place, *c.Images, *t.AnnotatedImages)
		}
	}
	return nil
}

// knowsImages reports whether a table has the images of every class.
func knowsImages(t *classcounts.Table) bool {
	return !slices.ContainsFunc(t.Classes, func(c classcounts.Class) bool { return c.Images == nil })
}

// knowsFrequency reports whether a table also has the number of images of which
// they are.
func knowsFrequency(t *classcounts.Table) bool {
	return knowsImages(t) && t.AnnotatedImages != nil && *t.AnnotatedImages > 0
}

// checkTable refuses flags that need what the table has not.
func (o *options) checkTable(t *classcounts.Table) error {
	const what = "is a table of counts, without images and annotations"
	for _, flag := range []string{"eta-out", "images", "no-crowd", "count", "strict", "by", "columns-map"} {
		if o.given(flag) {
			return cli.Usagef("--%s has no effect: %s %s", flag, o.Paths[0], what)
		}
	}
	const needs = "is a table of counts, without images: it needs the column images, and annotated_images or --annotated-images"
	switch {
	case o.Alpha.Base == weights.BaseImages && !knowsImages(t):
		return cli.Usagef("--base images: %s is a table of counts, without images: add the column images", o.Paths[0])
	case knowsFrequency(t):
	case o.given("centric") && o.Centric == weights.CentricImage:
		return cli.Usagef("--centric image: %s %s", o.Paths[0], needs)
	case o.given("repeat-threshold"):
		return cli.Usagef("--repeat-threshold has no effect: %s %s", o.Paths[0], needs)
	}
	return nil
}

// buildTable makes the weights of a table of counts.
func (o *options) buildTable(t *classcounts.Table, source annotations.Source) (*weights.Table, error) {
	path := o.Paths[0]
	rows, err := tableClasses(t.Classes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	categories := make([]annotations.Category, len(rows))
	for i, r := range rows {
		categories[i] = annotations.Category{ID: *r.ID, Name: r.Name}
	}
	m, err := o.Selection.Resolve(categories, nil, false)
	if unknown, is := errors.AsType[*annotations.NoCategoryError](err); is {
		unknown.File = path
	}
	if err != nil {
		return nil, cmp.Or(o.Blame(err), err)
	}
	if len(m.Merged) > 0 && knowsImages(t) {
		return nil, cli.Usagef("--merge: %s is a table of counts, and does not say in how many images any of the merged classes is: leave the column images out, merge where the counts are made, or name the annotations", path)
	}
	counts := weights.ClassCounts{Source: source}
	if knowsFrequency(t) {
		counts.AnnotatedImages = *t.AnnotatedImages
		counts.TotalImages = *cmp.Or(t.TotalImages, t.AnnotatedImages)
	}
	counts.Categories, counts.Instances = m.Classes, make([]int64, len(m.Classes))
	if knowsImages(t) {
		counts.Images = make([]int64, len(m.Classes))
	}
	for i, k := range categories {
		class, left := m.Index(k.ID)
		if left {
			m.LeftOut[class].Instances = rows[i].Instances
			continue
		}
		counts.Instances[class] += rows[i].Instances
		if knowsImages(t) {
			counts.Images[class] = *rows[i].Images
		}
	}
	table, err := weights.BuildFromCounts(counts, o.Options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	table.Meta.Selected = m.Selected
	return table, nil
}

// tableClasses returns the classes of a table of counts in ascending id. Where no
// class has an id, their names are taken for ids if they are whole numbers, else
// their places, from 0.
func tableClasses(rows []classcounts.Class) ([]classcounts.Class, error) {
	rows = slices.Clone(rows)
	names := map[string]string{}
	withID, numbers, allNumbers := 0, make([]int64, len(rows)), true
	for i, r := range rows {
		if r.ID != nil {
			withID++
		} else if place, twice := names[r.Name]; twice {
			return nil, fmt.Errorf("class %q is there twice, in %s and %s: add the counts up, or give the classes ids", r.Name, place, r.Place)
		} else {
			names[r.Name] = r.Place
		}
		var err error
		numbers[i], err = strconv.ParseInt(r.Name, 10, 64)
		allNumbers = allNumbers && err == nil
	}
	for i := range rows {
		switch r := &rows[i]; {
		case withID == len(rows):
		case withID > 0 && r.ID == nil:
			return nil, fmt.Errorf("%s: class %q has no id, and others have one", r.Place, r.Name)
		case withID == 0 && allNumbers:
			r.ID = &numbers[i]
		case withID == 0:
			place := int64(i)
			r.ID = &place
		}
	}
	slices.SortStableFunc(rows, func(a, b classcounts.Class) int { return cmp.Compare(*a.ID, *b.ID) })
	for i, r := range rows {
		if i > 0 && *r.ID == *rows[i-1].ID {
			return nil, fmt.Errorf("the class id %d is there twice, as %q in %s and %q in %s: add the counts up, or give one another id", *r.ID, rows[i-1].Name, rows[i-1].Place, r.Name, r.Place)
		}
	}
	return rows, nil
}

// noteTable says what was written, and what a table of counts cannot give.
func (o *options) noteTable(t *weights.Table, from *classcounts.Table) {
	for _, taken := range from.Taken {
		o.Notef("%s: the column %s", o.Paths[0], taken)
	}
	switch {
	case knowsImages(from) && !knowsFrequency(from):
		o.Notef("%s is a table of counts, and does not say how many images have annotations, so that its images of each class count for nothing: --annotated-images does, or a column annotated_images. No eta file, frequencies of 0, and a tail by instances; to train with the weights, name the annotations", o.Paths[0])
	case !knowsFrequency(from):
		o.Notef("%s is a table of counts, without images: no eta file, frequencies of 0, and a tail by instances; to train with the weights, name the annotations", o.Paths[0])
	case from.TotalImages == nil:
		o.Notef("%s is a table of counts, without the objects of each image: no eta file; the number of all images is not known, and taken to be the %s with annotations (--total-images); to train with the weights, name the annotations",
			o.Paths[0], textable.Integer(t.Meta.AnnotatedImages))
	default:
		o.Notef("%s is a table of counts, without the objects of each image: no eta file; to train with the weights, name the annotations", o.Paths[0])
	}
	if !slices.ContainsFunc(from.Classes, func(c classcounts.Class) bool { return c.ID != nil }) {
		o.Notef("the classes have no ids: their names stand for them if all are whole numbers, else their places, from 0; training compares ids with those of the annotations")
	}
	o.noteFile(t)
	o.Notef("alpha: %s", describeAlpha(t))
	o.noteTail(t)
	o.noteClasses(t)
}
