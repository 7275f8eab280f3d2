package datasets

import (
	"cocostat/dataset/write"
	"cocostat/internal/commands/shared/output"
)

func plural(n int64, word string) string { return output.Plural(n, word) }

// noteLosses says what the written files do not hold.
func (t *target) noteLosses(l *write.Losses, parts []write.Part) {
	copied := true
	for i := range parts {
		copied = copied && parts[i].Copy != nil
	}
	switch {
	case t.same && t.to == write.YOLO:
		t.Notef("the labels are written anew, with boxes: outlines, turned boxes and keypoints, where there are any, become the boxes around them")
	case t.same && t.to == write.VOC:
		t.Notef("the XML is written anew, with names of classes, boxes and what is difficult: parts, poses, truncated and other elements are not in it")
	case t.to == write.YOLO:
		t.Notef("YOLO's labels hold class and box alone: ids, areas, crowds, masks and all other fields are not in them")
	case t.to == write.VOC:
		t.Notef("VOC's XML holds names of classes and boxes: ids, areas, masks and all other fields are not in it; crowds are difficult there")
	case !copied:
		t.Notef("the COCO file has ids, names, sizes, boxes, areas and crowds; what else the input holds, such as outlines of objects, is not in it")
	}
	for _, n := range []struct {
		n          int64
		word, what string
	}{
		{l.Crowds, "crowd region", "left out: YOLO has no way to say that they are crowds"},
		{l.NoBox, "annotation", "left out: without a box, or of an image whose size is needed for it and not found"},
		{l.NoArea, "annotation", "left out: the box has no area within the image"},
		{l.Cut, "box", "cut at the edge of the image"},
		{l.NoSize, "image", "with objects left out: neither the annotations nor a file tell the size"},
		{l.Renamed, "image", "with another file name: another image has theirs, or VOC's lists cannot have it"},
	} {
		if n.n > 0 {
			t.Notef("%s %s", plural(n.n, n.word), n.what)
		}
	}
	if t.to == write.YOLO && len(parts) == 1 {
		t.Notef("data.yaml names %s for train and val, since Ultralytics wants both", parts[0].Name)
	}
	if len(l.Headings) > 0 {
		t.Notef("no class, but a heading, without annotations and the supercategory of others: %s", output.List(l.Headings, 5))
	}
	if l.Nameless > 0 && t.to != write.COCO {
		t.Notef("%s left out: without a file name", plural(l.Nameless, "image"))
	}
	if l.Missing > 0 {
		t.Notef("%s not found, the first is %q: --image-dir names their folder", plural(l.Missing, "image"), l.FirstMissing)
	}
}
