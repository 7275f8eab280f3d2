package annotations

// ofFolders is String of what only datasets of many files can have.
func (k Kind) ofFolders() string {
	switch k {
	case LabelWithoutImage:
		return "files of labels whose image is not there, counted without boxes: add the image, or remove the labels"
	case UnreadableImage:
		return "images that are missing, damaged or of no known format, so that neither their size nor the boxes in them are known"
	case UnreadableLine:
		return "lines that are no label (words, or the wrong number of columns), counted without a box where the class can be read"
	case CoordinateRange:
		return "coordinates outside 0…1, taken as they are: divide pixels by the width and height of the image"
	case MixedLabels:
		return "files that mix boxes and polygons: Ultralytics leaves their images out"
	case FourPoints:
		return "labels of four points, turned boxes or polygons: the boxes that enclose them are taken"
	case LinkOutside:
		return "links that lead out of their folder, followed"
	case LinkAgain:
		return "links to folders that are read already, not followed"
	}
	return k.ofResults()
}
