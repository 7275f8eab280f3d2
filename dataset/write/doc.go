// Package write writes datasets: COCO's JSON, Ultralytics' YOLO folders, Pascal VOC
// folders, and the images beside them. What it reads from is a scan, the visits that
// every format of package annotations gives, so that any can become any.
//
// # Folders
//
//	coco  annotations/instances_PART.json, images/PART/
//	yolo  data.yaml, labels/PART/, images/PART/
//	voc   Annotations/, ImageSets/Main/PART.txt, labelmap.txt, JPEGImages/
//
// Images keep their folders below images/PART, so that equal names in several stay
// apart. A name that leads out of the folder is refused. Where labels have the name of
// the image, two images whose names differ in the extension get names of their own.
//
// # What is lost
//
// COCO's JSON that is copied loses nothing; written from a scan it has what the
// scan tells: ids, file names, sizes, names of classes, boxes, areas, crowds. YOLO's
// labels have the index of the class, in the order of ascending ids, and the box,
// cut at the image's edges, as parts of the image's width and height to eight
// decimals. VOC has the name of the class, and corners in pixels. [Losses] counts
// what of a dataset this concerns.
package write
