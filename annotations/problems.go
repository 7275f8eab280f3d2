package annotations

import (
	"cmp"
	"slices"
)

// Kind names a kind of problem. None of them stops a scan.
//
// An Error contradicts the rest of the data, or loses something for the counts
// here or in other programs:
//
//	unknown-image         annotation of an image that is not listed; not counted
//	unknown-category      annotation of a category that is not listed; not counted
//	unreadable-id         identifier missing or neither 64-bit integer nor text; refers to nothing
//	not-an-object         element of a list that is not an object; left out
//	unreadable-field      value of the wrong type; taken as absent
//	duplicate-annotation  annotation id used twice in one file; both count here,
//	                      pycocotools keeps the last (coco.py, createIndex)
//	duplicate-image       image id listed twice in one file; the first holds
//	image-sizes           image with different sizes in different files; the larger
//	duplicate-list        images, annotations or categories occurs twice; all are
//	                      read here, Python's json takes the last
//	no-category           annotation without a category_id, such as a caption; not
//	                      counted
//	category-name-as-id   annotation whose category_id is a category's name; not
//	                      counted
//	file-name-as-id       annotation whose image_id is an image's file name; not
//	                      counted
//	category-shift        category ids of a file's annotations that fit listed ones
//	                      once 1 is added, or subtracted, and only then
//	nested-annotations    image that holds annotations within it; they are not read
//	bare-name             category that is a name alone; left out
//	rotated-box           box of five or eight numbers: turned; taken as absent
//	unreadable-file       file of a dataset of many that is cut, or none of the
//	                      format; left out
//	unreadable-area       area that is no number, a list say; the box's is taken
//	label-without-image   file of labels whose image is not there; counted, without boxes
//	unreadable-image      image that is missing, damaged or of no known format, so
//	                      that its size and the boxes in it are not known
//	unreadable-line       line that is no label: words, or the wrong number of
//	                      columns; counted, without a box, if its class can be read
//	coordinate-range      coordinates that are no fractions of the image, 0…1
//
// A Warning is counted, but suspicious, or trouble for other programs:
//
//	image-names           image id with different file names in different files;
//	                      kept apart here, mixed up where ids alone are used
//	duplicate-category    category id listed twice in one file, with one name
//	category-without-name category whose name is absent, empty or spaces
//	same-category-name    one name for several category ids: a class in two parts?
//	duplicate-key         key that is read twice in one object; the last one holds
//	no-box                annotation without a box of four numbers
//	shape-without-box     points, a line or the like, which no box encloses
//	empty-box             width or height is 0; torchvision refuses to train on it
//	                      (models/detection/generalized_rcnn.py)
//	negative-box          width or height is below 0: x1 y1 x2 y2 mixed up?
//	box-outside-image     box with an area that leaves its image by more than
//	                      Overhang: sizes swapped, or another image's?
//	no-size               image without width or height; its boxes cannot be checked
//	annotation-id-0       pycocotools takes a match with id 0 for none (cocoeval.py)
//	string-number         number given as a string, with which other programs cannot compute
//	image-in-files        image id and file name in several files: one image, with
//	                      the annotations of all; or two that look like one?
//	annotation-in-files   annotation id used in several files; all count here
//	file-name-differs     file that names another image than it is called after
//	other-annotation      annotation of an image that another one counts for
//	same-file-name        file name of several image ids: one picture twice, or of
//	                      two folders?
//	duplicate-box         the same box, class and image once more; both count
//	box-corners           boxes that leave their image, and fit in it if read as
//	                      x1, y1, x2, y2
//	box-normalised        boxes between 0 and 1, as most of their file are
//	area-contradicts-box  area that the box has no room for, or the same for all
//	                      boxes, or too small for most
//	mixed-labels          boxes and polygons in one file: Ultralytics leaves its image out
//
// A Note is harmless:
//
//	string-id             identifier given as a string of digits; read as a number
//	text-id               identifier that is another text; a negative number stands
//	                      for it, made of the text's SHA-256
//	no-area               box without area; width·height is taken
//	image-label           label of a whole image, which is no object; not counted
//	image-not-labelled    image that nobody has annotated yet; left out
//	declared-counts       category with another instance_count, image_count or
//	                      frequency than it declares, where the file holds more
//	                      of some than they declare
//	category-unused       category without counted instances
//	image-unannotated     image without counted annotations: a negative image
//	four-points           label of four points, a turned box; what encloses it is taken
//	link-outside          link that leads out of its folder; followed
//	link-again            link to a folder that is read already; not followed
type Kind string

// The kinds of problems; the comment of Kind says what each means.
const (
	UnknownImage    Kind = "unknown-image"
	UnknownCategory Kind = "unknown-category"
	UnreadableID    Kind = "unreadable-id"
	NotAnObject     Kind = "not-an-object"
	UnreadableField Kind = "unreadable-field"
	DuplicateID     Kind = "duplicate-annotation"
	DuplicateImage  Kind = "duplicate-image"
	ImageSizes      Kind = "image-sizes"
	DuplicateList   Kind = "duplicate-list"

	NoCategory        Kind = "no-category"
	CategoryNameAsID  Kind = "category-name-as-id"
	FileNameAsID      Kind = "file-name-as-id"
	CategoryShift     Kind = "category-shift"
	NestedAnnotations Kind = "nested-annotations"
	BareName          Kind = "bare-name"
	RotatedBox        Kind = "rotated-box"
	UnreadableArea    Kind = "unreadable-area"
	LabelWithoutImage Kind = "label-without-image"
	UnreadableImage   Kind = "unreadable-image"
	UnreadableLine    Kind = "unreadable-line"
	CoordinateRange   Kind = "coordinate-range"
	UnreadableFile    Kind = "unreadable-file"

	ImageNames        Kind = "image-names"
	DuplicateCategory Kind = "duplicate-category"
	NamelessCategory  Kind = "category-without-name"
	SameCategoryName  Kind = "same-category-name"
	DuplicateKey      Kind = "duplicate-key"
	NoBox             Kind = "no-box"
	ShapeWithoutBox   Kind = "shape-without-box"
	EmptyBox          Kind = "empty-box"
	NegativeBox       Kind = "negative-box"
	OutsideImage      Kind = "box-outside-image"
	NoSize            Kind = "no-size"
	AnnotationIDZero  Kind = "annotation-id-0"
	StringNumber      Kind = "string-number"
	SharedImage       Kind = "image-in-files"
	SharedAnnotation  Kind = "annotation-in-files"
	FileNameDiffers   Kind = "file-name-differs"
	OtherAnnotation   Kind = "other-annotation"
	SameFileName      Kind = "same-file-name"
	DuplicateBox      Kind = "duplicate-box"
	CornerBox         Kind = "box-corners"
	NormalisedBox     Kind = "box-normalised"
	AreaContradiction Kind = "area-contradicts-box"
	MixedLabels       Kind = "mixed-labels"

	StringID         Kind = "string-id"
	TextID           Kind = "text-id"
	NoArea           Kind = "no-area"
	ImageLabel       Kind = "image-label"
	UnlabelledImage  Kind = "image-not-labelled"
	DeclaredCounts   Kind = "declared-counts"
	EmptyCategory    Kind = "category-unused"
	UnannotatedImage Kind = "image-unannotated"
	FourPoints       Kind = "four-points"
	LinkOutside      Kind = "link-outside"
	LinkAgain        Kind = "link-again"
)

// kinds lists the kinds of problems in the order in which they are reported:
// by falling severity, and first what keeps annotations out of the tables.
var kinds = []Kind{
	UnknownImage, UnknownCategory, CategoryNameAsID, FileNameAsID, CategoryShift,
	NoCategory, UnreadableFile, UnreadableID, NestedAnnotations, NotAnObject, BareName, RotatedBox, UnreadableArea, UnreadableField,
	LabelWithoutImage, UnreadableImage, UnreadableLine, CoordinateRange,
	DuplicateID, DuplicateImage, ImageSizes, DuplicateList,
	SharedImage, SharedAnnotation, ImageNames, FileNameDiffers, OtherAnnotation, SameFileName, DuplicateCategory, NamelessCategory, SameCategoryName, DuplicateKey,
	CornerBox, NormalisedBox, NoBox, ShapeWithoutBox, EmptyBox, NegativeBox, OutsideImage, DuplicateBox, AreaContradiction, MixedLabels,
	NoSize, AnnotationIDZero, StringNumber,
	StringID, TextID, NoArea, ImageLabel, UnlabelledImage, DeclaredCounts, EmptyCategory, UnannotatedImage,
	FourPoints, LinkOutside, LinkAgain,
}

// String says in a few words what was found and what was done about it.
func (k Kind) String() string {
	switch k {
	case StringID:
		return "identifiers written as strings, read as numbers"
	case TextID:
		return "identifiers that are texts or exceed 64 bits, a negative number from their SHA-256 stands for each"
	case StringNumber:
		return "numbers written as strings, read as numbers"
	case DuplicateKey:
		return "keys twice in one object, the last one holds"
	case DuplicateList:
		return "top-level lists that occur again, all were read"
	case NotAnObject:
		return "list elements that are no objects, left out"
	case UnreadableID:
		return "elements with an identifier that is missing or neither 64-bit integer nor text"
	case UnreadableField:
		return "values of the wrong type, taken as absent"
	case DuplicateImage:
		return "images listed again in the same file"
	case ImageSizes:
		return "images with different sizes in different files, the larger is taken"
	case ImageNames:
		return "image ids with different file names in different files, kept apart"
	case DuplicateCategory:
		return "categories listed again in the same file"
	case SameCategoryName:
		return "category names used for another id already"
	case DuplicateID:
		return "annotation ids used again in the same file"
	case AnnotationIDZero:
		return "annotations with id 0, which pycocotools takes for no match"
	case UnknownImage:
		return "annotations of an unknown image, not counted"
	case UnknownCategory:
		return "annotations of an unknown category, not counted"
	case NoBox:
		return "annotations without a box of four numbers, counted"
	case EmptyBox:
		return "boxes of no area, counted"
	case NegativeBox:
		return "boxes of negative width or height, counted"
	case OutsideImage:
		return "boxes that reach beyond their image"
	case NoArea:
		return "annotations without an area, that of the box is taken"
	case NoSize:
		return "images without width and height"
	case EmptyCategory:
		return "categories without instances"
	case UnannotatedImage:
		return "images without annotations"
	}
	return k.ofMeaning()
}

// ofMeaning is String of what can be read but means something else than it
// should.
func (k Kind) ofMeaning() string {
	switch k {
	case NoCategory:
		return "annotations without a category_id, such as captions, not counted"
	case CategoryNameAsID:
		return "annotations with the name of a category as category_id, not counted: write its id there"
	case FileNameAsID:
		return "annotations with the file name of an image as image_id, not counted: write its id there"
	case CategoryShift:
		return "annotations whose category ids look shifted by one against those of categories: all classes would be wrong"
	case NestedAnnotations:
		return "images that hold annotations, which are not read: move them to the top-level list"
	case NamelessCategory:
		return "categories without a name: tables, groups and other datasets know classes by it"
	case BareName:
		return "categories that are a name alone, left out: write objects with id and name"
	case RotatedBox:
		return "boxes of five or eight numbers (rotated), taken as absent: write x, y, width, height of what encloses them"
	case UnreadableArea:
		return "areas that are no number, that of the box is taken: AP by size cannot be told from them"
	case SharedImage:
		return "images listed in several files, taken for one: if they are two, give one another id or file name"
	case SharedAnnotation:
		return "annotation ids used in several files, all counted: programs that go by ids keep one of each"
	case SameFileName:
		return "file names of another image id: the same picture again, or another folder's"
	case DuplicateBox:
		return "boxes that their image holds in the same class already, counted again; the places are the images'"
	case CornerBox:
		return "boxes that leave their image, but fit as x1, y1, x2, y2: if they are corners, write x, y, x2-x1, y2-y1"
	case NormalisedBox:
		return "boxes between 0 and 1, probably fractions of the image: multiply by its width and height"
	case AreaContradiction:
		return "areas that contradict their boxes: small, medium and large, and AP by size, are meaningless"
	case UnreadableFile:
		return "files that are cut, damaged or of another format, left out"
	case FileNameDiffers:
		return "files that name another image than they are called after, theirs is taken"
	case OtherAnnotation:
		return "annotations of an image that another annotation counts for: the ground truth, or the last one"
	case UnlabelledImage:
		return "images that nobody has annotated, left out"
	case ShapeWithoutBox:
		return "points, lines and other shapes that no box encloses, counted without one"
	case ImageLabel:
		return "labels of a whole image, which is no object, not counted"
	case DeclaredCounts:
		return "categories that declare other counts (instance_count, image_count, frequency) than the file holds"
	}
	return k.ofFolders()
}

// Example is a place where a problem was found.
type Example struct {
	File   string `json:"file"`
	ID     int64  `json:"id"`               // of the annotation, image or category
	Text   string `json:"text,omitempty"`   // the text that ID stands for, where it is known
	Offset int64  `json:"offset"`           // byte; -1: not known, or Part and Line say it
	Part   string `json:"part,omitempty"`   // file of a dataset of many, its path below File
	Line   int64  `json:"line,omitempty"`   // from 1; 0: not known
	Detail string `json:"detail,omitempty"` // names, where they tell more
}

// Problem is a kind of problem, how often it was found, and where first.
type Problem struct {
	Kind     Kind      `json:"kind"`
	Count    int64     `json:"count"`
	Examples []Example `json:"examples"` // at most 3
}

// maxExamples is how many places of each kind are kept.
const maxExamples = 3

// problemList collects problems.
type problemList map[Kind]*Problem

// add notes n problems of a kind, of which the first is at the example.
func (l problemList) add(kind Kind, n int64, e Example) {
	p := l[kind]
	if p == nil {
		p = &Problem{Kind: kind}
		l[kind] = p
	}
	p.Count += n
	p.keep(&e)
}

// keep puts e among the examples if it is one of the first and new. Of many
// problems nearly all are behind the last example.
func (p *Problem) keep(e *Example) {
	if n := len(p.Examples); n == maxExamples && e.File == p.Examples[n-1].File && e.Offset > p.Examples[n-1].Offset {
		return
	}
	i, known := slices.BinarySearchFunc(p.Examples, *e, compareExamples)
	if i < maxExamples && !known {
		p.Examples = slices.Insert(p.Examples, i, *e)
		p.Examples = p.Examples[:min(len(p.Examples), maxExamples)]
	}
}

func compareExamples(a, b Example) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.ID, b.ID))
}

// take adds a problem under a kind; nil is none.
func (l problemList) take(kind Kind, p *Problem) {
	if p != nil {
		l.merge(problemList{kind: p})
	}
}

// merge adds the problems of another list.
func (l problemList) merge(other problemList) {
	for kind, q := range other {
		p := l[kind]
		if p == nil {
			p = &Problem{Kind: kind}
			l[kind] = p
		}
		p.Count += q.Count
		for i := range q.Examples {
			p.keep(&q.Examples[i])
		}
	}
}

// sorted returns the problems in the order of kinds.
func (l problemList) sorted() []Problem {
	var out []Problem
	for _, kind := range kinds {
		if p := l[kind]; p != nil {
			out = append(out, *p)
		}
	}
	return out
}
