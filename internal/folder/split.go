package folder

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Split returns the files of a split, those in the folder of that name, and the
// others. Where split is "", they are those of train, or all if there is none. An
// error says which folders there are.
func Split(files []string, split string) (names, others []string, err error) {
	dir := split
	if split == "" {
		dir = "train"
	}
	dir = strings.Trim(dir, "/") + "/"
	for _, name := range files {
		if strings.HasPrefix(name, dir) {
			names = append(names, name)
		} else {
			others = append(others, name)
		}
	}
	switch {
	case len(names) > 0:
		return names, others, nil
	case split == "":
		return files, nil, nil
	}
	return nil, nil, fmt.Errorf("no files in the folder %s; there are some in %s", dir, foldersOf(files))
}

// foldersOf names the folders that files are in.
func foldersOf(files []string) string {
	const most = 10
	var dirs []string
	for _, name := range files {
		if dir := path.Dir(name); !slices.Contains(dirs, dir) && len(dirs) < most {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		return "none"
	}
	return strings.Join(dirs, ", ")
}
