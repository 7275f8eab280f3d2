package runlog

import (
	"path/filepath"
	"strings"
)

// NameAll gives each run the last part of its path that tells it from those in
// other folders.
func NameAll(runs []*Run) {
	for _, r := range runs {
		r.Name = filepath.Base(r.Folder)
	}
	for parts, again := 2, true; again; parts++ {
		again = false
		folders := map[string]string{} // by name; "" for several
		for _, r := range runs {
			if folder, has := folders[r.Name]; has && folder != r.Folder {
				folders[r.Name] = ""
			} else {
				folders[r.Name] = r.Folder
			}
		}
		for _, r := range runs {
			if folders[r.Name] == "" {
				r.Name, again = lastParts(r.Folder, parts), true
			}
		}
	}
}

// lastParts returns the last n elements of a path, or all.
func lastParts(path string, n int) string {
	elements := strings.Split(path, string(filepath.Separator))
	return filepath.Join(elements[max(0, len(elements)-n):]...)
}
