// Package draw draws detections on pictures: boxes, and labels that can be
// read on any ground.
//
// Lengths are pixels of the picture, with the origin at its top left corner.
// Lines and letters grow with the picture. The letters are Liberation Sans
// Bold, which knows Latin, Greek, Cyrillic and Hebrew.
package draw
