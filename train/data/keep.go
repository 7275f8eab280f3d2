package data

import "errors"

// Keep shows an image pixel by pixel, for evaluation: its centre in the centre
// of an input that is larger by 1 to Multiple pixels in each direction, black
// around it. This is CenterNet's keep_res (src/lib/detectors/base_detector.py):
// with multiples of 32, W = (w | 31) + 1 and x' = x − ⌊w/2⌋ + W/2, y alike.
type Keep struct {
	Multiple int // of the input's sides, even; 0 means 32
}

// Validate says whether the settings make sense.
func (k Keep) Validate() error { return checkMultiple(k.Multiple) }

// Input returns, in each direction, the next multiple above the image's size.
func (k Keep) Input(image Size) Size {
	m := multiple(k.Multiple)
	return Size{(image.Width/m + 1) * m, (image.Height/m + 1) * m}
}

func (k Keep) fits(o Options) error {
	if o.Shuffle || o.DropLast || o.Augment != (Augment{}) {
		return errors.New("data: inputs of the images' own size are for evaluation: they go without shuffling, augmentation and leaving out the last batch")
	}
	return nil
}

func (k Keep) unlike() bool                   { return true }
func (k Keep) drawn(image Size, _ draws) Size { return k.Input(image) }

func (k Keep) place(image, input Size, _ Augment, _ draws) placement {
	return placement{
		Transform: Transform{
			AX: 1, BX: float64(input.Width/2 - image.Width/2),
			AY: 1, BY: float64(input.Height/2 - image.Height/2),
		},
		area: input,
	}
}

func (k Keep) factor(Size, float64) int { return 1 }
