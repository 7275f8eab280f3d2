package annotations

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
