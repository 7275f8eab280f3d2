// Package labelme reads LabelMe's JSON, a file for each image, as LabelMe and
// X-AnyLabeling write it.
//
// # What is read
//
// The files are those of a folder and of those below it, in the order of their
// paths. A split is a folder in it; where none is given it is train, or all there
// is. Images are numbered from 1. The name of one is imagePath, relative to the file;
// where that leaves the folder, its last part. A size that the file lacks is that of
// the image's header, if it is there; imageData is passed over.
//
// Each shape is an annotation, numbered from 1, with the box that encloses it:
// rectangles (also turned ones), polygons, masks and circles (the centre and a point
// on the line). Shapes of the same label and group_id in one image are one object,
// as in LabelMe's own conversion to COCO. Points, lines and strips of lines have no
// box: [annotations.ShapeWithoutBox]. What X-AnyLabeling calls difficult is a crowd,
// as in package voc. Flags of the image are passed over.
//
// Categories are the lines of labels.txt in the folder or above it, without
// __ignore__ and _background_, then all other labels sorted, those of other splits
// too; numbered from 1.
//
// A file that is cut or holds no shapes is left out, as
// [annotations.UnreadableFile].
//
// # References
//
// K. Wada, LabelMe, https://github.com/wkentaro/labelme, labelme/label_file.py and
// examples/instance_segmentation/labelme2coco.py.
package labelme
