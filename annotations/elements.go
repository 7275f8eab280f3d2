package annotations

// Category is an element of a file's categories list.
type Category struct {
	ID                  int64
	Name, Supercategory string
	Frequency           string // LVIS: "r", "c" or "f"; else ""

	// LVIS: instances and images of the category in its training set; absent
	// unless Has says otherwise.
	DeclaredInstances, DeclaredImages int64

	Offset int64 // byte where the element starts
	Has    Field
}

// Image is an element of a file's images list. Width and Height are in pixels,
// 0 when absent.
type Image struct {
	ID            int64
	FileName      string
	Width, Height int
	Offset        int64 // byte where the element starts
	Has           Field

	// LVIS: ids of categories that were looked for and are not in the image, and
	// of those of which not all objects are annotated. Nil when absent, empty
	// but not nil for an empty list.
	NegativeCategories, NotExhaustiveCategories []int64
}

// Annotation is an element of a file's annotations list.
type Annotation struct {
	ID, ImageID, CategoryID int64
	BBox                    [4]float64 // x, y, width, height in pixels; zeros when absent
	Area                    float64    // square pixels; width·height of BBox when absent
	Crowd                   bool
	Offset                  int64 // byte where the element starts
	Has                     Field
}

// Field is a set of fields that an element held in readable form. A field of
// the wrong type, null, or missing is not in the set.
type Field uint16

// The fields that an element may lack.
const (
	FieldID Field = 1 << iota
	FieldImageID
	FieldCategoryID
	FieldBBox
	FieldArea
	FieldName // Category.Name, Image.FileName
	FieldScore
	FieldInstanceCount // Category.DeclaredInstances
	FieldImageCount    // Category.DeclaredImages
	FieldAreaTold      // no area, and the scan has reported why
	FieldBoxTold       // no box, and the scan has reported why
	FieldSizeTold      // no size of an image, and the scan has reported why
)
