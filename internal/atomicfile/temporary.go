package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A temporary file is called .NAME.tmp-N, with the first N = 1, 2, … that no
// living writer uses, and is locked for as long as its writer lives. One that
// can be locked was left by a process that was killed, and is removed by the
// next that writes to NAME. The lock is the system's own (flock), so it ends
// with the process however that ends; where a file system has no locks, nothing
// is removed.

// tidied is the largest N that every write looks at for files left behind.
const tidied = 8

// errReplaced says that a new file was taken for one that was left behind, in
// the moment before it was locked.
var errReplaced = errors.New("removed by another process")

// live are the temporary files and folders of this process, for Abandon.
var live = struct {
	sync.Mutex
	names map[string]bool
}{names: map[string]bool{}}

// temporary makes the temporary file for name in dir, and removes those that
// were left behind.
func temporary(dir, name string) (*os.File, error) {
	at := func(n int) string { return filepath.Join(dir, fmt.Sprintf(".%s.tmp-%d", name, n)) }
	for n := 1; ; n++ {
		f, err := create(at(n))
		if errors.Is(err, fs.ErrExist) && tidy(at(n)) {
			f, err = create(at(n))
		}
		if errors.Is(err, fs.ErrExist) || err == errReplaced {
			continue
		}
		if err != nil {
			return nil, err
		}
		for more := n + 1; more <= tidied; more++ {
			tidy(at(more))
		}
		return f, nil
	}
}

// create makes a new file, locked.
func create(path string) (*os.File, error) {
	live.Lock()
	defer live.Unlock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); errors.Is(err, errLocked) || err == nil && !isAt(f, path) {
		f.Close()
		return nil, errReplaced
	}
	live.names[path] = true
	return f, nil
}

// tidy removes a file that was left behind, and reports whether it did.
func tidy(path string) bool {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return lock(f) == nil && isAt(f, path) && os.Remove(path) == nil
}

// isAt reports whether an open file is the one of this name.
func isAt(f *os.File, path string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(open, named)
}

// remove closes and removes a temporary file.
func remove(f *os.File) {
	os.Remove(f.Name())
	f.Close()
	forget(f)
}

// forget takes a file that is no longer temporary from Abandon's list.
func forget(f *os.File) {
	live.Lock()
	defer live.Unlock()
	delete(live.names, f.Name())
}

// Abandon removes the temporary files of this process, and lets it make no
// more: the last thing before an end in the middle of the work.
func Abandon() {
	live.Lock() // for good
	for name := range live.names {
		os.RemoveAll(name) // a folder, too
	}
}
