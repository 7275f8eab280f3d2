package train

import (
	"errors"
	"fmt"
	"slices"

	"cocostat/train/data"
)

// How images are tested that are trained on as squares.
const (
	TestFixed = "fixed" // in the same squares
	TestKeep  = "keep"  // at their own size, pixel by pixel
)

// Sides scale images by their sides; see data.Sides.
type Sides struct {
	Short []int `json:"short"` // pixels; of several, one is drawn for each image and epoch
	Long  int   `json:"long"`  // pixels
}

func (s Sides) set() bool { return len(s.Short) > 0 || s.Long != 0 }

func (s Sides) equal(t Sides) bool { return slices.Equal(s.Short, t.Short) && s.Long == t.Long }

// trainingShape is that of the inputs in training.
func (c Config) trainingShape() data.Shape {
	if c.Sides.set() {
		return data.Sides{Short: c.Sides.Short, Long: c.Sides.Long, Multiple: c.Model.Stride()}
	}
	return data.Square{Side: c.Size}
}

// testShape is that of the inputs in evaluation and prediction.
func (c Config) testShape() data.Shape {
	switch {
	case c.Sides.set():
		return data.Sides{Short: []int{slices.Max(c.Sides.Short)}, Long: c.Sides.Long, Multiple: c.Model.Stride()}
	case c.TestSize == TestKeep:
		return data.Keep{Multiple: c.Model.Stride()}
	}
	return data.Square{Side: c.Size}
}

// testPixels is the most pixels of a batch of images at their own size: those of
// a batch of squares, so that it takes no more memory, unless one image does. 0
// is any number.
func (c Config) testPixels() int {
	if c.TestSize == TestKeep {
		return c.Batch * c.Size * c.Size
	}
	return 0
}

// validateShape reports sizes that no input can have.
func (c Config) validateShape() error {
	switch {
	case !c.Sides.set() && (c.Size < c.Model.Stride() || c.Size%c.Model.Stride() != 0):
		return fmt.Errorf("train: input size %d is not a positive multiple of %d", c.Size, c.Model.Stride())
	case c.Sides.set() && c.Size != 0:
		return fmt.Errorf("train: images are either squares of %d pixels or scaled by their sides: name one of them", c.Size)
	case c.Sides.set() && (c.Augment.Shift || c.Augment.MaxScale != 0):
		return errors.New("train: images that are scaled by their sides are trained on whole: random scales and crops are for squares; the augmentation flip mirrors alone")
	case c.TestFlip && !c.habits().mirrors:
		return fmt.Errorf("train: mirror images cannot count in the tests of %v, whose cells lie elsewhere in them", c.Model)
	case c.Sides.set() && c.TestSize == TestKeep:
		return fmt.Errorf("train: images that are scaled by their sides are tested so: the test size %s is for squares", TestKeep)
	}
	if err := c.trainingShape().Validate(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return validateTestSize(c.TestSize)
}

// validateNorms reports a step that may leave a normalisation one number of each
// channel, which has no deviation: that of one image on whose coarsest map there is
// one cell. Those of the backbone may be frozen.
func (c Config) validateNorms() error {
	side, flag := c.Size, "size"
	if c.Sides.set() {
		side, flag = slices.Min(c.Sides.Short), "short-side"
	}
	frozen := c.Freeze == FreezeNorms || c.Freeze == FreezeStem
	if c.Batch > 1 || side > c.Model.Stride() || frozen && !c.habits().ownNorms {
		return nil
	}
	return fmt.Errorf("train: of a batch of one image of %d×%d pixels a network of stride %d leaves one cell, which batch normalisation cannot learn from: use --batch 2 or more, or a larger --%s",
		side, side, c.Model.Stride(), flag)
}

func validateTestSize(size string) error {
	if size != "" && size != TestFixed && size != TestKeep {
		return fmt.Errorf("train: unknown test size %q: use %s or %s", size, TestFixed, TestKeep)
	}
	return nil
}

// TestAs are settings of a trained network's tests that differ from those of its
// training; the zero value has none.
type TestAs struct {
	Size string   // TestFixed or TestKeep; empty means as in training
	NMS  *float64 // IoU with a better box of the class above which a box is dropped; nil means as in training
}

// test takes over the settings.
func (c *Config) test(as TestAs) error {
	if as.Size != "" && c.Sides.set() {
		return fmt.Errorf("train: the network was trained on images that are scaled by their sides (%s), and is tested so: leave out the test size %s, which is for squares", c.ShapeText(), as.Size)
	}
	if as.Size != "" {
		c.TestSize = as.Size
	}
	if as.NMS == nil {
		return nil
	}
	overlap := c.habits().overlap(c)
	if overlap == nil {
		return fmt.Errorf("train: %v drops no box for a better one: leave out the IoU of that", c.Model)
	}
	*overlap = *as.NMS
	return c.validateModel()
}

// ShapeText describes the inputs.
func (c Config) ShapeText() string {
	if c.Sides.set() {
		return fmt.Sprintf("shorter side %v, longer at most %d", c.Sides.Short, c.Sides.Long)
	}
	return fmt.Sprintf("%d×%d", c.Size, c.Size)
}
