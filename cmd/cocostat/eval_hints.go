package main

import (
	"fmt"
	"maps"
	"slices"

	"cocostat/annotations"
	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/boxform"
	"cocostat/internal/imagename"
	"cocostat/internal/textable"
)

// hinter asks whether detections and ground truth can mean what they say, and
// names the likely cause where they hardly can.
type hinter struct {
	*evalInput
	o        *evalOptions
	file     *evaluate.DetectionFile
	result   *evaluate.Result
	matching *diagnose.Matching
	sizes    []diagnose.Size // of the images evaluated
	problems []problem
}

// hints returns the problems of a file of detections as a whole; matching is
// that of the classes as they are evaluated.
func (in *evalInput) hints(o *evalOptions, f *evaluate.DetectionFile, result *evaluate.Result, matching *diagnose.Matching) []problem {
	h := &hinter{evalInput: in, o: o, file: f, result: result, matching: matching, sizes: in.imageSizes(result.Params.Images)}
	if f.Read == 0 {
		h.add(annotations.ResultNone, 1, "the file is an empty list: no detections", "")
		return h.problems
	}
	hits := matching.HitsAs(boxform.XYWH, h.sizes)
	if h.boxes(hits) == boxform.XYWH && !h.imageIDs(hits) {
		h.classIDs()
	}
	h.emptyImages()
	h.equalScores()
	return h.problems
}

// truthHints returns the problems of the ground truth that make evaluating it
// meaningless.
func (in *evalInput) truthHints(o *evalOptions, result *evaluate.Result, matching *diagnose.Matching) []problem {
	h := &hinter{evalInput: in, o: o, result: result, matching: matching, sizes: in.imageSizes(result.Params.Images)}
	h.truthBoxes()
	h.objectLimit()
	return h.problems
}

// addHints collects the hints for one of several files.
func (in *evalInput) addHints(o *evalOptions, f *evaluate.DetectionFile, result *evaluate.Result) {
	truths, dets, p := in.truths, f.Detections, result.Params
	if o.classAgnostic {
		truths, dets, p = asOneClass(truths, dets, p)
	}
	matching := diagnose.Match(truths, dets, &p, operatingIoU(&p))
	if in.fromWhole == nil {
		in.fromWhole = in.truthHints(o, result, matching)
	}
	in.fromWhole = append(in.fromWhole, in.hints(o, f, result, matching)...)
}

// allProblems joins problems, the severest first.
func (in *evalInput) allProblems(hints ...[]problem) []problem {
	all := slices.Concat(append([][]problem{in.problems}, hints...)...)
	severestFirst(all)
	return all
}

func (h *hinter) add(kind annotations.Kind, count int64, description, remedy string) {
	if h.file != nil && len(h.o.a)+len(h.o.b) > 1 {
		description = h.file.Source.Path + ": " + description
	}
	h.problems = append(h.problems, problem{kind.Severity(), kind, count, description, remedy, []annotations.Example{}})
}

// imageSizes returns the sizes of images, in the order of their ids.
func (in *evalInput) imageSizes(ids []int64) []diagnose.Size {
	sizes, images := make([]diagnose.Size, len(ids)), in.dataset.Images
	for i := range images {
		if at, ok := slices.BinarySearch(ids, images[i].ID); ok {
			sizes[at] = diagnose.Size{Width: float64(images[i].Width), Height: float64(images[i].Height)}
		}
	}
	return sizes
}

// boxes reports boxes of another form than COCO's, by where they lie in their
// images or by the objects that they hit, and returns the form.
func (h *hinter) boxes(hits diagnose.Hits) boxform.Form {
	count := h.matching.Forms(h.sizes)
	form, better := count.Form(), hits
	if hits.Share() < 0.5 {
		for _, other := range boxform.Others {
			if as := h.matching.HitsAs(other, h.sizes); hits.Clearer(as) && as.Hit > better.Hit {
				form, better = other, as
			}
		}
	}
	if form == boxform.XYWH {
		return form
	}
	description := fmt.Sprintf("detected boxes seem to be %s: %s", form, formWords(&count, form))
	if better.Hit > hits.Hit {
		description += fmt.Sprintf("; they are on %s of %s so, and on %s as they are", textable.Integer(better.Hit),
			plural(better.Objects, "object"), textable.Integer(hits.Hit))
	}
	h.add(annotations.ResultBoxForm, count.Boxes, description, form.Remedy())
	return form
}

// formWords says what the boxes have in common.
func formWords(c *boxform.Count, form boxform.Form) string {
	if c.Unit == c.Boxes || form == boxform.Unit {
		return fmt.Sprintf("%s of %s lie in 0…1", textable.Integer(c.Unit), textable.Integer(c.Boxes))
	}
	return fmt.Sprintf("%s of %s leave their image as x, y, width, height, and %s lie in it as corners",
		textable.Integer(c.Leave), textable.Integer(c.Sized), textable.Integer(c.Corners))
}

// truthBoxes reports boxes of the ground truth that are of another form.
func (h *hinter) truthBoxes() {
	count := h.matching.TruthForms(h.sizes)
	if form := count.Form(); form != boxform.XYWH {
		h.add(annotations.TruthBoxForm, count.Boxes,
			fmt.Sprintf("boxes of the ground truth seem to be %s: %s", form, formWords(&count, form)), form.Remedy())
	}
}

// imageIDs reports image ids that fit, and fit far better as numbers out of
// file names.
func (h *hinter) imageIDs(hits diagnose.Hits) bool {
	if h.file.Matched != evaluate.MatchID || h.o.match == evaluate.MatchID || hits.Share() >= 0.5 {
		return false
	}
	names := make([]string, len(h.dataset.Images))
	for i := range names {
		names[i] = h.dataset.Images[i].FileName
	}
	table, ids := imagename.New(names), h.result.Params.Images
	for _, rule := range imagename.Rules {
		numbers, in := table.Numbers(rule), make([]int32, len(ids))
		for i, id := range ids {
			in[i] = -1
			if found := numbers[id]; len(found) == 1 {
				if at, ok := slices.BinarySearch(ids, h.dataset.Images[found[0]].ID); ok {
					in[i] = int32(at)
				}
			}
		}
		if other := h.matching.HitsIn(in); hits.Clearer(other) {
			h.add(annotations.ResultImageIDs, int64(len(h.file.Detections)), fmt.Sprintf(
				"image_id seems to be %s, and no id: boxes are on %s of %s so, and on %s as it is", rule,
				textable.Integer(other.Hit), plural(other.Objects, "object"), textable.Integer(hits.Hit)), "--match file-name finds images by that")
			return true
		}
	}
	return false
}

// classIDs reports category ids that are no ids of the ground truth's.
func (h *hinter) classIDs() {
	if h.o.classAgnostic || len(h.o.classes) > 0 {
		return
	}
	if r, ok := diagnose.ReadClasses(h.categoryIDs(), h.detectionsByID(), h.matching.ClassPairs()); ok {
		h.add(annotations.ResultClassIDs, int64(h.file.Read), r.String(), r.Remedy)
	}
}

func (in *evalInput) categoryIDs() []int64 {
	ids := make([]int64, len(in.dataset.Categories))
	for k := range ids {
		ids[k] = in.dataset.Categories[k].ID
	}
	return ids
}

// detectionsByID counts the detections by category_id, known or not.
func (h *hinter) detectionsByID() map[int64]int64 {
	found := maps.Clone(h.file.Categories)
	for k, n := range h.matching.Detections() {
		if n > 0 {
			found[h.matching.Classes[k]] = n
		}
	}
	return found
}

// emptyImages says in how many images nothing is detected.
func (h *hinter) emptyImages() {
	images := h.result.Params.Images
	seen := make([]bool, len(images))
	for _, id := range h.file.Images {
		if at, ok := slices.BinarySearch(images, id); ok {
			seen[at] = true
		}
	}
	empty, missed := int64(0), int64(0)
	for at, objects := range h.matching.Objects() {
		if !seen[at] {
			empty++
			missed += objects
		}
	}
	if missed == 0 {
		return
	}
	remedy := ""
	if 4*empty >= int64(len(images)) {
		remedy = "--images detected leaves them out, if these are detections for a part of the images"
	}
	h.add(annotations.ResultNoImage, empty, fmt.Sprintf("images of %s without a detection: %s missed",
		textable.Integer(len(images)), plural(missed, "object")), remedy)
}

// equalScores reports that all scores are equal, if another order of the file
// could give another AP: where a class has right and wrong detections at one
// IoU threshold.
func (h *hinter) equalScores() {
	if !h.matching.EqualScores() {
		return
	}
	counts := h.matching.Judged()
	area := max(0, areaNumber(h.result, "all"))
	ts, _, ks, as, ms := h.result.Dims()
	positives := h.matching.Positives()
	for k := range ks {
		for t := range ts {
			right := h.result.Recall[((t*ks+k)*as+area)*ms+ms-1] * float64(positives[k])
			if right > 0.5 && right < float64(counts[k])-0.5 {
				h.add(annotations.ResultEqualScores, int64(len(h.file.Detections)),
					fmt.Sprintf("all scores are %v: the order of the detections in the file decides AP", h.file.Detections[0].Score),
					"write the scores of the detector")
				return
			}
		}
	}
}

// objectLimit reports objects that the limit on detections keeps from being
// found.
func (h *hinter) objectLimit() {
	p := &h.result.Params
	limit := p.MaxDets[len(p.MaxDets)-1]
	of := "of a class "
	if p.LVIS != nil || p.ClassAgnostic {
		of = ""
	}
	objects, images, most := h.matching.ObjectsBeyond(limit, p.LVIS != nil)
	if objects > 0 {
		h.add(annotations.TruthLimit, objects, fmt.Sprintf("objects beyond %s %san image, in %s: they cannot be found",
			plural(limit, "detection"), of, plural(images, "image")),
			fmt.Sprintf("--max-dets %s", maxDetsFor(p.MaxDets, most)))
	}
}

// maxDetsFor writes limits of which the last lets find so many objects.
func maxDetsFor(limits []int, most int) string {
	text := ""
	for _, limit := range limits[:len(limits)-1] {
		text += fmt.Sprintf("%d,", limit)
	}
	return text + fmt.Sprint(most)
}

// tellBesideCSV says on standard error what CSV on standard output cannot: the
// problems that are worse than notes.
func (o *evalOptions) tellBesideCSV(problems []problem) {
	if o.format != "csv" {
		return
	}
	for _, p := range problems {
		if p.Severity < annotations.Warning {
			continue
		}
		line := fmt.Sprintf("%s: %s: %s %s", p.Severity, p.Kind, textable.Integer(p.Count), p.Description)
		if p.Remedy != "" {
			line += "; " + p.Remedy
		}
		o.note("%s", line)
	}
}
