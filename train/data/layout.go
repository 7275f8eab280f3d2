package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Layout says where a dataset lies: annotation files and the folders with
// their images. The validation part is empty if there is none.
type Layout struct {
	TrainJSON, TrainImages string
	ValJSON, ValImages     string
}

// roboflowFile is the name of the annotations in a folder of a Roboflow export.
const roboflowFile = "_annotations.coco.json"

// Find locates a dataset from the path of its folder or of its training
// annotations, and of its images and validation part as [Layout.Complete]
// does. In a folder it takes the first of
//
//	_annotations.coco.json, train/_annotations.coco.json   (Roboflow)
//	annotations/instances_train*.json, instances_train*.json   (COCO)
//	annotations/*train*.json, *train*.json
//	train/*.json, annotations/*.json, *.json
//
// of which there is one; instances_train.json wins over others of its kind.
// All may end in .gz or .zst.
func Find(path string) (Layout, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Layout{}, fmt.Errorf("data: no dataset: %w", err)
	}
	if info.IsDir() {
		if path, err = findTrain(path); err != nil {
			return Layout{}, err
		}
	}
	return Layout{TrainJSON: path}.Complete()
}

// Complete fills the empty fields of l from the others: images as [FindImages]
// does, the validation annotations from the name of the training ones (train
// becomes val, valid or validation, in the file's name or in that of its
// folder). Fields that are set stay. That there is no validation part is no
// error.
func (l Layout) Complete() (Layout, error) {
	var err error
	if l.ValJSON == "" && l.TrainJSON != "" {
		l.ValJSON = findVal(l.TrainJSON)
	}
	if l.TrainImages == "" && l.TrainJSON != "" {
		if l.TrainImages, err = FindImages(l.TrainJSON); err != nil {
			return Layout{}, err
		}
	}
	if l.ValImages == "" && l.ValJSON != "" {
		if l.ValImages, err = FindImages(l.ValJSON); err != nil {
			return Layout{}, err
		}
	}
	return l, nil
}

// places are where the training annotations may be, the likelier first.
var places = []struct{ sub, prefix, infix string }{
	{".", roboflowFile, ""},
	{"train", roboflowFile, ""},
	{"annotations", "instances_train", ""},
	{".", "instances_train", ""},
	{"annotations", "", "train"},
	{".", "", "train"},
	{"train", "", ""},
	{"annotations", "", ""},
	{".", "", ""},
}

// findTrain returns the training annotations in dir.
func findTrain(dir string) (string, error) {
	var looked []string
	for _, p := range places {
		found := jsonFiles(filepath.Join(dir, p.sub), p.prefix, p.infix)
		if len(found) > 1 {
			if i := slices.IndexFunc(found, plainTrain); i >= 0 {
				found = found[i : i+1]
			}
		}
		switch len(found) {
		case 0:
			looked = append(looked, filepath.Join(p.sub, pattern(p.prefix, p.infix)))
		case 1:
			return found[0], nil
		default:
			return "", fmt.Errorf("data: %s holds several annotation files that may be meant (%s): name the one to train on",
				dir, strings.Join(baseNames(found), ", "))
		}
	}
	return "", fmt.Errorf("data: no training annotations in %s (looked for %s): name the annotation file itself",
		dir, strings.Join(looked, ", "))
}

func plainTrain(path string) bool {
	return stem(path) == "instances_train"
}

func pattern(prefix, infix string) string {
	switch {
	case prefix == roboflowFile:
		return prefix
	case infix != "":
		return "*" + infix + "*.json"
	}
	return prefix + "*.json"
}

func baseNames(paths []string) []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return names
}

// jsonFiles lists the annotation files of dir whose names start with prefix
// and hold infix, sorted.
func jsonFiles(dir, prefix, infix string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		isJSON := strings.HasSuffix(strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".gz"), ".zst"), ".json")
		if isJSON && strings.HasPrefix(e.Name(), prefix) && strings.Contains(e.Name(), infix) && isFile(path) {
			found = append(found, path)
		}
	}
	return found
}

// findVal returns the validation annotations that belong to train, or "".
func findVal(train string) string {
	dir, name := filepath.Dir(train), filepath.Base(train)
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(dir) == "." {
		dir = abs // shows the folder's name
	}
	for _, word := range []string{"val", "valid", "validation"} {
		path := filepath.Join(dir, replaceLast(name, "train", word))
		if !strings.Contains(name, "train") {
			path = filepath.Join(filepath.Dir(dir), replaceLast(filepath.Base(dir), "train", word), name)
		}
		if path != filepath.Join(dir, name) && isFile(path) {
			return path
		}
	}
	return ""
}

// replaceLast replaces the last occurrence of old in s.
func replaceLast(s, old, new string) string {
	i := strings.LastIndex(s, old)
	if i < 0 {
		return s
	}
	return s[:i] + new + s[i+len(old):]
}

// stem returns the name of an annotation file without its extensions.
func stem(path string) string {
	name := filepath.Base(path)
	for _, ext := range []string{".gz", ".zst", ".json"} {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}
