package data

import (
	"context"
	"fmt"
	"strings"

	"cocostat/dataset"
	"cocostat/internal/layout"
)

// UnknownFolderError says that no folder has the images of an annotation file.
type UnknownFolderError struct {
	Annotations string   // the file
	FileName    string   // of its first image
	Folders     []string // that were looked into
}

func (e *UnknownFolderError) Error() string {
	return fmt.Sprintf("data: the images of %s are not found (looked for %q in %s): name their folder",
		e.Annotations, e.FileName, strings.Join(e.Folders, ", "))
}

// FindImages returns the folder with the images of an annotation file: see
// layout.ImageFolder.
func FindImages(annotationPath string) (string, error) {
	if dir := dataset.Images(annotationPath); dir != "" {
		return dir, nil
	}
	names, err := dataset.FirstImages(context.Background(), annotationPath)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fmt.Errorf("data: %s: no images", annotationPath)
	}
	best, folders := layout.ImageFolder(annotationPath, names)
	if best == "" {
		return "", &UnknownFolderError{annotationPath, names[0], folders}
	}
	return best, nil
}
