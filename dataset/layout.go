package dataset

import (
	"context"
	"os"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/layout"
)

// Train returns the path of the training annotations of a dataset: another path
// than that of a folder as it is; of a folder the file of COCO's that
// [layout.Train] finds, or else the folder itself if it is one of a format of many
// files. A folder of such a format whose JSON is not named like annotations is
// itself. The error is that of layout.Train.
func Train(path string) (string, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return path, nil
	}
	if !layout.Certain(path) && IsFolder(path) {
		return path, nil
	}
	file, err := layout.Train(path)
	if err != nil && IsFolder(path) {
		return path, nil
	}
	if single := singleFile(path); err != nil && single != "" {
		return single, nil
	}
	return file, err
}

// Validation returns the path of the validation annotations that belong to the
// training annotations: as [layout.Validation] does, or PATH:val (or valid,
// validation) in a format of many files; "" if there are none.
func Validation(train string) string {
	if val := layout.Validation(train); val != "" {
		return val
	}
	root, split, format := folderOf(train)
	many := false
	for i := range folders {
		many = many || format == &folders[i]
	}
	if !many || split != "" && !strings.Contains(split, "train") {
		return ""
	}
	for _, name := range []string{"val", "valid", "validation"} {
		f, err := format.open(context.Background(), root, name, annotations.Options{NoHash: true})
		if err == nil && f != nil {
			return root + ":" + name
		}
	}
	return ""
}

// Images returns the folder that the file names of a dataset's images are relative
// to, if its format says where they are; "" if it does not, or they are not there.
func Images(path string) string {
	root, split, format := folderOf(path)
	if format == nil {
		return ""
	}
	f, err := format.open(context.Background(), root, split, annotations.Options{NoHash: true})
	if err != nil {
		return ""
	}
	return f.Images()
}
