package coco

import (
	"context"
	"fmt"
	"io"

	"cocostat/annotations"
)

// ScanResults reads a COCO results file, a JSON list with an object per
// detection, as [Scan] reads annotation files: once, validating all of it,
// with several workers, in any order of keys, and with the same errors. name
// stands for r in errors. The list may also be the member annotations,
// predictions, detections or results of an object, if its first element has a
// score: otherwise that is taken for an annotation file, which is an error.
//
// visit gets the elements in the order of the text, some at a time; they are
// valid during the call. Elements that lack a field, such as those of masks or
// keypoints without a box, are among them and say so in Has; what is no object
// is left out. problem, which may be nil, is told of what the scan had to
// overlook: of kind UnreadableID (of an element without image_id or
// category_id), NotAnObject, UnreadableField, RotatedBox, DuplicateKey,
// StringID, TextID and StringNumber; id is the element's image_id as far as it
// can be read (of StringID and TextID: the identifier), at the byte. text, which
// may be nil, is told what text an identifier stands for. All are called from
// the caller's goroutine, and an error of visit ends the scan.
//
// An element without image_id that has a file_name is of the image whose
// identifier is that text.
func ScanResults(ctx context.Context, r io.Reader, name string, visit func([]annotations.Result) error, problem func(kind annotations.Kind, id, at int64), text func(id int64, text string)) error {
	v := visitor{Visitor: annotations.Visitor{Problem: problem, Text: text}, results: visit}
	return scanResults(ctx, r, name, v, chunkSizeOf(r), maxToken)
}

// scanResults is ScanResults as scan is Scan.
func scanResults(ctx context.Context, r io.Reader, name string, v visitor, size, limit int) error {
	s := newScanner(ctx, r, name, v, size, limit)
	defer s.pool.stop()
	if sniffResults(s.text) && s.allResults() {
		trailer(s.text, true)
	}
	return s.text.Err()
}

const wantResults = "expected COCO detection results, a JSON list of objects with image_id, category_id, bbox and score"

// allResults reads the list of results, or the object that holds it.
func (s *scanner) allResults() bool {
	if s.text.Buf[s.text.Pos] == '[' {
		return s.elements(resultList, s.text.Offset())
	}
	start := s.text.Offset()
	visit, read := s.visit.results, 0
	s.visit.results = func(list []annotations.Result) error {
		if read == 0 && list[0].Has&annotations.FieldScore == 0 {
			return fmt.Errorf("%s: byte %d: the first annotation has no score: this is an annotation file: "+
				"give the ground truth first, then the detections; %s", s.text.Name(), list[0].Offset, wantResults)
		}
		read += len(list)
		return visit(list)
	}
	if !s.text.Object(s.resultsMember) {
		return false
	}
	if read > 0 && s.lists[imageList]+s.lists[categoryList] > 0 {
		s.text.Stop(fmt.Errorf("%s: byte %d: this is an object with lists of images or categories of its own, whose ids need not be "+
			"those of the ground truth: if they are, give the list alone, for instance with jq .annotations; %s", s.text.Name(), start, wantResults))
	}
	if read == 0 {
		s.text.Stop(fmt.Errorf("%s: byte %d: this is an object without a list of detections, perhaps an annotation file: "+
			"give the ground truth first, then the detections; %s", s.text.Name(), start, wantResults))
	}
	return s.text.Err() == nil
}

// resultsMember reads a member of the object that holds the list of results.
func (s *scanner) resultsMember(key []byte) bool {
	place, at := s.text.Pos, s.text.Offset()
	if own := listOf(key); own == imageList || own == categoryList {
		s.lists[own]++
	}
	isList := false
	switch string(key) {
	case "detection_categories":
		return failFormat(s.text, place, "this is the output of MegaDetector, whose boxes are in 0…1 and listed by file: convert it to COCO first; %s", wantResults)
	case "image_id", "category_id", "bbox", "score":
		return failFormat(s.text, place, "this is a detection and no list of them, as in JSON lines: join the lines to a list, for instance with jq -s .; %s", wantResults)
	case "annotations", "predictions", "detections", "results":
		isList = true
	}
	if !s.text.Colon() {
		return false
	}
	if c := s.text.Next(); !isList || c != '[' {
		return s.text.SkipValue()
	}
	return s.elements(resultList, at)
}
