// Package centernet is CenterNet: a backbone that shrinks the image 32 times, a
// neck that enlarges its features again to a quarter of the image, and three
// heads. It turns boxes into the maps that the heads learn, and predicted maps
// back into boxes.
//
// Symbols and shapes:
//
//	N      images of a batch
//	C      classes (channels)
//	R      output stride, 4
//	H, W   cells of the output maps, a fourth of the input's height and width
//	M      slots for objects of one image, 128
//	K      detections kept per image, 100
//
//	heatmap  C×H×W  1 at the cell of a centre, a Gaussian around it
//	size     width and height of a box, in cells
//	offset   fractional part of a centre, in cells, in [0, 1)
//	index    cy·W + cx of the cell that holds a centre
//
// Boxes are x, y, w, h: left, top, width, height in pixels of the network's
// input. Coordinates are continuous: pixel i covers [i, i+1), cell i covers
// [4i, 4i+4) pixels, and a box may reach from 0 to S.
//
// A box of w×h cells gets a Gaussian of radius r, σ = (2r+1)/6, cut off at r
// in both directions. r is chosen so that a box whose corners are displaced by
// r still overlaps the true one by 0.7 (see [GaussianRadius]). CenterNet
// (gaussian2D in src/lib/utils/image.py) also sets values below the float64 epsilon to zero; within r the
// smallest value is exp(-r²/σ²) > exp(-9), so that cut never applies.
//
// References:
//
//   - X. Zhou, D. Wang, P. Krähenbühl, "Objects as Points", arXiv:1904.07850,
//     2019, and its official implementation (github.com/xingyizhou/CenterNet).
//   - H. Law, J. Deng, "CornerNet: Detecting Objects as Paired Keypoints",
//     ECCV 2018, for the radius.
package centernet
