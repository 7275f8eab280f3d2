//go:build unix

package input

import (
	"io/fs"
	"path/filepath"
	"syscall"
)

// inode is the same for all names of a file.
type inode struct{ device, number uint64 }

// identity tells a file from others, whatever its name.
func identity(path string, info fs.FileInfo) any {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return inode{uint64(s.Dev), uint64(s.Ino)}
	}
	return filepath.Clean(path)
}
