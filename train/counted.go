package train

import (
	"errors"
	"fmt"
	"path/filepath"

	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// What n of eq. (8) counts.
const (
	CountTargets = "targets" // what the targets hold, after augmentation
	CountTable   = "table"   // the annotations of the image, as the eta file has them
)

// EtaFile is the name of the eta file beside the weights.
const EtaFile = "eta.arrow"

// counter gives n_{i,k} of a batch.
type counter struct {
	classes int
	table   map[int64][]weights.EtaRow // by image id; nil: the targets'
	crowds  bool                       // whether it counts crowd regions
	counts  []int32
}

// newCounter reads the eta file if n is to come from it, and refuses one of
// another dataset.
func (j *Job) newCounter() (*counter, error) {
	c := &counter{classes: len(j.train.Categories)}
	if j.Config.EtaCounts != CountTable {
		return c, nil
	}
	if len(j.Config.More) > 0 && j.byName() {
		return nil, errors.New("train: the eta file of several datasets that are united by name numbers the images anew: count the targets, without --eta-counts table")
	}
	path := j.Config.EtaFile
	eta, err := codec.ReadEta(path)
	if err != nil {
		return nil, fmt.Errorf("train: counts of the objects of each image: %w; 'cocostat weights --eta-out' writes it, and a new run that counts the targets does without it", err)
	}
	if err := eta.CheckWeights(j.Table); err != nil {
		return nil, fmt.Errorf("train: %s does not fit %s: %w", path, j.Config.Weights, err)
	}
	c.crowds = eta.Meta.Crowds
	c.table = make(map[int64][]weights.EtaRow, eta.Meta.Images)
	for from := 0; from < len(eta.Rows); {
		to := from
		for to < len(eta.Rows) && eta.Rows[to].ImageID == eta.Rows[from].ImageID {
			to++
		}
		c.table[eta.Rows[from].ImageID] = eta.Rows[from:to]
		from = to
	}
	return c, c.check(j.train, path)
}

// check reports the first image of the set that the table counts otherwise: both
// are then not of the same annotations. Boxes that cannot be trained on may be
// missing in the set.
func (c *counter) check(set *data.Set, path string) error {
	left := len(c.table)
	for i := range set.Items {
		item := &set.Items[i]
		rows, has := c.table[item.ID]
		if has {
			left--
		}
		counted := make([]int32, c.classes)
		c.fill(counted, rows)
		for _, b := range item.Boxes {
			if b.Crowd && !c.crowds {
				continue
			}
			if counted[b.Class]--; counted[b.Class] < 0 {
				return fmt.Errorf("train: %s counts fewer objects of %q in image %d (%s) than are trained on: it is of other annotations", path, set.Categories[b.Class].Name, item.ID, filepath.Base(item.Path))
			}
		}
	}
	if left > 0 {
		return fmt.Errorf("train: %s counts objects in %d images that the training set does not have: it is of other annotations", path, left)
	}
	return nil
}

func (c *counter) fill(dst []int32, rows []weights.EtaRow) {
	for _, r := range rows {
		dst[r.Index] += r.Objects
	}
}

// of returns n_{i,k} of a batch, N×C, valid until the next call.
func (c *counter) of(b *data.Batch) []int32 {
	if c.table == nil {
		return b.Counts
	}
	c.counts = append(c.counts[:0], b.Counts...)
	clear(c.counts)
	for k, id := range b.ImageIDs {
		c.fill(c.counts[k*c.classes:][:c.classes], c.table[id])
	}
	return c.counts
}

// weights returns ŵ of eq. (8) for every image and class of a batch, N×C.
func (c *counter) weights(dst []float32, m balance.Moment, b *data.Batch) []float32 {
	return batchWeights(dst, m, c.of(b))
}
