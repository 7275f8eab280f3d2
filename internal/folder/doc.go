// Package folder reads datasets of many small files: it lists trees of files, and
// reads the files with several processors, in order.
package folder
