//go:build !unix

package input

import (
	"io/fs"
	"path/filepath"
)

// identity tells a file from others, by its name without links.
func identity(path string, _ fs.FileInfo) any {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return filepath.Clean(path)
}
