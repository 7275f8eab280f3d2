package annotations

import (
	"context"
	"io"
	"runtime"
)

// Result is an element of a COCO results file: a detected box.
type Result struct {
	ImageID, CategoryID int64
	BBox                [4]float64 // x, y, width, height in pixels; zeros when absent
	Score               float64    // 0 when absent
	Offset              int64      // byte where the element starts
	Has                 Field      // of FieldImageID, FieldCategoryID, FieldBBox, FieldScore
}

// ScanResults reads a COCO results file, a JSON list with an object per
// detection, as [Scan] reads annotation files: once, validating all of it,
// with several workers, in any order of keys, and with the same errors. name
// stands for r in errors.
//
// visit gets the elements in the order of the text, some at a time; they are
// valid during the call. Elements that lack a field, such as those of masks or
// keypoints without a box, are among them and say so in Has; what is no object
// is left out. problem, which may be nil, is told of what the scan had to
// overlook: of kind UnreadableID (of an element without image_id or
// category_id), NotAnObject, UnreadableField, RotatedBox, DuplicateKey,
// StringID, TextID and StringNumber; id is the element's image_id as far as it
// can be read (of StringID and TextID: the identifier), at the byte. Both are
// called from the caller's goroutine, and an error of visit ends the scan.
func ScanResults(ctx context.Context, r io.Reader, name string, visit func([]Result) error, problem func(kind Kind, id, at int64)) error {
	return scanResults(ctx, r, name, visit, problem, chunkSize, maxToken)
}

// scanResults is ScanResults as scanChunks is Scan.
func scanResults(ctx context.Context, r io.Reader, name string, visit func([]Result) error, problem func(kind Kind, id, at int64), size, limit int) error {
	workers := runtime.GOMAXPROCS(0)
	source := newChunkReader(ctx, r, name, size, 3*workers+2)
	defer source.stop()
	p := &pool{source: source, workers: workers}
	defer p.stop()
	v := Visitor{results: visit, Problem: problem}
	s := &scanner{lexer: newLexer(ctx, source, name, size+limit, limit), visit: v, pool: p}
	if s.fill() && s.sniffResults() && s.elements(resultList) && s.trailer(true) {
		return nil
	}
	return s.err
}

// resultMember returns what a key means in an element of a results file.
// Areas are not read: pycocotools too takes width times height.
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
	}
	return other
}

// results returns the element that was read, alone.
func (r *record) results() []Result {
	r.res[0] = Result{ImageID: r.ImageID, CategoryID: r.CategoryID, BBox: r.BBox, Score: r.score, Offset: r.Offset, Has: r.Has}
	return r.res[:]
}

// The kinds of problems of results files. The first four are an Error: such
// detections cannot be evaluated and are left out. The others are a Warning.
const (
	ResultUnknownImage    Kind = "result-unknown-image"    // pycocotools refuses the file
	ResultUnknownCategory Kind = "result-unknown-category" // pycocotools leaves them out silently
	ResultNoBox           Kind = "result-no-box"           // a mask or keypoints alone, or no four numbers
	ResultNoScore         Kind = "result-no-score"

	ResultScore    Kind = "result-score-range" // outside [0, 1]
	ResultEmptyBox Kind = "result-empty-box"   // width or height not above 0: matches nothing
	ResultLimit    Kind = "result-limit"       // beyond the limit on detections of their image and class
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
	}
	return string(k)
}
