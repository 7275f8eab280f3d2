package layout

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// formats are those of datasets with a file for each image. The options are
// those of globox 2.9.0, globox/cli.py.
var formats = []struct {
	ext, name, options string
	is                 *regexp.Regexp // how a file of it begins
}{
	{".txt", "YOLO labels", "yolov5 --img_folder IMAGES", regexp.MustCompile(`^\s*\d+([ \t]+-?\d*\.?\d+([eE][-+]?\d+)?){4,}\s*(\n|$)`)},
	{".xml", "Pascal VOC XML", "pascalvoc", regexp.MustCompile(`<annotation[\s>]`)},
}

// foreign says what a folder without COCO annotations holds, as far as it is
// known, and how to convert it.
func foreign(dir string) (what string) {
	const depth, tries = 3, 100
	tried := 0
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case e.IsDir():
			if strings.Count(filepath.Clean(path[len(dir):]), string(filepath.Separator)) > depth {
				return fs.SkipDir
			}
			return nil
		}
		for _, f := range formats {
			if filepath.Ext(path) != f.ext {
				continue
			}
			if tried++; tried > tries {
				return fs.SkipAll
			}
			if f.is.Match(head(path)) {
				what = fmt.Sprintf("%s, a file for each image (%s): convert them to COCO JSON first, for instance with the Python package globox: globox convert %s train.json --format %s --save_fmt coco",
					f.name, below(dir, []string{path})[0], filepath.Dir(path), f.options)
				return fs.SkipAll
			}
		}
		return nil
	})
	return what
}

// head returns the beginning of a file, nothing if it cannot be read.
func head(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text := make([]byte, 512)
	n, _ := f.Read(text)
	return text[:n]
}
