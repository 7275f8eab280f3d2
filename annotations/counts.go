package annotations

import "io"

// Options are the settings of Count. The zero value counts everything.
type Options struct {
	// NoCrowd leaves annotations with iscrowd out of Instances, Images, Pairs
	// and the image rows. Counts.Crowd counts them all the same.
	NoCrowd bool
	// ByName unites the categories of one name, of several files or of one,
	// whatever their ids. Each has the smallest of its ids if these all differ;
	// otherwise all are numbered from 1, in the order of smallest id and name.
	// Images of different files are different images then, whatever their ids and
	// names.
	ByName bool
	// Trainable leaves annotations that no training can use (see ClipBox) out
	// of Instances, Images, Pairs and the image rows. Counts.Unusable counts
	// them. Sizes and boxes stay those of all.
	Trainable bool
	// NoRoots leaves categories out that are headings and no classes: see Roots.
	NoRoots bool
	// Selection says which categories are classes. One that there is not is a
	// *NoCategoryError.
	Selection Selection
	// ForTables keeps in the counts what WriteTables needs for tables that merge:
	// the memory of MergeFile, until the counts are dropped.
	ForTables bool
	// Columns names the columns of a table with a row per annotation, by the names
	// that package annotations/rows has for them.
	Columns map[string]string
	// Rows, when set, is told of every annotation as it is read.
	Rows Rows
	// Part tells that the files are a part of a dataset: that there is nothing to
	// count in them is no error then, nor that they lack a category of Selection.
	Part bool
	// Progress, when set, is called from time to time with the bytes read from
	// the current source and its size (0 when unknown). It is called from
	// another goroutine, never after Count has returned.
	Progress func(path string, read, size int64)
	// NoHash leaves Source.SHA256 empty, which saves reading the stored bytes
	// through the hash.
	NoHash bool
	// Stdin is what the path "-" reads; nil means os.Stdin.
	Stdin io.Reader
}

// Rows takes annotations as they are read, from one goroutine, in the order of the
// files, whether they count or not.
type Rows interface {
	// Begin tells that those of another file follow.
	Begin()
	// Add takes some, which are valid during the call. Its error ends the reading.
	Add([]Annotation) error
	// None tells of tables that stand for files whose annotations are not there.
	None(path string)
}

// Source is a file that was read: its size and hash as stored (compressed
// files: of the compressed bytes).
type Source struct {
	Path   string `json:"path"` // as given; "-" is standard input
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // lower-case hex, "" with Options.NoHash
}

// ImageCount is what an image holds.
type ImageCount struct {
	ID            int64
	FileName      string
	Width, Height int32 // pixels, 0 when absent
	Objects       int32 // counted annotations
	Classes       int32 // classes among them
}

// Pair is n_{i,k}: the objects of one class in one image.
type Pair struct {
	Image   int32 // row in Counts.ImageRows
	Class   int32 // index in Counts.Categories
	Objects int32 // at least 1
}

// Counts are the class statistics of one or several files. With C categories,
// Instances, Images, Crowd, Sizes and Boxes have C elements, in the order of
// Categories.
type Counts struct {
	Sources    []Source
	Categories []Category // ascending ID; the index here is the channel index

	Instances []int64 // counted annotations
	Images    []int64 // images that hold at least one of them
	Crowd     []int64 // crowd annotations, counted or not
	Unusable  []int64 // annotations left out with Options.Trainable; nil without it

	Sizes    []SizeCounts // counted annotations that have an area or a box
	Boxes    []BoxSummary // counted annotations whose box has an area
	AllBoxes BoxSummary   // of all classes
	BoxGrid  BoxGrid      // the same boxes by width and height

	ImageRows []ImageCount // ascending ID, then file name
	Pairs     []Pair       // ascending Image, then Class

	AnnotatedImages int64 // images with at least one counted annotation
	TotalInstances  int64 // sum of Instances
	Annotations     int64 // elements of the annotations lists, counted or not
	Crowds          bool  // whether crowd annotations are among the counted

	Selected // categories that are no classes, or not as they stand in the files

	Problems []Problem // what keeps annotations out of the tables first

	// Renumbered tells that with Options.ByName the categories have ids of their
	// own, since an id means different categories in the files.
	Renumbered bool
	// ImagesRenumbered tells that with Options.ByName the images are numbered from
	// 1, in the order of id, file name and file, since an id is an image of several
	// files.
	ImagesRenumbered bool

	Origin *Origin // what WriteTables makes MergeFile of; nil without Options.ForTables
}

// Dataset is what training and evaluation need of one file.
type Dataset struct {
	Path        string
	ImageFolder string         // that file names are relative to; "": it is not known
	Categories  []Category     // ascending ID
	Images      []Image        // in the order of the file, duplicates left out
	Objects     [][]Annotation // per image; in the order of the file
	Problems    []Problem
}
