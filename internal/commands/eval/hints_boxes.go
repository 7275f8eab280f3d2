package eval

import (
	"fmt"

	"cocostat/annotations"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/boxform"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
)

// boxes reports boxes of another form than COCO's, by where they lie in their
// images or by the objects that they hit.
func (h *hinter) boxes(hits diagnose.Hits) bool {
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
		return h.mixed(&count, annotations.ResultBoxForm, "detected boxes")
	}
	description := fmt.Sprintf("detected boxes seem to be %s: %s", form, formWords(&count, form))
	if better.Hit > hits.Hit {
		description += fmt.Sprintf("; they are on %s of %s so, and on %s as they are", textable.Integer(better.Hit),
			output.Plural(better.Objects, "object"), textable.Integer(hits.Hit))
	}
	h.add(annotations.ResultBoxForm, count.Boxes, description, form.Remedy())
	return true
}

// mixed reports boxes in 0…1 among others.
func (h *hinter) mixed(c *boxform.Count, kind annotations.Kind, what string) bool {
	if !c.Mixed() {
		return false
	}
	h.add(kind, c.Parts, fmt.Sprintf("%s that seem to be in 0…1, among others that are not: %s of %s", what,
		textable.Integer(c.Parts), textable.Integer(c.Boxes)), boxform.Unit.Remedy())
	return true
}

// formWords says what the boxes have in common.
func formWords(c *boxform.Count, form boxform.Form) string {
	if c.Unit == c.Boxes || form == boxform.Unit {
		return fmt.Sprintf("%s of %s lie in 0…1", textable.Integer(c.Unit), textable.Integer(c.Boxes))
	}
	if c.Sized == 0 {
		return "the sizes of the images are unknown"
	}
	return fmt.Sprintf("%s of %s leave their image as x, y, width, height, and %s lie in it as corners",
		textable.Integer(c.Leave), textable.Integer(c.Sized), textable.Integer(c.Corners))
}

// noHits reports that next to no object has a detection on it, whatever their
// classes. What it says is a fact; the cause is open.
func (h *hinter) noHits(hits diagnose.Hits) bool {
	if hits.Objects < 20 || 50*hits.Hit >= hits.Objects {
		return false
	}
	h.add(annotations.ResultNoHit, int64(len(h.file.Detections)), fmt.Sprintf(
		"detections on next to no object, of whatever class: boxes are on %s of %s (IoU 0.5)", textable.Integer(hits.Hit),
		output.Plural(hits.Objects, "object")), "see that boxes are in pixels of the images that the ground truth has, x before y, and image ids those of its images")
	return true
}

// truthBoxes reports boxes of the ground truth that are of another form.
func (h *hinter) truthBoxes() {
	count := h.matching.TruthForms(h.sizes)
	if form := count.Form(); form != boxform.XYWH {
		h.add(annotations.TruthBoxForm, count.Boxes,
			fmt.Sprintf("boxes of the ground truth seem to be %s: %s", form, formWords(&count, form)), form.Remedy())
		return
	}
	h.mixed(&count, annotations.TruthBoxForm, "boxes of the ground truth")
}
