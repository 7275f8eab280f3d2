// Package export writes the network of a checkpoint as an ONNX model, which other
// programs run: ONNX Runtime, OpenVINO, browsers.
//
// What the network computes is taken from the network itself: it is run once, and the
// operators that it calls become the model's, with their weights. So there is no second
// description of a network that could differ from the first. Finding objects, which the
// program does in Go, is written by each detector as operators: see
// detector.Detector.Decode.
//
// # The model
//
// The input images is B,3,H,W, RGB in 0…1, whose sides are multiples of the stride; the
// network's normalisation is inside. The outputs are, of B images and the K best
// detections of each, best first:
//
//	boxes   B,K,4  float32  x1, y1, x2, y2 in pixels of the input
//	scores  B,K    float32  in 0…1; 0 where there are fewer than K detections
//	labels  B,K    int64    the index of the class, from 0, in the order of the metadata
//
// A raw model has the maps of the network's heads as outputs instead.
package export
