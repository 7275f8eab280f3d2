// Package labelstudio reads Label Studio's exports of images that are called JSON
// and JSON-MIN.
//
// # What is read
//
// A task is an image; its id is the task's. The name of the image is taken from the
// task's data: of image, img, url or the first text that ends like an image, the
// path behind ?d= of local files, and of anything else the last part, as the COCO
// export has it. A task that nobody has annotated is left out, as
// [annotations.UnlabelledImage]; one whose annotation is empty is a negative image.
//
// Of several annotations of a task one counts: the ground truth, or else the one
// that was created last. Cancelled (skipped) ones do not count. The others are
// reported as [annotations.OtherAnnotation]. Predictions and drafts are passed over.
//
// Categories are the labels, numbered from 1 by name. Regions are numbered from 1. A
// rectangle, an ellipse and a polygon each have the box that encloses them, turned
// or not; coordinates in percent are multiplied by original_width and
// original_height. A brush, key points and vectors have no box here and are reported
// as [annotations.ShapeWithoutBox]. Of a region with several labels the first one
// counts. Choices, texts and ratings of a whole image are reported as
// [annotations.ImageLabel], those of a region are passed over.
//
// # References
//
// Label Studio, "Export annotations and data", https://labelstud.io/guide/export, and
// "Image annotation units".
package labelstudio
