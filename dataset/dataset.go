// Package dataset reads the annotations of a dataset, in whatever format they
// are: from paths to counts, or to the objects themselves.
//
// A path is a file, plain or compressed with gzip or zstd, which is recognised by
// its content; ARCHIVE.zip:MEMBER, or an archive that holds a single annotation
// file; or "-" for standard input. For [Count] it may also be a folder with
// tables, which stands for the files that these were made of.
//
// Formats are sub-packages of annotations, and recognised in [Scan].
package dataset

import (
	"context"
	"fmt"
	"os"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/tables"
)

// Scan reads an annotation file once and hands what it holds to v. name in
// messages and errors are those of the format: see [coco.Scan].
func Scan(ctx context.Context, path string, opt annotations.Options, v annotations.Visitor) error {
	text, err := annotations.Open(ctx, path, opt)
	if err != nil {
		return err
	}
	defer text.Close()
	return scan(ctx, text, v)
}

// scan knows the formats: each is a line here.
func scan(ctx context.Context, text *annotations.Text, v annotations.Visitor) error {
	return coco.Scan(ctx, text, text.Name(), v)
}

// Count counts the annotations of one or several files, each read once; see
// package annotations for what counts. A path of a folder with tables, and
// annotations.MergeFile among them, stands for the files that these were made of,
// which need not be there any more: the counts are the same as if they were read
// again. Tables that were written with NoCrowd, ByName or LeaveOut need the same
// options again.
//
// It returns the errors of Scan and of [annotations.Merge].
func Count(ctx context.Context, paths []string, opt annotations.Options) (*annotations.Counts, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("dataset: no file to count")
	}
	var tallies []*annotations.Tally
	for _, path := range paths {
		read, err := tallyPath(ctx, path, opt)
		if err != nil {
			return nil, err
		}
		for _, t := range read {
			if len(paths) > 1 {
				t.Compact()
			}
		}
		tallies = append(tallies, read...)
	}
	return annotations.Merge(tallies, opt)
}

// tallyPath reads a file, or a folder of tables.
func tallyPath(ctx context.Context, path string, opt annotations.Options) ([]*annotations.Tally, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return tables.Read(ctx, path, opt)
	}
	text, err := annotations.Open(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	t, err := annotations.NewTally(text.Name(), opt, func(v annotations.Visitor) error { return scan(ctx, text, v) })
	if err != nil {
		return nil, err
	}
	t.Source, err = text.Source()
	return []*annotations.Tally{t}, err
}

// Load reads one file for training and evaluation; see [annotations.Gather] for
// what is left out.
func Load(ctx context.Context, path string) (*annotations.Dataset, error) {
	text, err := annotations.Open(ctx, path, annotations.Options{NoHash: true})
	if err != nil {
		return nil, err
	}
	defer text.Close()
	d, err := annotations.Gather(text.Name(), func(v annotations.Visitor) error { return scan(ctx, text, v) })
	if err != nil {
		return nil, err
	}
	d.Path = path
	return d, nil
}
