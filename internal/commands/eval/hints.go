package eval

import (
	"fmt"
	"maps"
	"slices"

	"cocostat/annotations"
	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/boxform"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/textable"
)

// hinter asks whether detections and ground truth can mean what they say, and
// names the likely cause where they hardly can.
type hinter struct {
	*evalInput
	o        *options
	file     *evaluate.DetectionFile
	result   *evaluate.Result
	matching *diagnose.Matching
	sizes    []diagnose.Size // of the images evaluated
	problems []problems.Problem
}

// hints returns the problems of a file of detections as a whole; matching is
// that of the classes as they are evaluated.
func (in *evalInput) hints(o *options, f *evaluate.DetectionFile, result *evaluate.Result, matching *diagnose.Matching) []problems.Problem {
	h := &hinter{evalInput: in, o: o, file: f, result: result, matching: matching, sizes: in.imageSizes(result.Params.Images)}
	if f.Read == 0 {
		h.add(annotations.ResultNone, 1, "the file is an empty list: no detections", "")
		return h.problems
	}
	hits := matching.HitsAs(boxform.XYWH, h.sizes)
	named := h.names()
	if !h.boxes(hits) && !h.imageIDs(hits) && !h.noHits(hits) && !named && !h.classIDs() {
		h.emptyClasses()
	}
	h.emptyImages()
	h.repeated()
	h.equalScores()
	return h.problems
}

// truthHints returns the problems of the ground truth that make evaluating it
// meaningless.
func (in *evalInput) truthHints(o *options, result *evaluate.Result, matching *diagnose.Matching) []problems.Problem {
	h := &hinter{evalInput: in, o: o, result: result, matching: matching, sizes: in.imageSizes(result.Params.Images)}
	h.noObjects()
	h.truthBoxes()
	h.objectLimit()
	return h.problems
}

// noObjects reports that there is nothing to find.
func (h *hinter) noObjects() {
	for _, n := range h.matching.Positives() {
		if n > 0 {
			return
		}
	}
	crowds := int64(0)
	for i := range h.truths {
		if h.truths[i].Crowd {
			crowds++
		}
	}
	h.add(annotations.TruthNone, 1, fmt.Sprintf("the ground truth has no object to find, but %s, in %s: there is no AP",
		output.Plural(crowds, "crowd"), output.Plural(int64(len(h.result.Params.Images)), "image")), "evaluate with annotations that have objects of these classes and images")
}

// addHints collects the hints for one of several files.
func (in *evalInput) addHints(o *options, f *evaluate.DetectionFile, result *evaluate.Result, matching *diagnose.Matching) {
	if in.fromWhole == nil {
		in.fromWhole = in.truthHints(o, result, matching)
	}
	in.fromWhole = append(in.fromWhole, in.hints(o, f, result, matching)...)
}

// allProblems joins problems, the severest first.
func (in *evalInput) allProblems(hints ...[]problems.Problem) []problems.Problem {
	all := slices.Concat(append([][]problems.Problem{in.problems}, hints...)...)
	problems.SeverestFirst(all)
	return all
}

func (h *hinter) add(kind annotations.Kind, count int64, description, remedy string) {
	if h.file != nil && len(h.o.a)+len(h.o.b) > 1 {
		description = h.file.Source.Path + ": " + description
	}
	h.problems = append(h.problems, problems.Problem{Severity: kind.Severity(), Kind: kind, Count: count,
		Description: description, Remedy: remedy, Examples: []annotations.Example{}})
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

// names reports detections that name their image or category where others have
// ids, and reports whether categories are.
func (h *hinter) names() bool {
	if n := h.file.FitByName; n > 0 {
		h.add(annotations.ResultImageIDs, n, "image_id or file_name is that of a file of the ground truth, where others are ids",
			"write ids everywhere, or file names, which --match file-name takes")
	}
	n := h.namedCategories(h.file)
	if n > 0 {
		h.add(annotations.ResultClassIDs, n, "category_id is the name of a category", "write its id there")
	}
	return n > 0
}

// namedCategories counts the detections whose category_id is the name of a
// category.
func (in *evalInput) namedCategories(f *evaluate.DetectionFile) (n int64) {
	for k := range in.dataset.Categories {
		n += f.Categories[annotations.NumberOfText(in.dataset.Categories[k].Name)]
	}
	return n
}

// classIDs reports category ids that are no ids of the ground truth's.
func (h *hinter) classIDs() bool {
	if h.o.classAgnostic || !h.choice.all {
		return false
	}
	if r, ok := diagnose.ReadClasses(h.categoryIDs(), h.detectionsByID(), h.matching.ClassPairs()); ok {
		h.add(annotations.ResultClassIDs, int64(h.file.Read), r.String(), r.Remedy)
		return true
	}
	return false
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

// emptyClasses says how many classes have no detection, if these are many that
// have objects where others are detected: the detector may not know them.
func (h *hinter) emptyClasses() {
	undetected, positives := h.matching.Undetected(), h.matching.Positives()
	empty, classes, missed := int64(0), int64(0), int64(0)
	for k, objects := range positives {
		if objects > 0 {
			classes++
		}
		if undetected[k] > 0 {
			empty++
			missed += undetected[k]
		}
	}
	if missed >= 10 && 4*empty >= classes {
		h.add(annotations.ResultNoClass, empty, fmt.Sprintf("classes of %s with objects without a detection: %s missed in images with one",
			textable.Integer(classes), output.Plural(missed, "object")), "--classes leaves them out, if the detector does not know them")
	}
}

// repeated reports detections that the file holds twice.
func (h *hinter) repeated() {
	if n := h.matching.Repeated(); n > 0 {
		h.add(annotations.ResultRepeated, n, "detections that the file holds already, with the same image, class, box and score: false alarms",
			"leave one of each, for instance with jq unique")
	}
}

// equalScores reports that all scores are equal, if another order of the file
// could give another AP.
func (h *hinter) equalScores() {
	if h.matching.OrderDecides() {
		h.add(annotations.ResultEqualScores, int64(len(h.file.Detections)),
			fmt.Sprintf("all scores are %v: the order of the detections in the file decides AP", h.file.Detections[0].Score),
			"write the scores of the detector")
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
			output.Plural(limit, "detection"), of, output.Plural(images, "image")),
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
func (o *options) tellBesideCSV(problems []problems.Problem) {
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
		o.Notef("%s", line)
	}
}
