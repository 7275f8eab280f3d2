// Package layout knows how detection datasets lie on disk: where in a folder
// the training annotations are, and which file has the validation part.
package layout

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// roboflowFile is the name of the annotations in a folder of a Roboflow export.
const roboflowFile = "_annotations.coco.json"

// places are where the training annotations may be, the likelier first.
var places = []struct{ sub, prefix, infix string }{
	{".", roboflowFile, ""},
	{"train", roboflowFile, ""},
	{"annotations", "instances_train", ""},
	{".", "instances_train", ""},
	{".", "labels.json", ""},
	{"train", "labels.json", ""},
	{"annotations", "", "train"},
	// what follows may be anything's
	{".", "", "train"},
	{"train", "", ""},
	{"annotations", "", ""},
	{".", "", ""},
}

// Train returns the training annotations of the dataset in the folder dir, the
// first of
//
//	_annotations.coco.json, train/_annotations.coco.json   (Roboflow)
//	annotations/instances_train*.json, instances_train*.json   (COCO)
//	labels.json, train/labels.json   (FiftyOne)
//	annotations/*train*.json, *train*.json
//	train/*.json, annotations/*.json, *.json
//
// of which there is one; instances_train.json wins over others of its kind.
// All may end in .gz or .zst. The error where there is none, or where several
// may be meant, names the files that are there.
func Train(dir string) (string, error) {
	for _, p := range places {
		found := jsonFiles(filepath.Join(dir, p.sub), p.prefix, p.infix)
		if len(found) > 1 {
			if i := slices.IndexFunc(found, plainTrain); i >= 0 {
				found = found[i : i+1]
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return "", fmt.Errorf("%s holds several annotation files that may be meant (%s): name one of them",
				dir, list(below(dir, found)))
		}
	}
	return "", noTrain(dir)
}

// certain is how many of the places hold nothing but annotations.
const certain = 7

// Certain reports whether a folder holds files whose names are those of training
// annotations, and not of any JSON.
func Certain(dir string) bool {
	for _, p := range places[:certain] {
		if len(jsonFiles(filepath.Join(dir, p.sub), p.prefix, p.infix)) > 0 {
			return true
		}
	}
	return false
}

// noTrain says where was looked, and what is there instead.
func noTrain(dir string) error {
	if others := below(dir, jsonTree(dir)); len(others) > 0 {
		return fmt.Errorf("no training annotations in %s, but %s: name the annotation file itself", dir, list(others))
	}
	var looked []string
	for _, p := range places {
		looked = append(looked, filepath.Join(p.sub, pattern(p.prefix, p.infix)))
	}
	return fmt.Errorf("no training annotations in %s (looked for %s): name the annotation file itself",
		dir, strings.Join(looked, ", "))
}

func plainTrain(path string) bool { return Stem(path) == "instances_train" }

func pattern(prefix, infix string) string {
	switch {
	case strings.HasSuffix(prefix, ".json"):
		return prefix
	case infix != "":
		return "*" + infix + "*.json"
	}
	return prefix + "*.json"
}

// below returns the paths as seen from dir.
func below(dir string, paths []string) []string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = path
		if name, err := filepath.Rel(dir, path); err == nil {
			names[i] = name
		}
	}
	return names
}

// list joins the first few names.
func list(names []string) string {
	const most = 6
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
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
		if isJSON(path) && strings.HasPrefix(e.Name(), prefix) && strings.Contains(e.Name(), infix) && isFile(path) {
			found = append(found, path)
		}
	}
	return found
}

// jsonTree lists the annotation files in dir and up to two folders below,
// sorted.
func jsonTree(dir string) []string {
	const depth = 2
	var found []string
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case e.IsDir() && path != dir && strings.Count(filepath.Clean(path[len(dir):]), string(filepath.Separator)) > depth:
			return fs.SkipDir
		case isJSON(path) && isFile(path):
			found = append(found, path)
		}
		return nil
	})
	return found
}

// isJSON reports whether a name is that of JSON, compressed or not.
func isJSON(name string) bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst"), ".json")
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Validation returns the validation annotations that belong to the training
// annotations (train becomes val, valid or validation, in the file's name or in
// that of its folder), or "" if there are none.
func Validation(train string) string { return beside(train, "val", "valid", "validation") }

// Test is Validation of the test annotations.
func Test(train string) string { return beside(train, "test") }

// beside returns the file that is called as the training annotations are, with one of
// the words in place of train.
func beside(train string, words ...string) string {
	dir, name := filepath.Dir(train), filepath.Base(train)
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(dir) == "." {
		dir = abs // shows the folder's name
	}
	for _, word := range words {
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

// Stem returns the name of an annotation file without its extensions.
func Stem(path string) string {
	name := filepath.Base(path)
	for _, ext := range []string{".gz", ".zst", ".json"} {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}
