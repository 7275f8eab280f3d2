// Package voc reads Pascal VOC's XML, a file for each image, as the VOC sets,
// ImageNet, CVAT, Label Studio, LabelImg, roLabelImg, LabelMe's web tool and
// Roboflow write it.
//
// # Where the files are
//
//	Annotations/…/NAME.xml, JPEGImages/ or images/   and ImageSets/Main/SPLIT.txt
//	train/NAME.xml, valid/NAME.xml, …                beside their images, a folder for each split
//	NAME.xml                                         in the folder, or in any below it
//
// Of a split the files are those that its list names, in this order; without a
// list, those of the folder of that name. Where no split is given, it is train if
// there is one, or else all files, sorted by their paths. A list of a class, such as
// cat_train.txt, leaves out the images with -1 behind their names.
//
// # What is read
//
// Images are numbered from 1. The name of an image is that of its XML file with the
// extension of <filename>: so trainers find it; another <filename> is reported as
// [annotations.FileNameDiffers]. A size that is missing or 0 is that of the
// image's header, if the image is there.
//
// Categories are numbered from 1 in the order of labelmap.txt (which CVAT and
// Datumaro write), or else of their names, of all XML files, those of other splits
// too: so the splits of a set agree.
//
// Each <object> is an annotation, numbered from 1, with its box x = xmin, y = ymin,
// width = xmax − xmin, height = ymax − ymin. VOC's own files count pixels from 1 and
// include the last one, most other writers do neither, and no file says which: the
// numbers are taken as they are, as torchvision, MMDetection and Datumaro do.
// Detectron2 and supervision subtract 1 of xmin and ymin. <robndbox> and <polygon>
// give the box that encloses them. <part> and <truncated> are passed over.
//
// A difficult object is a crowd: VOC's evaluation leaves it out, as COCO's does
// crowds. It counts, unless crowds do not.
//
// A file that is cut or no XML is left out, as [annotations.UnreadableFile].
//
// # References
//
// M. Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge", IJCV
// 88, 2010, and its development kit.
package voc
