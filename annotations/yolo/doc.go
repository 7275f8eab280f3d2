// Package yolo reads datasets in the formats of YOLO: a text file of labels beside
// each image, or in a folder of its own, and a file that describes the dataset.
//
// # Where things are
//
// A dataset is a data.yaml as Ultralytics has it, an obj.data as darknet has it, a
// folder with one of them, or a folder with labels and none of them:
//
//	images/train/1.jpg   labels/train/1.txt     Ultralytics
//	train/images/1.jpg   train/labels/1.txt     Roboflow
//	train/1.jpg          train/1.txt            darknet: labels beside the images
//
// In data.yaml, train, val and test name folders of images, texts that list images,
// a line each, or lists of these. They are relative to path, and that to the file's
// own folder (or to the folder in which the program runs); where it is not there,
// the file's own folder is tried. What begins with ../ and is not there is looked
// for without that, as Roboflow means it (check_det_dataset in Ultralytics'
// data/utils.py). Lines that begin with ./ are relative to the list; others to the
// list, the dataset, or the folder in which the program runs, whichever has the
// first images.
//
// The labels of an image are where the last folder images of its path is called
// labels, if there is that folder, else beside it. An image without labels is a
// negative. Labels without an image make an image of their own, named as they are.
//
// # Lines
//
// A line is an object: its class, from 0, and coordinates, all of them fractions of
// the image's width and height:
//
//	class x y width height                    x and y of the centre
//	class x1 y1 x2 y2 x3 y3 …                 a polygon; its box is the one around it
//	class x1 y1 x2 y2 x3 y3 x4 y4             a turned box, or a polygon: reported
//	class x y width height x1 y1 v1 …         keypoints, as kpt_shape says; left out
//
// Boxes become pixels by the size in the image's header, upright. Where the image
// is missing or has no readable header, the objects count, and have no box.
//
// Images are numbered from 1 in the order of their paths, objects in that of the
// images and lines; the id of a category is its class plus 1. Classes without names
// are called class_0 and so on, as by Ultralytics.
package yolo
