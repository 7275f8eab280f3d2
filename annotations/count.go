package annotations

import (
	"context"
	"fmt"
)

// Count counts the annotations of one or several COCO-format files, each read
// once; see the package comment for what counts. A path of "-" is standard
// input; files compressed with gzip or zstd are recognised by their content.
//
// It returns the errors of Scan, an *EmptyError if there is nothing to count
// and why, or an error that names both places if a category id has two names.
func Count(ctx context.Context, paths []string, opt Options) (*Counts, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("annotations: no file to count")
	}
	var tallies []*tally
	var sources []Source
	for _, path := range paths {
		t, source, err := tallyFile(ctx, path, opt)
		if err != nil {
			return nil, err
		}
		if len(paths) > 1 {
			t.compact()
		}
		tallies, sources = append(tallies, t), append(sources, source)
	}
	c, err := merge(tallies, opt)
	if err != nil {
		return nil, err
	}
	c.Sources = sources
	return c, nil
}

// tallyFile reads one file.
func tallyFile(ctx context.Context, path string, opt Options) (*tally, Source, error) {
	in, err := openInput(ctx, path, opt)
	if err != nil {
		return nil, Source{}, err
	}
	defer in.Close()
	t := newTally(in.path)
	t.trainable = opt.Trainable
	if err := scanChunks(ctx, in.text, in.path, t.visitor(), in.chunk(), maxToken); err != nil {
		return nil, Source{}, err
	}
	t.settle()
	source, err := in.source()
	return t, source, err
}
