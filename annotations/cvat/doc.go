// Package cvat reads the XML of CVAT that is called "CVAT for images 1.1".
//
// # What is read
//
// Images have the id, name, width and height that the file gives them; in the
// export of a project, where each task counts its images from 0, and in files
// without ids, they are numbered from 1. Categories are the labels of <meta>, in
// order, numbered from 1; in a file without them, the labels in the order in which
// they occur. Annotations are numbered from 1 in the order of the file.
//
// A box, a polygon, a mask, an ellipse, a cuboid and a skeleton each are an
// annotation with the box that encloses it, also where it is turned (rotation, in
// degrees about the centre); points of a skeleton that are outside of the image do
// not count. Points and polylines enclose nothing: they are annotations without a
// box, reported as [annotations.ShapeWithoutBox]. Tags are labels of a whole image:
// [annotations.ImageLabel]. The area is that of the box. Attributes, z_order,
// groups and occluded are passed over.
//
// The subset of an image is its split. CVAT for video, whose tracks are boxes over
// time, is refused.
//
// # References
//
// CVAT, "XML annotation format", https://docs.cvat.ai/docs/manual/advanced/xml_format/.
package cvat
