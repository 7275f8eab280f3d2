// Package data finds a detection dataset on disk and turns it into batches:
// images as the network takes them, with their CenterNet targets.
//
// The line is Find (where are the files) → OpenSet (which boxes, which images,
// is everything there) → NewLoader → Loader.Epoch (batches).
//
// Symbols and shapes:
//
//	B  images of a batch        S  side of the network input, pixels
//	C  classes (channels)       H, W  output cells, S/4 each
//	M  object slots per image
//
// # Coordinates
//
// Source pixels are those of the image file, input pixels those of the S×S
// input. Both are continuous: pixel i covers [i, i+1) and its centre is at
// i+½, so that an image and its boxes are scaled and mirrored by the same
// [Transform]. (CenterNet samples at i instead, which moves images against their
// boxes by up to half a source step, and mirrors x to w−1−x:
// src/lib/datasets/sample/ctdet.py, src/lib/utils/image.py.)
//
// # Images
//
// An image becomes its S×S input by one affine map and bilinear sampling; what
// lies outside the file is black. Without augmentation the square around the
// image's centre with the side max(width, height) is taken; with it, see
// [Augment]. When even the smallest scale shrinks an image by two or more, it
// is first averaged over 2^k×2^k blocks, so that bilinear sampling does not
// skip pixels. (CenterNet does not; at 512×512 the difference begins at images of
// 1,024 pixels in evaluation, 1,707 in training.) Values are RGB, planes in that
// order, (v/255 − mean)/std with CenterNet's mean and deviation.
//
// # Repeatability
//
// The order of an epoch depends on the seed and the epoch; what happens to an
// image depends on the seed, the epoch and its index in the set. The number of
// workers and the cache change nothing.
//
// References: see package target for CenterNet. The PCA lighting is that of
// A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet Classification with Deep
// Convolutional Neural Networks", NeurIPS 2012.
package data
