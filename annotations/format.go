package annotations

import "context"

// Folder is a dataset of many files that is open for reading: what the Open of a
// format of folders returns.
type Folder interface {
	// Name is what messages call it: the path, and the split if one was chosen.
	Name() string
	// Scan hands the dataset to the visitor, as the Scan of a format of files does,
	// and tells Visitor.Files first.
	Scan(ctx context.Context, v Visitor) error
	// Images is the folder that Image.FileName is relative to, "" if the images
	// are not there.
	Images() string
	// Source describes what was scanned: the bytes of all files that hold
	// annotations, and the hash over their names and contents, in order.
	Source() Source
}

// Parted is a [Folder] that knows in what parts its dataset is.
type Parted interface {
	// Format is the name of the format: yolo, voc.
	Format() string
	// Splits are the parts of the dataset that have no image in common, such as
	// train, val and test; none if it is in one part.
	Splits() []string
}
