package atomicfile

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// IsStream reports whether path is something other than a file that can be
// replaced and has a place in a folder: a device, a pipe, or a descriptor of a
// process, such as /dev/stdout and /dev/fd/3, whatever that leads to. Files that
// are to lie beside others have no place there.
func IsStream(path string) bool {
	if _, is := descriptor(path); is {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// IsDescriptor reports whether path leads to this descriptor of the process:
// /dev/stdout to 1.
func IsDescriptor(path string, n int) bool {
	number, is := descriptor(path)
	return is && number == n
}

// elsewhere is the number of a descriptor of another process.
const elsewhere = -1

// descriptor follows symbolic links up to a name below /proc/PID/fd, which
// Linux shows as a link to whatever the descriptor was opened by: to follow it
// would lead to the name of a file, and past where the descriptor stands in it.
func descriptor(path string) (number int, is bool) {
	const mostLinks = 40 // as the system itself
	for range mostLinks {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return 0, false
		}
		if parts := strings.Split(dir, "/"); len(parts) > 3 && parts[1] == "proc" && parts[len(parts)-1] == "fd" {
			n, err := strconv.Atoi(filepath.Base(path))
			if err == nil && parts[2] != strconv.Itoa(os.Getpid()) {
				n = elsewhere
			}
			return n, err == nil
		}
		to, err := os.Readlink(filepath.Join(dir, filepath.Base(path)))
		if err != nil {
			return 0, false
		}
		if path = to; !filepath.IsAbs(to) {
			path = filepath.Join(dir, to)
		}
	}
	return 0, false
}
