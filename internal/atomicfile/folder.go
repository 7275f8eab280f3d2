package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNotEmpty says that a folder is there already, and holds something.
var ErrNotEmpty = errors.New("the folder is not empty")

// WriteFolder calls fill with a new folder beside path, and puts that at path when
// it is complete: a reader sees all of it or nothing. A folder that is there already
// must be empty (ErrNotEmpty), or may be replaced as a whole, once the new one is
// complete. When fill or any step after it fails, nothing is left behind, and what
// was at path stays.
func WriteFolder(path string, replace bool, fill func(dir string) error) error {
	to, filled, err := folderAt(path)
	if err != nil {
		return failure(path, err)
	}
	if filled && !replace {
		return failure(path, ErrNotEmpty)
	}
	parent := filepath.Dir(to)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return failure(path, err)
	}
	guard, err := temporary(parent, filepath.Base(to))
	if err != nil {
		return failure(path, err)
	}
	defer remove(guard)
	fresh, old := guard.Name()+".new", guard.Name()+".old"
	if err := makeFolder(fresh); err != nil {
		return failure(path, err)
	}
	defer removeFolder(fresh)
	if err := fill(fresh); err != nil {
		return err
	}
	if err := exchange(fresh, to, old); err != nil {
		return failure(path, err)
	}
	return nil
}

// folderAt follows links, and reports whether a folder is there that holds
// something.
func folderAt(path string) (to string, filled bool, err error) {
	to = filepath.Clean(path)
	info, err := os.Stat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return to, false, nil
	case err != nil:
		return "", false, err
	case !info.IsDir():
		return "", false, syscall.ENOTDIR
	}
	if to, err = filepath.EvalSymlinks(to); err != nil {
		return "", false, err
	}
	if to, err = filepath.Abs(to); err != nil {
		return "", false, err
	}
	entries, err := os.ReadDir(to)
	return to, len(entries) > 0, err
}

// makeFolder makes the folder that is filled. What a process left that was killed
// is removed: the guard, which is locked, tells that none is at work on it.
func makeFolder(fresh string) error {
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	live.Lock()
	defer live.Unlock()
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return err
	}
	live.names[fresh] = true
	return nil
}

func removeFolder(dir string) {
	os.RemoveAll(dir)
	live.Lock()
	defer live.Unlock()
	delete(live.names, dir)
}

// exchange puts the new folder in the place of the old one, which is empty, or goes.
// A process that is killed between the two renames leaves the old one beside it,
// which nothing removes.
func exchange(fresh, to, old string) error {
	if err := os.Remove(to); err == nil || errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, to)
	}
	if _, err := os.Lstat(old); err == nil {
		return fmt.Errorf("%s is in the way: the folder of a process that was killed while it replaced it; put it back, or remove it", old)
	}
	if err := os.Rename(to, old); err != nil {
		return err
	}
	if err := os.Rename(fresh, to); err != nil {
		return errors.Join(err, os.Rename(old, to))
	}
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("the new folder is there; what it replaced is left in %s: %w", old, err)
	}
	return nil
}
