package annotations

// Kind names a kind of problem.
type Kind string

// The kinds of problems. None of them stops a scan.
const (
	StringID          Kind = "string-id"            // identifier given as a string of digits; accepted
	StringNumber      Kind = "string-number"        // number given as a string; accepted
	DuplicateKey      Kind = "duplicate-key"        // a key that is read occurs twice in one object
	DuplicateList     Kind = "duplicate-list"       // images, annotations or categories occurs twice
	NotAnObject       Kind = "not-an-object"        // element of a list that is not an object
	UnreadableID      Kind = "unreadable-id"        // missing, or not a 64-bit integer
	UnreadableField   Kind = "unreadable-field"     // another field of the wrong type; taken as absent
	DuplicateImage    Kind = "duplicate-image"      // image id listed twice in one file
	ImageNames        Kind = "image-names"          // image id with different file names in different files
	DuplicateCategory Kind = "duplicate-category"   // category id listed twice in one file, same name
	SameCategoryName  Kind = "same-category-name"   // one name for several category ids
	DuplicateID       Kind = "duplicate-annotation" // annotation id used twice in one file
	AnnotationIDZero  Kind = "annotation-id-0"      // pycocotools takes a match with id 0 for none
	UnknownImage      Kind = "unknown-image"        // annotation of an image that is not listed; not counted
	UnknownCategory   Kind = "unknown-category"     // annotation of a category that is not listed; not counted
	NoBox             Kind = "no-box"               // annotation without a box of four numbers; counted
	EmptyBox          Kind = "empty-box"            // width or height is 0; counted
	NegativeBox       Kind = "negative-box"         // width or height is below 0; counted
	NoSize            Kind = "no-size"              // image without width and height
	EmptyCategory     Kind = "category-unused"      // category without instances
	UnannotatedImage  Kind = "image-unannotated"    // image without counted annotations
)

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
