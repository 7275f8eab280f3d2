package eval

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/progress"
	"cocostat/internal/textable"
)

// evalInput is what eval has read.
type evalInput struct {
	dataset   *annotations.Dataset
	truths    []evaluate.Truth
	params    evaluate.Params
	groupings []*evalGrouping
	a, b      []*evaluate.DetectionFile
	problems  []problems.Problem // of single detections
	fromWhole []problems.Problem // of several files as a whole
	findings  problems.Findings  // in the ground truth
	choice    *choice

	categories []int64 // ids of the ground truth's, ascending
}

// read reads the ground truth, the groupings and the detections.
func (o *options) read(ctx context.Context) (*evalInput, error) {
	if err := o.checkSwapped(ctx); err != nil {
		return nil, err
	}
	d, err := dataset.Load(ctx, o.truth)
	if err != nil {
		return nil, err
	}
	if len(d.Categories) == 0 {
		return nil, fmt.Errorf("%s lists no categories", o.truth)
	}
	in := &evalInput{dataset: d, findings: problems.Sum(problems.New(d.Problems))}
	for _, k := range d.Categories {
		in.categories = append(in.categories, k.ID)
	}
	if in.choice, err = o.choose(d); err != nil {
		return nil, err
	}
	if in.groupings, err = o.readGroupings(d); err != nil {
		return nil, err
	}
	known, err := in.prepare(o)
	if err != nil {
		return nil, err
	}
	d.Objects = nil // the truths have what counts
	var found []annotations.Problem
	for i, path := range o.Paths[1:] {
		f, err := in.readDetections(ctx, o, path, known)
		if err != nil {
			return nil, err
		}
		found = addProblems(found, f.Problems)
		in.choice.noteLeft(o, path, f)
		if i < len(o.a) {
			in.a = append(in.a, f)
		} else {
			in.b = append(in.b, f)
		}
	}
	in.problems = problems.New(found)
	if o.imagesName == imagesDetected {
		return in, in.chooseDetected(o)
	}
	return in, nil
}

// prepare makes the truths and the parameters; known are those with all
// classes, against which detections are checked.
func (in *evalInput) prepare(o *options) (known evaluate.Params, err error) {
	if o.lvis {
		in.truths, in.params, err = evaluate.FromLVIS(in.dataset)
		if err != nil {
			return known, err
		}
	} else {
		in.truths, in.params = evaluate.FromDataset(in.dataset)
		if slices.ContainsFunc(in.dataset.Images, func(im annotations.Image) bool { return im.NegativeCategories != nil }) {
			o.Notef("%s says which classes its images were searched for: --lvis evaluates by that", o.truth)
		}
	}
	p := &in.params
	p.IoUThresholds, p.Areas, p.MaxDets = o.params.IoUThresholds, o.params.Areas, o.params.MaxDets
	p.ClassAgnostic, p.Compat = o.classAgnostic, o.compat == compatPycocotools
	if o.lvis && len(p.MaxDets) > 0 {
		p.LVIS.MaxDetections = slices.Max(p.MaxDets)
	}
	known = *p
	known.Classes = in.choice.known(p.Classes)
	return known, nil
}

func (in *evalInput) readDetections(ctx context.Context, o *options, path string, p evaluate.Params) (*evaluate.DetectionFile, error) {
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	defer line.Done()
	f, err := evaluate.ReadDetections(ctx, path, p, evaluate.ReadOptions{
		Options: annotations.Options{NoHash: o.format != "json", Stdin: o.Streams.In, Progress: input.ReadProgress(line)},
		Images:  in.dataset.Images, Match: o.match, Classes: in.choice.detected, Categories: in.categories})
	if err != nil {
		return nil, cmp.Or(errors.Unwrap(err), err) // the file says enough without the package
	}
	if f.Read == 0 && len(f.Problems) > 0 {
		return nil, fmt.Errorf("%s: no element of its list is a detection: %s; %s", path, mostFrequent(f.Problems), wantDetections)
	}
	if f.Read > 0 && len(f.Detections) == 0 {
		return nil, in.noneFits(o, path, f, p.Classes)
	}
	if f.Matched == evaluate.MatchFileName {
		o.Notef("%s: images are found by file name: %s", path, f.How)
	}
	return f, nil
}

// noneFits says why no detection of a file can be evaluated.
func (in *evalInput) noneFits(o *options, path string, f *evaluate.DetectionFile, classes []int64) error {
	images := in.dataset.Images
	err := fmt.Errorf("%s: none of its %s fits %s: %s", path, output.Plural(f.Read, "detection"), o.truth, mostFrequent(f.Problems))
	if in.namedCategories(f) > 0 {
		return fmt.Errorf("%w; category_id holds the names of categories: write their ids there", err)
	}
	if r, ok := diagnose.ReadClasses(classes, f.Categories, nil); ok {
		return fmt.Errorf("%w; %s: %s", err, r, r.Remedy)
	}
	if f.UnknownImage != "" && len(images) > 0 {
		return fmt.Errorf("%w; its first image is %s, that of the ground truth has id %d and file name %q",
			err, f.UnknownImage, images[0].ID, images[0].FileName)
	}
	if len(f.Categories) == 0 && f.UnknownImage == "" && evaluate.IsDetectionFolder(path) {
		return fmt.Errorf("%w; expected lines with class, x, y, width, height and confidence: Ultralytics writes the confidence with save_conf=True", err)
	}
	if len(f.Categories) == 0 && f.UnknownImage == "" {
		return fmt.Errorf("%w; %s", err, wantDetections)
	}
	return err
}

// wantDetections is what a file of detections holds.
const wantDetections = "expected objects with image_id, category_id, bbox and score"

// chooseDetected leaves the images in which a detector has found something.
func (in *evalInput) chooseDetected(o *options) error {
	known := map[int64]bool{}
	for _, f := range slices.Concat(in.a, in.b) {
		for _, id := range f.Images {
			known[id] = true
		}
	}
	if len(known) == 0 {
		return fmt.Errorf("--images %s: there is no detection in any image of %s", imagesDetected, o.truth)
	}
	in.params.Images = slices.Sorted(maps.Keys(known))
	in.truths = slices.DeleteFunc(in.truths, func(t evaluate.Truth) bool { return !known[t.ImageID] })
	return nil
}

// mostFrequent describes the problem that was found most often.
func mostFrequent(problems []annotations.Problem) string {
	most := slices.MaxFunc(problems, func(a, b annotations.Problem) int { return int(a.Count - b.Count) })
	return fmt.Sprintf("%s %s", textable.Integer(most.Count), most.Kind)
}

// addProblems joins the problems of several files.
func addProblems(all, more []annotations.Problem) []annotations.Problem {
	for _, p := range more {
		at := slices.IndexFunc(all, func(q annotations.Problem) bool { return q.Kind == p.Kind })
		if at < 0 {
			all = append(all, p)
			continue
		}
		all[at].Count += p.Count
		all[at].Examples = append(slices.Clone(all[at].Examples), p.Examples...)
	}
	return all
}

// checkSwapped reports ground truth and detections in each other's place: the
// one is an object, the other a list.
func (o *options) checkSwapped(ctx context.Context) error {
	if o.beginning(ctx, o.truth) != '[' {
		return nil // whatever else is wrong, the readers say
	}
	for _, path := range o.Paths[1:] {
		if o.beginning(ctx, path) == '{' {
			return cli.Usagef("%s is a list of detections and %s looks like ground truth, which comes first: cocostat eval %s %s",
				o.truth, path, path, o.truth)
		}
	}
	return nil
}

// beginning returns the first character of a file that is no space, 0 where it
// cannot be looked at and read again.
func (o *options) beginning(ctx context.Context, path string) byte {
	if archive, _ := input.SplitMember(path); input.TwiceReadable(archive) != nil {
		return 0
	}
	text, err := annotations.Open(ctx, path, annotations.Options{NoHash: true})
	if err != nil {
		return 0
	}
	defer text.Close()
	start, _ := io.ReadAll(io.LimitReader(text, 4096))
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(start) == 0 {
		return 0
	}
	return start[0]
}
