// Package source opens files that are read once, from start to end, whatever
// their content: plain, compressed with gzip or zstd, members of a zip archive,
// standard input. Meanwhile it counts the bytes as they are stored, hashes them
// and tells of progress.
package source
