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
//	                      pycocotools keeps the last
//	duplicate-image       image id listed twice in one file; the first holds
//	image-sizes           image with different sizes in different files; the larger
//	duplicate-list        images, annotations or categories occurs twice; all are
//	                      read here, other programs take the last
//
// A Warning is counted, but suspicious, or trouble for other programs:
//
//	image-names           image id with different file names in different files;
//	                      kept apart here, mixed up where ids alone are used
//	duplicate-category    category id listed twice in one file, with one name
//	same-category-name    one name for several category ids: a class in two parts?
//	duplicate-key         key that is read twice in one object; the last one holds
//	no-box                annotation without a box of four numbers
//	empty-box             width or height is 0; torchvision refuses to train on it
//	negative-box          width or height is below 0: x1 y1 x2 y2 mixed up?
//	box-outside-image     box with an area that leaves its image by more than
//	                      Overhang: sizes swapped, or another image's?
//	no-size               image without width or height; its boxes cannot be checked
//	annotation-id-0       pycocotools takes a match with id 0 for none
//	string-number         number given as a string; other programs will not read it
//
// A Note is harmless:
//
//	string-id             identifier given as a string of digits; read as a number
//	text-id               identifier that is another text; a negative number stands
//	                      for it, made of the text's SHA-256
//	no-area               box without area; width·height is taken
//	category-unused       category without counted instances
//	image-unannotated     image without counted annotations: a negative image
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

	ImageNames        Kind = "image-names"
	DuplicateCategory Kind = "duplicate-category"
	SameCategoryName  Kind = "same-category-name"
	DuplicateKey      Kind = "duplicate-key"
	NoBox             Kind = "no-box"
	EmptyBox          Kind = "empty-box"
	NegativeBox       Kind = "negative-box"
	OutsideImage      Kind = "box-outside-image"
	NoSize            Kind = "no-size"
	AnnotationIDZero  Kind = "annotation-id-0"
	StringNumber      Kind = "string-number"

	StringID         Kind = "string-id"
	TextID           Kind = "text-id"
	NoArea           Kind = "no-area"
	EmptyCategory    Kind = "category-unused"
	UnannotatedImage Kind = "image-unannotated"
)

// kinds lists the kinds of problems in the order in which they are reported:
// by falling severity, and first what keeps annotations out of the tables.
var kinds = []Kind{
	UnknownImage, UnknownCategory, UnreadableID, NotAnObject, UnreadableField,
	DuplicateID, DuplicateImage, ImageSizes, DuplicateList,
	ImageNames, DuplicateCategory, SameCategoryName, DuplicateKey,
	NoBox, EmptyBox, NegativeBox, OutsideImage, NoSize, AnnotationIDZero, StringNumber,
	StringID, TextID, NoArea, EmptyCategory, UnannotatedImage,
}

// String says in a few words what was found and what was done about it.
func (k Kind) String() string {
	switch k {
	case StringID:
		return "identifiers written as strings, read as numbers"
	case TextID:
		return "identifiers that are texts, a negative number from their SHA-256 stands for each"
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
		return "boxes that reach beyond their image, counted"
	case NoArea:
		return "annotations without an area, that of the box is taken"
	case NoSize:
		return "images without width and height"
	case EmptyCategory:
		return "categories without instances"
	case UnannotatedImage:
		return "images without annotations"
	}
	return k.ofResults()
}

// Example is a place where a problem was found.
type Example struct {
	File   string `json:"file"`
	ID     int64  `json:"id"`     // of the annotation, image or category
	Offset int64  `json:"offset"` // byte
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
	p.keep(e)
}

// keep puts e among the examples if it is one of the first and new.
func (p *Problem) keep(e Example) {
	i, known := slices.BinarySearchFunc(p.Examples, e, compareExamples)
	if i < maxExamples && !known {
		p.Examples = slices.Insert(p.Examples, i, e)
		p.Examples = p.Examples[:min(len(p.Examples), maxExamples)]
	}
}

func compareExamples(a, b Example) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.ID, b.ID))
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
		for _, e := range q.Examples {
			p.keep(e)
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
