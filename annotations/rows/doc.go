// Package rows reads annotations out of a Parquet or Arrow file that has a row for
// each: the table boxes of package tables, and those of other programs.
//
// # Columns
//
// A row needs an image, a class, and mostly a box. The columns, in brackets what
// else they may be called, whatever their capitals; [annotations.Options].Columns
// names others:
//
//	annotation_id  (ann_id, id)
//	image_id       whole numbers, or texts
//	file_name      (filename, file, image_path, image, path)
//	category_id    (class_id, label_id, cat_id)
//	category_name  (class_name, label_name, category, class, label, name)
//	x, y, width, height         (bbox_x, …; w, h)    pixels from the left and the top
//	xmin, ymin, xmax, ymax      (x_min, …; x1, y1, x2, y2; left, top, right, bottom)
//	area, iscrowd  (is_crowd, crowd)
//	image_width, image_height   (img_width, img_height)
//
// Of category, class and label, whole numbers are ids and texts are names. There is
// image_id or file_name, and category_id or category_name. Numbers may be of any
// width, null, and floating where they are not ids; texts may be plain or, in
// Parquet, have a dictionary.
//
// # Images and classes
//
// Beside a file that is called boxes, the tables images and classes of package
// tables say what the images are called and how large they are, and which classes
// there are; so images without a row, and classes without one, are known. Without
// them, the images and classes are those of the rows. Where an image has no id, it
// is numbered from 1, in the order of the first row of each; where classes have no
// id, they are numbered from 1 in the order of their names; where they have no name,
// their id stands for it.
//
// # Places
//
// A place is the number of a row in its file, from 1.
package rows
