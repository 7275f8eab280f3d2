package layout

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Probes is how many images of a file decide which folder is theirs.
const Probes = 32

// ImageFolder returns the folder with the images of an annotation file, "" if none
// has any, and the folders that were looked into. names are the file names of the
// first [Probes] images, as the annotations have them. For
// D/annotations/instances_X.json these folders are tried: D/images/X, D/X,
// D/X/images, the file's own and in it images and data (FiftyOne), D/images, D. X is
// what follows an underscore in the name, or the whole name. The folder that has
// most of the images, under the names given there, wins; of equal ones the first.
func ImageFolder(annotations string, names []string) (best string, folders []string) {
	bestScore := 0
	folders = imageFolders(annotations)
	for _, folder := range folders {
		score := 0
		for _, name := range names {
			_, exact, ok := ImageFile(folder, name)
			if ok {
				score++
			}
			if exact {
				score += Probes
			}
		}
		if score > bestScore {
			best, bestScore = folder, score
		}
	}
	return best, folders
}

// imageFolders lists the existing folders that may hold the images.
func imageFolders(annotations string) []string {
	own := filepath.Dir(annotations)
	root := filepath.Join(own, "..")
	var folders []string
	for _, base := range []string{root, own} {
		for x := Stem(annotations); ; {
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
		if info, err := os.Stat(f); err == nil && info.IsDir() && !slices.Contains(existing, f) {
			existing = append(existing, f)
		}
	}
	return existing
}

// ImageFile returns the path of an image that the annotations call name: as
// named, below the folder or as a full path (exact is true then), else with backslashes taken for
// separators, with URL escapes undone, or by the last element alone.
func ImageFile(folder, name string) (path string, exact, ok bool) {
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
