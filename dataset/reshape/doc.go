// Package reshape makes a smaller annotation file of a larger one: one in which every
// class has a given number of annotations, so a long-tailed dataset of one that is
// not, or that is less so ([Source.Select]); the images and annotations that a
// [Filter] lets through; shares of the images, in which every class has its part
// ([Source.Deal]).
//
// # Two passes
//
// [Read] goes over the file once and keeps of every image and annotation where
// it stands and what it refers to, 32 bytes each. [Source.Select] and the others
// decide which of them stay. [Selection.Write] goes over the file again and copies its
// bytes, less the elements of the lists images and annotations that do not
// stay, and one comma for each of these. All else, and the inside of every
// element that stays, is copied as it is. Datasets in other formats are read with
// [ReadScan], and what stays of them goes, with [Selection.Scan], to a writer.
//
// # Which annotations stay of a class that is thinned
//
// Every class is thinned by itself, so that what is asked of one class changes
// nothing about another:
//
//   - A class of which at least as many annotations are asked for as there are
//     stays whole.
//   - [ByImages]: the images that hold the class are put into random order. Of
//     each that does not hold too many, all annotations of the class are taken,
//     until the number is reached. If every image that is left holds too many,
//     the first of them gives as many as are missing. So at most one image of
//     the class keeps a part of its annotations.
//   - [ByAnnotations]: the annotations of the class are put into random order,
//     and the first are taken. For the same seed, a smaller number gives a
//     subset of what a larger number gives.
//
// An image in which a class is not chosen loses its annotations of that class
// and keeps those of others. Annotations of an image or a category that the
// file does not list never stay.
//
// # Which images stay
//
// An image with annotations stays while it has one left, and so does one that
// had none to begin with, unless the options say otherwise. Crowd regions that
// are not counted stay where their image does.
//
// # Random order
//
// The generator is PCG-DXSM of 128 bits (math/rand/v2), seeded with the seed
// and the category's id. It gives each image of the class, in ascending order
// of their ids, a 64-bit number, and these are sorted. (ByAnnotations: each
// annotation, in ascending order of image id and annotation id.) Nothing else
// is random: the choice depends on the seed, the ids and the numbers asked for,
// and on neither the order of the file nor the machine.
//
// # References
//
//   - T. Wang et al., "The Devil is in Classification: A Simple Framework for
//     Long-tail Instance Segmentation" (SimCal), ECCV 2020: COCO-LT.
//   - M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically
//     Good Algorithms for Random Number Generation", 2014.
package reshape
