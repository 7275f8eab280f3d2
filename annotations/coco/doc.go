// Package coco reads COCO's JSON: annotation files, and results files, which are
// lists of detections.
//
// # What is read
//
// Of an annotation file's object only the lists images, annotations and
// categories matter, and of their elements only the fields of
// [annotations.Image], [annotations.Annotation] and [annotations.Category].
// Everything else (polygons, run-length masks, keypoints, captions, info, unknown
// keys at any depth) is checked to be JSON and otherwise passed over without being
// decoded. The order of keys and lists does not matter.
//
// Every byte is checked, also in the parts that are passed over, as package
// jsontext does it. A truncated file is an [annotations.SyntaxError] and never
// gives a table.
//
// # How it is read
//
// From the bytes up, each layer calls those above it in this list:
//
//	internal/jsontext      the text: what is JSON, and where values end
//	keys.go, record.go     which keys there are, and what their values become
//	plain.go, values.go    a value: as programs write it, or in any other way
//	shape.go               how the last element was written: the next one is alike
//	element.go, batch.go   an element: its members in turn; it goes into a batch
//	chunks.go              the text ahead, in pieces that mostly hold whole elements
//	pool.go, worker.go     several processors read the elements of several pieces
//	scan.go, results.go    a file: its lists; batches go to the visitor in order
//	sniff.go, notlist.go   what a file is instead
//
// # References
//
// T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and
// its data format page, https://cocodataset.org/#format-data.
package coco
