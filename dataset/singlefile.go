package dataset

import (
	"os"
	"path/filepath"
	"strings"
)

// singleFile returns the only file of a folder that is in one of the formats of
// files, or of several the only one that is called after the training set; "" if
// there is none. COCO's are no matter of it.
func singleFile(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	const most = 100 // candidates
	var found, train []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !mayHold(e.Name()) || textOf(headOf(path)) == len(texts)-1 {
			continue
		}
		if found = append(found, path); strings.Contains(e.Name(), "train") {
			train = append(train, path)
		}
		if len(found) == most {
			return ""
		}
	}
	switch {
	case len(found) == 1:
		return found[0]
	case len(train) == 1:
		return train[0]
	}
	return ""
}

// mayHold reports whether a file is called as those of the formats of files are.
func mayHold(name string) bool {
	name = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".gz"), ".zst")
	switch filepath.Ext(name) {
	case ".xml", ".csv", ".json":
		return true
	}
	return false
}
