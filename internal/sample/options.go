package sample

import (
	"fmt"
	"math"
)

// Limits of the options.
const (
	minSize = 48
	maxSize = 2048
	maxSeen = 1 << 20 // images of one split

	maxWorkers = 1024
)

// Options say what to draw. All fields but Workers and Force are stored in
// the folder, to recognise the same sample again.
type Options struct {
	Classes   int     `json:"classes"`    // 1 to MaxClasses
	Images    int     `json:"images"`     // training images, at least 1
	ValImages int     `json:"val_images"` // validation images, at least 1
	Size      int     `json:"size"`       // side of the square images in pixels, 48 to 2048
	Imbalance float64 `json:"imbalance"`  // instances of the first class over those of the last, at least 1
	Seed      uint64  `json:"seed"`
	Quality   int     `json:"quality"` // of the JPEG files, 1 to 100

	Workers int  `json:"-"` // images drawn at a time; 0 for one per processor
	Force   bool `json:"-"` // replace a sample that was made with other options
}

// Defaults returns the options of the command without flags.
func Defaults() Options {
	return Options{Classes: 10, Images: 3000, ValImages: 300, Size: 128, Imbalance: 20, Seed: 1, Quality: 90}
}

// Validate reports the first option that is out of its range.
func (o Options) Validate() error {
	ranges := []struct {
		name        string
		value       int
		least, most int
	}{
		{"classes", o.Classes, 1, MaxClasses},
		{"images", o.Images, 1, maxSeen},
		{"val-images", o.ValImages, 1, maxSeen},
		{"size", o.Size, minSize, maxSize},
		{"quality", o.Quality, 1, 100},
		{"workers", o.Workers, 0, maxWorkers},
	}
	for _, r := range ranges {
		if r.value < r.least || r.value > r.most {
			return fmt.Errorf("%s %d: want %d to %d", r.name, r.value, r.least, r.most)
		}
	}
	if !(o.Imbalance >= 1) || math.IsInf(o.Imbalance, 0) {
		return fmt.Errorf("imbalance %g: want a finite number of at least 1", o.Imbalance)
	}
	if err := checkRoom("images", o.Images, o.Classes); err != nil {
		return err
	}
	return checkRoom("val-images", o.ValImages, o.Classes)
}

// checkRoom reports an error if the images cannot hold an object of each class.
func checkRoom(name string, images, classes int) error {
	for need := images; ; need++ {
		if float64(classes) <= meanObjects*float64(need-emptyImages(need)) {
			if need == images {
				return nil
			}
			return fmt.Errorf("%s %d: too few for an object of each of %d classes; want at least %d", name, images, classes, need)
		}
	}
}
