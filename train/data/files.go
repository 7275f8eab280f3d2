package data

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// MissingError says that images named in the annotations are not there.
type MissingError struct {
	FileName string // of the first, as in the annotations
	ID       int64  // its image id
	Folder   string // where it was looked for
	Missing  int    // how many images are missing
	Images   int    // of how many
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("data: image %q (id %d) is not in %s; %d of %d images are missing: "+
		"name the folder that holds them, or complete it", e.FileName, e.ID, e.Folder, e.Missing, e.Images)
}

// locate finds the file of every item in the folder.
func (s *Set) locate(folder string) error {
	var missing *MissingError
	for i := range s.Items {
		item := &s.Items[i]
		path, _, ok := findFile(folder, item.FileName)
		if ok {
			item.Path = path
			continue
		}
		if missing == nil {
			missing = &MissingError{FileName: item.FileName, ID: item.ID, Folder: folder, Images: len(s.Items)}
		}
		missing.Missing++
	}
	if missing != nil {
		return missing
	}
	return nil
}

// findFile returns the path of an image that the annotations call name: as
// named, below the folder or as a full path (exact is true then), else with backslashes taken for
// separators, with URL escapes undone, or by the last element alone.
func findFile(folder, name string) (path string, exact, ok bool) {
	if name == "" {
		return "", false, false
	}
	if path = filepath.Join(folder, name); isFile(path) {
		return path, true, true
	}
	if filepath.IsAbs(name) && isFile(name) {
		return name, true, true
	}
	slashed := strings.ReplaceAll(name, `\`, "/")
	names := []string{slashed, filepath.Base(slashed)}
	if plain, err := url.PathUnescape(slashed); err == nil && plain != slashed {
		names = append(names, plain, filepath.Base(plain))
	}
	if u, err := url.Parse(slashed); err == nil && u.Path != slashed {
		names = append(names, filepath.Base(u.Path))
	}
	for i, n := range names {
		if i == 0 && n == name {
			continue
		}
		if path = filepath.Join(folder, n); isFile(path) {
			return path, false, true
		}
	}
	return "", false, false
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
