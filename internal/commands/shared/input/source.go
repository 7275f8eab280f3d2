package input

import (
	"context"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/dataset/reshape"
	"cocostat/internal/progress"
)

// ReadSource reads a dataset of which a part, or a part of its annotations, is to be
// written: COCO's JSON so that it can be copied, others to be scanned again.
func ReadSource(ctx context.Context, path string, opt reshape.Options, line *progress.Line) (*reshape.Source, *dataset.Look, error) {
	look, err := dataset.LookAt(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	opt.Progress = ReadProgress(line)
	if look.Format == dataset.COCO {
		s, err := reshape.Read(ctx, path, opt)
		return s, look, err
	}
	s, err := reshape.ReadScan(ctx, path, func(ctx context.Context, v annotations.Visitor) error {
		return dataset.Scan(ctx, path, annotations.Options{NoHash: true, Progress: opt.Progress}, v)
	}, opt)
	return s, look, err
}

// Rereadable reports inputs that cannot be read twice: what is not there any more,
// and tables.
func (in *Files) Rereadable() error {
	for _, path := range in.Paths {
		if dataset.IsFolder(path) {
			continue
		}
		if err := TwiceReadable(path); err != nil {
			return err
		}
	}
	return nil
}
