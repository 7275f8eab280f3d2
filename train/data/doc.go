// Package data finds a detection dataset on disk and turns it into batches:
// images as a network takes them, with the targets that a detector's [Encoder]
// makes.
//
// The line is Find (where are the files) → OpenSet (which boxes, which images,
// is everything there) → NewLoader → Loader.Epoch (batches).
//
// Symbols and shapes:
//
//	B  images of a batch        W, H  sides of the network input, pixels
//	C  classes (channels)
//
// # Coordinates
//
// Source pixels are those of the image file, upright; input pixels those of the
// W×H input. Both are continuous: pixel i covers [i, i+1) and its centre is at
// i+½, so that an image and its boxes are scaled and mirrored by the same
// [Transform]. (CenterNet samples at i instead, which moves images against their
// boxes by up to half a source step, and mirrors x to w−1−x:
// src/lib/datasets/sample/ctdet.py, src/lib/utils/image.py.)
//
// # Images
//
// A [Shape] says how large the input of an image is, and where in it the image
// lies: in a [Square], at its own size ([Keep]), or scaled by its [Sides]. It gets
// there by one affine map and bilinear sampling. When even the smallest scale
// shrinks an image by two or more, it is first averaged over 2^k×2^k blocks, so
// that bilinear sampling does not skip pixels. (CenterNet does not; at 512×512 the
// difference begins at images of 1,024 pixels in evaluation, 1,707 in training.
// Pillow, with which FCOS scales, averages by any factor; the difference begins
// where a side is made smaller.) Values are RGB, planes in that order,
// (v/255 − mean)/std with CenterNet's mean and deviation. What lies outside a
// file is black before that, but around an image that is scaled by its sides 0
// after it.
//
// # Batches
//
// Inputs of a batch have one size. With squares, batches are the images in order.
// Otherwise training groups images by orientation, and the input is the largest
// that an image of the batch needs; evaluation lets only images of equal inputs
// share a batch, which it looks for among the next 512 images. Sizes come from
// the annotations or, where they have none, from the files' headers.
//
// # Repeatability
//
// The order of an epoch depends on the seed and the epoch; what happens to an
// image depends on the seed, the epoch and its index in the set. The number of
// workers and the cache change nothing.
//
// References: see package centernet for CenterNet, package fcos for FCOS. The PCA lighting is that of
// A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet Classification with Deep
// Convolutional Neural Networks", NeurIPS 2012.
package data
