// Package vector checks lists of numbers in JSON text, 64 bytes at a time, with
// the processor's vectors. The coordinates of polygons are most of an annotation
// file, and nobody reads them: all there is to do is to find where they end, and
// that they are JSON.
//
// README.md says how it works, how it is tested, and how to measure it. Where
// the processor cannot do it, or with the build tag noasm, [Available] is false,
// and package jsontext goes its other way.
package vector
