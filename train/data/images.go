package data

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/layout"
)

// probes is how many images of a file decide which folder is theirs.
const probes = 32

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

// FindImages returns the folder with the images of an annotation file. For
// D/annotations/instances_X.json these folders are tried: D/images/X, D/X,
// D/X/images, the file's own and in it images and data (FiftyOne), D/images, D. X is
// what follows an underscore in the name, or the whole name. The folder that has
// most of the file's first images, under the names given there, wins; of equal
// ones the first.
func FindImages(annotationPath string) (string, error) {
	if dir := dataset.Images(annotationPath); dir != "" {
		return dir, nil
	}
	names, err := firstImages(annotationPath)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fmt.Errorf("data: %s: no images", annotationPath)
	}
	best, bestScore := "", 0
	folders := imageFolders(annotationPath)
	for _, folder := range folders {
		score := 0
		for _, name := range names {
			_, exact, ok := findFile(folder, name)
			if ok {
				score++
			}
			if exact {
				score += probes
			}
		}
		if score > bestScore {
			best, bestScore = folder, score
		}
	}
	if best == "" {
		return "", &UnknownFolderError{annotationPath, names[0], folders}
	}
	return best, nil
}

// imageFolders lists the existing folders that may hold the images.
func imageFolders(annotationPath string) []string {
	own := filepath.Dir(annotationPath)
	root := filepath.Join(own, "..")
	var folders []string
	for _, base := range []string{root, own} {
		for x := layout.Stem(annotationPath); ; {
			folders = append(folders, filepath.Join(base, "images", x), filepath.Join(base, x), filepath.Join(base, x, "images"))
			_, rest, more := strings.Cut(x, "_")
			if !more || rest == "" {
				break
			}
			x = rest
		}
	}
	folders = append(folders, own, filepath.Join(own, "images"), filepath.Join(own, "data"), filepath.Join(root, "images"), root)
	var existing []string
	for _, f := range folders {
		if isDir(f) && !slices.Contains(existing, f) {
			existing = append(existing, f)
		}
	}
	return existing
}

// firstImages returns the file names of the first images of an annotation file.
func firstImages(path string) ([]string, error) {
	var names []string
	enough := errors.New("enough")
	err := dataset.Scan(context.Background(), path, annotations.Options{NoHash: true}, annotations.Visitor{
		Image: func(img *annotations.Image) error {
			if img.FileName != "" {
				names = append(names, img.FileName)
			}
			if len(names) == probes {
				return enough
			}
			return nil
		},
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	return names, nil
}
