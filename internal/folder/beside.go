package folder

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// ImageExts are the extensions of images, the likelier first.
var ImageExts = strings.Fields(".jpg .png .jpeg .JPEG .JPG .PNG .bmp .webp .tif .tiff .gif")

// IsImageExt reports whether an extension is that of an image, in any capitals.
func IsImageExt(ext string) bool {
	for _, known := range ImageExts {
		if strings.EqualFold(ext, known) {
			return true
		}
	}
	return false
}

// ImageOf returns the image in dir that is called as a file is, but for its
// extension: a path with slashes, below dir; "" if there is none.
func ImageOf(dir, file string) string {
	stem := strings.TrimSuffix(file, path.Ext(file))
	for _, ext := range ImageExts {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(stem+ext))); err == nil {
			return stem + ext
		}
	}
	return ""
}

// ImagesIn returns the first of the folders in which an image is called as one of
// the first files is; "" if there is none.
func ImagesIn(dirs, files []string) string {
	const tries = 10
	for _, dir := range dirs {
		for _, file := range files[:min(len(files), tries)] {
			if ImageOf(dir, file) != "" {
				return filepath.Clean(dir)
			}
		}
	}
	return ""
}
