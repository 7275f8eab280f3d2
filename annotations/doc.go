// Package annotations is the model of a detection dataset: its images, categories
// and annotations, what is wrong with them, how many there are of each, and how
// several files become one. It does not know how they are written: a format is a
// package below this one. Package dataset opens files in any of them.
//
// # Formats
//
// A format of a file is a sub-package with a function
//
//	Scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error
//
// and one of many files has a function Open that returns a [Folder]. Either hands
// what it reads to the visitor, in any order, as it comes: an [Image] each, a
// [Category] each, an [Annotation] each. Ids are those of the file, or, of a text,
// [NumberOfText] of it; where a format has none, images, annotations and categories
// are numbered from 1 in the order of the format, categories in that of its list of
// names. A field that the file lacks is not in Has, and boxes are x, y, width,
// height in pixels, whatever the format has. Visitor.Problem is told of what can be
// overlooked, with a [Kind] and the place: the byte, or a [Line] once Visitor.Files
// was told of which files. An error ends the scan, and is a [FormatError] where the
// file is something else. What refers to what, what occurs twice, and whether boxes
// fit, is counted here and is no matter of the format. Package coco is one; a line
// in package dataset makes it known. [Named] gathers what a format has whose classes
// are names alone, [OpenFile] makes a Folder of a single file, [ReportFiles] tells of
// files and links.
//
// # Counting
//
// An annotation counts as an instance when its category_id and image_id name a
// category and an image of the input, whether it has a box or not. Annotations
// that name an unknown category or image enter no table; they are reported in
// Counts.Problems with the first examples. Crowd annotations count unless
// Options.NoCrowd is set. Where a key occurs twice in one object the last one
// holds, as in encoding/json; where one of the three lists occurs twice, both
// are read. Of two images with the same id in one file the first describes the
// image. All of these are reported.
//
// Identifiers are 64-bit integers, however they are written: 7, 7.0 and 70e-1
// are the same. A string that holds nothing but such a number is taken for it,
// and reported, so that 7 and "7" are the same. For any other string that is
// not empty, and for an integer beyond 64 bits, of up to 128 digits, stands a
// negative number, the first 64 bits of the SHA-256 of its UTF-8 text or
// decimal digits, big-endian, with the sign bit set: the same in every list and
// file. That is reported too. Two of a million such texts have the same number
// with a chance of one in ten million. Anything else is unreadable, and the
// annotation that holds it refers to nothing.
//
// # Sizes and boxes
//
// Counted annotations are also sorted by area into COCO's small, medium and
// large (SizeCounts), and the widths, heights and aspect ratios of their boxes
// summarised by class (BoxSummary, Distribution) and on a grid (BoxGrid). What
// has no area is none of these boxes, and is reported. Whether a box lies in
// its image is judged by the size that its own file gives the image, or, if
// that file does not list it, by the size in Counts.ImageRows.
//
// Annotations that stand before their image, or in another file, wait for it:
// 72 bytes each, until the end of their file or of all files. That a box occurs
// twice is seen from a hash of each: 8 bytes an annotation, until the end of its
// file.
//
// # Several files
//
// Counts of several files are the counts of their union, and the same in any
// order of the files, problems and their examples included; only Sources is in
// the order given. A category id must have the same name in all of them. Images
// with the same id and file name are one image; with the same id and different
// names they are two images (exports often number each part from 0). With
// Options.ByName the name of a category is what counts, and images of different
// files are different images; so they are where they have no ids of their own, in
// formats of many files. An annotation belongs to the image of its own file,
// or, if that file does not list it, to the only image with that id in the others.
//
// # Classes
//
// A [Selection] says which categories are classes: some alone, without some, or
// several as one, which has the smallest of their ids, the supercategory that they
// have in common, and the sum of the instances that they declare. It is applied
// when all files are read, so that it costs nothing before. Images that hold
// nothing then stay, as negatives. What it does is recorded as [Selected], with
// ids and names, and a [Mapping] does the same to another file.
//
// # Tables
//
// Package tables writes counts as tables. If they were made with
// Options.ForTables, what was seen in each file stands beside them in MergeFile,
// and the folder is a path for dataset.Count: whatever is made of the files can be
// made of it, with the same bytes, and files can be counted on many machines.
//
// # Units
//
// Boxes are x, y, width, height in pixels, x and y of the top left corner.
// Offsets are in bytes from the start of the uncompressed text; lines and
// columns start at 1, and columns count bytes.
package annotations
