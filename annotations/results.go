package annotations

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
)

// Result is an element of a COCO results file: a detected box.
type Result struct {
	ImageID, CategoryID int64
	BBox                [4]float64 // x, y, width, height in pixels; zeros when absent
	Score               float64    // 0 when absent
	FileName            string     // file_name, or else an image_id that is a text; "" when absent
	Offset              int64      // byte where the element starts
	Has                 Field      // of FieldImageID, FieldCategoryID, FieldBBox, FieldScore
	Rotated             bool       // the box is turned, reported as RotatedBox, and absent
}

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
func ScanResults(ctx context.Context, r io.Reader, name string, visit func([]Result) error, problem func(kind Kind, id, at int64), text func(id int64, text string)) error {
	return scanResults(ctx, r, name, visit, problem, text, chunkSize, maxToken)
}

// scanResults is ScanResults as scanChunks is Scan.
func scanResults(ctx context.Context, r io.Reader, name string, visit func([]Result) error, problem func(kind Kind, id, at int64), text func(id int64, text string), size, limit int) error {
	workers := runtime.GOMAXPROCS(0)
	source := newChunkReader(ctx, r, name, size, 3*workers+2)
	defer source.stop()
	p := &pool{source: source, workers: workers}
	defer p.stop()
	v := Visitor{results: visit, Problem: problem, text: text}
	s := &scanner{lexer: newLexer(ctx, source, name, size+limit, limit), visit: v, pool: p}
	if s.fill() && s.sniffResults() && s.allResults() && s.trailer(true) {
		return nil
	}
	return s.err
}

const wantResults = "expected COCO detection results, a JSON list of objects with image_id, category_id, bbox and score"

// allResults reads the list of results, or the object that holds it.
func (s *scanner) allResults() bool {
	if s.buf[s.pos] == '[' {
		return s.elements(resultList)
	}
	start := s.base + int64(s.pos)
	s.wrapped = true
	visit, read := s.visit.results, 0
	s.visit.results = func(list []Result) error {
		if read == 0 && list[0].Has&FieldScore == 0 {
			return fmt.Errorf("%s: byte %d: the first annotation has no score: this is an annotation file: "+
				"give the ground truth first, then the detections; %s", s.lexer.file, list[0].Offset, wantResults)
		}
		read += len(list)
		return visit(list)
	}
	if !s.members((*scanner).resultsMember) {
		return false
	}
	if read > 0 && s.lists[imageList]+s.lists[categoryList] > 0 {
		s.err = fmt.Errorf("%s: byte %d: this is an object with lists of images or categories of its own, whose ids need not be "+
			"those of the ground truth: if they are, give the list alone, for instance with jq .annotations; %s", s.lexer.file, start, wantResults)
	}
	if read == 0 {
		s.err = fmt.Errorf("%s: byte %d: this is an object without a list of detections, perhaps an annotation file: "+
			"give the ground truth first, then the detections; %s", s.lexer.file, start, wantResults)
	}
	return s.err == nil
}

// resultsMember reads a member of the object that holds the list of results.
func (s *scanner) resultsMember(key []byte) bool {
	place, at := s.pos, s.base+int64(s.pos)
	var kind string
	switch string(key) {
	case "detection_categories":
		return s.format(place, "this is the output of MegaDetector, whose boxes are in 0…1 and listed by file: convert it to COCO first; %s", wantResults)
	case "image_id", "category_id", "bbox", "score":
		return s.format(place, "this is a detection and no list of them, as in JSON lines: join the lines to a list, for instance with jq -s .; %s", wantResults)
	case "annotations", "predictions", "detections", "results":
		kind = string(key)
	}
	if !s.colon() {
		return false
	}
	c := s.next()
	if own := listOf(key); own == imageList || own == categoryList {
		s.lists[own]++
	}
	if kind == "" || c != '[' {
		return s.skipValue()
	}
	if s.lists[resultList]++; s.lists[resultList] > 1 {
		s.problem(DuplicateList, 0, at)
	}
	return s.elements(resultList)
}

// resultMember returns what a key means in an element of a results file.
// Areas are not read: pycocotools too takes width times height (coco.py, loadRes).
func resultMember(key []byte) member {
	switch string(key) {
	case "image_id":
		return memberImageID
	case "category_id":
		return memberCategoryID
	case "bbox":
		return memberBBox
	case "score":
		return memberScore
	case "file_name":
		return memberName
	}
	return other
}

// nameImage takes the file's name for the identifier that an element lacks.
func (r *record) nameImage() {
	if r.Has&FieldImageID == 0 && r.name != "" {
		r.ImageID, r.Has = textNumber([]byte(r.name)), r.Has|FieldImageID
	}
}

// results returns the element that was read, alone.
func (r *record) results() []Result {
	r.res[0] = Result{ImageID: r.ImageID, CategoryID: r.CategoryID, BBox: r.BBox, Score: r.score,
		FileName: cmp.Or(r.name, r.imageText), Offset: r.Offset,
		Has: r.Has &^ (FieldName | boxTold), Rotated: r.Has&boxTold != 0}
	return r.res[:]
}

// The kinds of problems of results files. The first four are an Error: such
// detections cannot be evaluated and are left out. The others are a Warning,
// but for the last, a Note.
const (
	ResultUnknownImage    Kind = "result-unknown-image"    // pycocotools refuses the file (coco.py, loadRes)
	ResultUnknownCategory Kind = "result-unknown-category" // pycocotools leaves them out silently (cocoeval.py, catIds)
	ResultNoBox           Kind = "result-no-box"           // a mask or keypoints alone, or no four numbers
	ResultNoScore         Kind = "result-no-score"

	ResultScore    Kind = "result-score-range" // outside [0, 1]
	ResultEmptyBox Kind = "result-empty-box"   // width or height not above 0: matches nothing
	ResultLimit    Kind = "result-limit"       // beyond the limit on detections of their image and class

	// What the detections as a whole tell of a likely cause.
	ResultNone        Kind = "result-none"         // the file is an empty list
	ResultBoxForm     Kind = "result-box-form"     // corners, 0…1 or the like in place of x, y, width, height
	ResultClassIDs    Kind = "result-class-ids"    // shifted, or places in the list of categories
	ResultImageIDs    Kind = "result-image-ids"    // numbers out of file names, and ids of other images as well
	ResultEqualScores Kind = "result-equal-scores" // the order of the file decides
	TruthNone         Kind = "truth-none"          // no objects but crowds
	TruthBoxForm      Kind = "truth-box-form"      // as ResultBoxForm, of the ground truth
	TruthLimit        Kind = "truth-limit"         // more objects than the limit lets find

	ResultNoHit    Kind = "result-no-hit"   // on next to no object
	ResultRepeated Kind = "result-repeated" // the same detection again

	// Notes: images, and classes, of which nothing is detected.
	ResultNoImage Kind = "result-no-detection"
	ResultNoClass Kind = "result-no-class"
)

// ofResults is String of the kinds of problems of results files.
func (k Kind) ofResults() string {
	switch k {
	case ResultUnknownImage:
		return "detections in an unknown image, left out"
	case ResultUnknownCategory:
		return "detections of an unknown category, left out"
	case ResultNoBox:
		return "detections without a box of four numbers, left out"
	case ResultNoScore:
		return "detections without a score, left out"
	case ResultScore:
		return "scores outside [0, 1], taken as they are"
	case ResultEmptyBox:
		return "detected boxes without area, evaluated: they match nothing"
	case ResultLimit:
		return "detections beyond the limit of their image and class, not evaluated"
	case ResultNone:
		return "no detections"
	case ResultBoxForm:
		return "detected boxes that seem to be no x, y, width, height in pixels"
	case ResultClassIDs:
		return "detections whose category_id seems to be no id of the ground truth's"
	case ResultImageIDs:
		return "detections whose image_id seems to be a number out of a file name"
	case ResultEqualScores:
		return "detections of one score: their order in the file decides AP"
	case TruthNone:
		return "no objects in the ground truth"
	case TruthBoxForm:
		return "boxes of the ground truth that seem to be no x, y, width, height in pixels"
	case TruthLimit:
		return "objects beyond the limit on detections of their image and class, which cannot be found"
	case ResultNoHit:
		return "detections on next to no object"
	case ResultRepeated:
		return "detections that the file holds already"
	case ResultNoImage:
		return "images without a detection"
	case ResultNoClass:
		return "classes without a detection"
	}
	return string(k)
}
