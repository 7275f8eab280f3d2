//go:build purejpeg

// Package jpeg is empty in this build, which decodes JPEG files in Go.
package jpeg
