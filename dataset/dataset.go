// Package dataset reads the annotations of a dataset, in whatever format they
// are: from paths to counts, or to the objects themselves.
//
// A path is a file, plain or compressed with gzip or zstd, which is recognised by
// its content; ARCHIVE.zip:MEMBER, or an archive that holds a single annotation
// file; "-" for standard input; or a folder of a format of many files, or the file
// that describes one, and PATH:SPLIT for a split of it. For [Count] it may also be
// a folder with tables, which stands for the files that these were made of.
//
// Formats are sub-packages of annotations, each known here by a line in formats.go.
package dataset

import (
	"context"
	"fmt"
	"os"

	"cocostat/annotations"
	"cocostat/tables"
)

// Scan reads a dataset once and hands what it holds to v. Errors are those of the
// format: see coco.Scan for one.
func Scan(ctx context.Context, path string, opt annotations.Options, v annotations.Visitor) error {
	in, err := open(ctx, path, opt)
	if err != nil {
		return err
	}
	defer in.close()
	return in.scan(v)
}

// Count counts the annotations of one or several files, each read once; see
// package annotations for what counts. A path of a folder with tables, and
// annotations.MergeFile among them, stands for the files that these were made of,
// which need not be there any more: the counts are the same as if they were read
// again. Tables that were written with NoCrowd, ByName or Selection need the same
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

// tallyPath reads a dataset, or a folder of tables.
func tallyPath(ctx context.Context, path string, opt annotations.Options) ([]*annotations.Tally, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() && !IsFolder(path) {
		return tables.Read(ctx, path, opt)
	}
	in, err := open(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	defer in.close()
	t, err := annotations.NewTally(in.name, opt, in.scan)
	if err != nil {
		return nil, err
	}
	t.Source, err = in.source()
	return []*annotations.Tally{t}, err
}

// Load reads one file for training and evaluation; see [annotations.Gather] for
// what is left out.
func Load(ctx context.Context, path string) (*annotations.Dataset, error) {
	in, err := open(ctx, path, annotations.Options{NoHash: true})
	if err != nil {
		return nil, err
	}
	defer in.close()
	d, err := annotations.Gather(in.name, in.scan)
	if err != nil {
		return nil, err
	}
	d.Path, d.ImageFolder = path, in.images
	return d, nil
}
