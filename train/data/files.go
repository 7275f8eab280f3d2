package data

import (
	"fmt"
	"os"

	"cocostat/internal/layout"
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
		path, _, ok := layout.ImageFile(folder, item.FileName)
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

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
