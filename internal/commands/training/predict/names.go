package predict

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"cocostat/annotations"
	"cocostat/dataset"
)

// nameIndex finds the images of an annotation file by the ends of their names.
type nameIndex map[string][]*annotations.Image

// readNames reads the images of an annotation file.
func readNames(ctx context.Context, path string) (nameIndex, error) {
	d, err := dataset.Load(ctx, path)
	if err != nil {
		return nil, err
	}
	index := nameIndex{}
	for i := range d.Images {
		img := &d.Images[i]
		for name := slashed(img.FileName); name != ""; name = shorter(name) {
			index[name] = append(index[name], img)
		}
	}
	return index, nil
}

func slashed(name string) string { return strings.ReplaceAll(filepath.ToSlash(name), `\`, "/") }

// shorter drops the first element of a path; "" if it is the last.
func shorter(name string) string {
	_, rest, _ := strings.Cut(name, "/")
	return rest
}

// find returns the image whose name has the longest end in common with path.
func (x nameIndex) find(path string) (*annotations.Image, error) {
	for name := slashed(path); name != ""; name = shorter(name) {
		found := x[name]
		for _, img := range found {
			if len(found) == 1 || slashed(img.FileName) == name {
				return img, nil
			}
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("%s can be any of %d images in", path, len(found))
		}
	}
	return nil, fmt.Errorf("%s is not among the images of", path)
}
