package recipes

import (
	"fmt"
	"strconv"
)

// Flags of the learning rate and the batch that it belongs to.
const (
	flagRate  = "lr"
	flagBatch = "batch"
)

// ForBatch fits the settings to a batch of n images. A recipe's learning rate
// belongs to its batch, and changes in proportion: CenterNet has 5e-4 for 128
// images and 1.25e-4 for 32 (src/lib/opts.py; P. Goyal et al., "Accurate, Large
// Minibatch SGD", 2017). Settings that lack either stay as they are but for the
// batch.
func (s Settings) ForBatch(n int) (Settings, error) {
	rateText, hasRate := s.Get(flagRate)
	batchText, hasBatch := s.Get(flagBatch)
	changed := s.With(flagBatch, strconv.Itoa(n))
	if !hasRate || !hasBatch {
		return changed, nil
	}
	rate, err := strconv.ParseFloat(rateText, 64)
	if err != nil {
		return nil, fmt.Errorf("recipes: %s: %w", flagRate, err)
	}
	own, err := strconv.Atoi(batchText)
	if err != nil || own < 1 || n < 1 {
		return nil, fmt.Errorf("recipes: from a batch of %s to one of %d images: want at least 1", batchText, n)
	}
	if own == n {
		return s, nil
	}
	return changed.With(flagRate, strconv.FormatFloat(rate*float64(n)/float64(own), 'g', -1, 64)), nil
}
