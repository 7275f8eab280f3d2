// Package codec reads and writes the files of package weights: weights in six
// encodings, and, as Arrow, η of images and repeat factors of images.
// docs/weights-file.md specifies them.
//
// Each encoding is a file here. Reading makes columns of it, whatever the
// encoding, and one set of rules a table of these; what a table may hold is
// package weights' to say. Files with metadata have a checksum, that of their
// content and not of their bytes, so that it survives a change of encoding.
package codec
