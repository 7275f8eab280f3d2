package data

import (
	"errors"
	"fmt"
)

// Options are the settings of a [Loader].
type Options struct {
	Shape Shape // of the inputs; required
	Batch int   // images per batch B; required
	// MostPixels bounds the pixels of a batch's inputs, all together, in an
	// evaluation with inputs of unlike sizes: fewer than B large images share a
	// batch, but never less than one. 0 means no bound.
	MostPixels int
	// Workers is the number of goroutines that decode and augment; 0 means 1.
	Workers int
	// Ahead is how many batches are made before they are asked for, beside the
	// one in use; 0 means 2. It bounds the memory: Ahead+1 batches exist.
	Ahead int
	// Encoder makes the targets; nil makes none.
	Encoder Encoder
	// Shuffle gives each epoch an order of its own.
	Shuffle bool
	// Share divides batches among processes, which all load with the same options
	// but for it. Steps take Share.Batches of them.
	Share Share
	// DropLast leaves out the last step of an epoch if its batches are not all
	// there and full: other images in each epoch.
	DropLast bool
	// Augment varies the images; the zero value gives the evaluation input.
	Augment Augment
	// Seed of the order and of the augmentation.
	Seed uint64
	// CacheBytes is the memory for decoded images that are kept between
	// epochs; 0 keeps none.
	CacheBytes int64
	// OnBadImage says what to do with images that cannot be loaded; the zero
	// value ends the epoch with an [ImageError].
	OnBadImage BadImagePolicy
	// Report is told of each image that is skipped, once in the loader's life.
	// The loading goroutines call it, one at a time; nil tells nobody.
	Report func(*ImageError)
}

// TrainOptions returns the settings for training with CenterNet's augmentation.
func TrainOptions(shape Shape, batch int, seed uint64) Options {
	return Options{
		Shape: shape, Batch: batch, Seed: seed,
		Shuffle: true, DropLast: true, Augment: CenterNetAugment(),
	}
}

// EvalOptions returns the settings for evaluation: every image once, in order
// or, where inputs are of unlike sizes, nearly so: see [Batch].
func EvalOptions(shape Shape, batch int) Options {
	return Options{Shape: shape, Batch: batch}
}

// Validate says whether the settings make sense.
func (o Options) Validate() error {
	switch {
	case o.Shape == nil:
		return errors.New("data: no shape of the inputs")
	case o.Batch < 1:
		return fmt.Errorf("data: batch of %d images, want at least 1", o.Batch)
	case o.Workers < 0 || o.Ahead < 0 || o.CacheBytes < 0 || o.MostPixels < 0:
		return fmt.Errorf("data: workers %d, batches ahead %d, cache %d bytes, %d pixels of a batch: none may be negative",
			o.Workers, o.Ahead, o.CacheBytes, o.MostPixels)
	}
	for _, check := range []func() error{o.OnBadImage.Validate, o.Augment.Validate, o.Shape.Validate} {
		if err := check(); err != nil {
			return err
		}
	}
	return o.Shape.fits(o)
}

// filled returns o with its defaults in place of zeros.
func (o Options) filled() Options {
	if o.Workers == 0 {
		o.Workers = 1
	}
	if o.Ahead == 0 {
		o.Ahead = 2
	}
	return o
}
