// Package openimages reads the CSV of boxes of Open Images, a row for each box.
//
// # What is read
//
// The columns ImageID, LabelName, XMin, XMax, YMin, YMax and IsGroupOf, in any
// order and capitals; others are passed over. Coordinates are fractions of the
// image, 0…1; a decimal comma is one where the number stands in quotes, or where
// semicolons or tabs separate the columns.
//
// Images are numbered from 1 as they occur; the name of one is its ImageID, with
// .jpg where that has no extension. Annotations are numbered from 1 by row. A group
// (IsGroupOf) is a crowd: neither is an object, and the evaluation of both sets
// leaves it out.
//
// Categories are those of a class-descriptions*.csv or classes.csv beside the file, or
// in metadata/ beside its folder, in that order, numbered from 1, with the names
// that it gives. Without it they are the LabelNames, sorted. A row of a class that
// it does not list is of an unknown category.
//
// # Sizes
//
// The file has no sizes of images. They are read from the headers of the images,
// which are looked for in images/, data/ and the folder of the split (the part of
// the file's name before "-annotations"), beside the file and beside its folder.
// Where an image is not there its boxes have no pixels: they count, without boxes.
//
// # References
//
// A. Kuznetsova et al., "The Open Images Dataset V4", IJCV 128, 2020;
// https://storage.googleapis.com/openimages/web/download_v7.html.
package openimages
