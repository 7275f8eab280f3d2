// Package sample draws a synthetic, long-tailed object detection set: JPEG
// images of toy-like shapes that lie on varied grounds, and COCO annotations
// for a training and a validation split.
//
// # What is drawn
//
// A class is a silhouette: disc, star, gear, fish and so on. With more classes
// than silhouettes, a class is a silhouette with a texture, such as "striped
// star". As natural things do, a class has habits: two objects in three have
// its favourite colour, and likewise its favourite texture where the class
// leaves that open. Four in five stand nearly upright. Everything else varies
// freely and tells nothing about the class: aspect ratio (±25 %), size (16 to
// 60 % of the image side), outline, lighting.
// Objects overlap, the later ones on top; at least 40 % of each stays visible.
// Lines, scribbles, smudges and crumbs that belong to no class lie between
// them, and about one image in fifty holds no object at all.
//
// # How many of each
//
// With C classes and the imbalance r, class c = 0…C−1 of the training split
// has
//
//	n_c = max(1, round(n_0 · r^(−c/(C−1))))
//
// instances, the usual exponential profile of long-tailed benchmarks [1]. The
// real number n_0 is chosen so that an image with objects holds 3.5 of them on
// average. The counts are planned first and dealt to the images, so they hold
// exactly. The validation split follows the milder √r, and no class has fewer
// than 8 instances there as long as the images can hold them (4.5 an image on
// average for all classes at that floor), so that every class can be measured.
//
// # Repeatability
//
// Every image has random numbers of its own, made from the seed, the split and
// the image's index. The files are the same for any number of workers, and
// from run to run on machines of one architecture.
//
// # Units
//
// Lengths are pixels with the origin at the top left corner of the image. Box
// and polygon coordinates are multiples of 1/8 pixel, which are exact in
// binary, so that x + w of a box at the edge is the image's width and not a
// hair more. A unit silhouette spans [−1, 1] along its longer side, y down.
//
// # References
//
// [1] Y. Cui, M. Jia, T.-Y. Lin, Y. Song and S. Belongie. Class-Balanced Loss
// Based on Effective Number of Samples. CVPR 2019, section 5.1.
package sample
