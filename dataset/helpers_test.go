package dataset

import (
	"context"
	"io"

	"cocostat/annotations"
	"cocostat/annotations/coco"
)

var bg = context.Background()

// sized is a text that says how long it is, as those of files do.
type sized struct {
	io.Reader
	size int64
}

func (s sized) Size() int64 { return s.size }

// countText counts one text.
func countText(r io.Reader, noCrowd bool) (*annotations.Counts, error) {
	t, err := annotations.NewTally("test.json", annotations.Options{}, func(v annotations.Visitor) error {
		return coco.Scan(bg, r, "test.json", v)
	})
	if err != nil {
		return nil, err
	}
	return annotations.Merge([]*annotations.Tally{t}, annotations.Options{NoCrowd: noCrowd})
}
