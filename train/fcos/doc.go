// Package fcos is the detector FCOS: its network, targets, losses and decoding.
// Targets and decoding work on plain slices.
//
// Symbols and shapes:
//
//	C      classes (channels)
//	W, H   sides of the network's input, pixels, multiples of 32
//	s      stride of a level: 8, 16, 32, 64, 128 for P3…P7
//	A      cells of all levels together, level after level, each row by row
//	n_i,k  objects of class i in image k
//
//	labels      A    channel of a cell's object, −1 at the background
//	distances   A×4  from a cell's point to the object's left, top, right and
//	                 bottom edge (l, t, r, b), in pixels of the input
//
//	logits      B,C,1,A  of the classes
//	distances   B,4,1,A  predicted, in pixels of the input
//	centre-ness B,1,1,A  logits of √(min(l,r)/max(l,r) · min(t,b)/max(t,b))
//
// Boxes are x, y, w, h: left, top, width, height in pixels of the network's
// input. Coordinates are continuous: pixel i covers [i, i+1), and a box may
// reach from 0 to W. The authors' code has x2 = x1 + w − 1 and adds 1 again in
// areas and overlaps (fcos_core/csrc/cuda/ml_nms.cu); that convention is not
// used here.
//
// # Network
//
// The backbone's maps at strides 8, 16 and 32, C3 to C5, become a feature pyramid
// of equal channels, P3 to P7, and one head looks for objects on all its levels
// alike: a tower of four convolutions gives classes and centre-ness, another one
// the distances, exp(scale·x) with a learnt scale for each level. The parameters
// have torchvision's names (torchvision/models/detection/fcos.py), as far as it has
// them: the pyramid is "fpn" here and no part of the backbone, the centre-ness
// belongs to the classification head, and the scales are "head.scales", as with
// the authors.
//
// # Targets
//
// Cell (i, j) of a level stands for the point (s·i + s/2, s·j + s/2). It is
// positive for a box if the point lies strictly inside and max(l, t, r, b) is
// in the level's range, both ends included; of several boxes the one with the
// smallest area has it, of equal ones the first. Every object thus teaches the
// cells of the level that suits its size, see [Ranges].
//
// # Losses
//
// The losses of classes, boxes and centre-ness are added ([balance.HeatmapLoss]
// with its α, [balance.BoxLoss], [balance.CentreLoss]). Only the first one is
// balanced: its whole channel of class i in image k has the weight ŵ_{i,k}, eqs.
// (6) and (9), beside α, which remains, so that λ = 0 is FCOS itself.
//
// # Detections
//
// A pair (cell, class) is a candidate if its classification exceeds a
// threshold. Its score is the (root of the) product of classification and
// centre-ness, so that boxes of cells near an object's edge, which are poor,
// lose against those of cells in the middle. See [Decoder].
//
// References:
//
//   - Z. Tian, C. Shen, H. Chen, T. He, "FCOS: Fully Convolutional One-Stage
//     Object Detection", ICCV 2019, and its official implementation
//     (github.com/tianzhi0549/FCOS).
package fcos
