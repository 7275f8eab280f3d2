package dataset

import (
	"os"
	"path/filepath"
	"strings"
)

// singleFile returns the file of a folder that CVAT or Open Images calls so: that of
// the training set, or the only one; "" if there is none.
func singleFile(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	var boxes, train []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch name := e.Name(); {
		case name == "annotations.xml":
			return path
		case strings.HasSuffix(name, "annotations-bbox.csv"):
			boxes = append(boxes, path)
			if strings.HasSuffix(name, "train-annotations-bbox.csv") {
				train = append(train, path)
			}
		}
	}
	switch {
	case len(train) == 1:
		return train[0]
	case len(boxes) == 1:
		return boxes[0]
	}
	return ""
}
