// Package annotations reads COCO-format detection annotations: one streaming
// pass over the bytes, whatever the order of the keys, with memory that
// depends on the tables it builds and not on the length of the file.
//
// # What is read
//
// Of a file's top-level object only the lists images, annotations and
// categories matter, and of their elements only the fields of Image,
// Annotation and Category. Everything else (polygons, run-length masks,
// keypoints, captions, info, unknown keys at any depth) is checked to be JSON
// and otherwise passed over without being decoded.
//
// # Checking
//
// Every byte is validated, also in the parts that are passed over: the verdict
// "valid JSON or not" is that of encoding/json, including its nesting limit of
// 10,000 and its acceptance of invalid UTF-8 inside strings (such bytes become
// U+FFFD in names). The only deliberate difference is a UTF-8 byte order mark
// at the start, which is accepted. A truncated file is a *SyntaxError and never
// gives a table.
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
// the order given. A
// category id must have the same name in all of them, unless Options.ByName
// makes the name what counts. Images with the same id
// and file name are one image; with the same id and different names they are
// two images (exports often number each part from 0). An annotation belongs to
// the image of its own file, or, if that file does not list it, to the only
// image with that id in the others.
//
// # Tables
//
// WriteTables writes counts as tables, and, if they were made with
// Options.ForTables, what was seen in each file, in MergeFile. The folder is a
// path for Count then: whatever is made of the files can be made of it, with the
// same bytes, and files can be counted on many machines.
//
// # Units
//
// Boxes are x, y, width, height in pixels, x and y of the top left corner.
// Offsets are in bytes from the start of the uncompressed text; lines and
// columns start at 1, and columns count bytes.
//
// # References
//
// T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and
// its data format page, https://cocodataset.org/#format-data. T. Bray, "The
// JavaScript Object Notation (JSON) Data Interchange Format", RFC 8259, 2017.
package annotations
