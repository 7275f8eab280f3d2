package annotations

import (
	"context"
	"fmt"
	"os"
)

// Count counts the annotations of one or several COCO-format files, each read
// once; see the package comment for what counts. A path of "-" is standard
// input; files compressed with gzip or zstd are recognised by their content. A
// path of a folder with tables that WriteTables wrote, and MergeFile among them,
// stands for the files that these were made of, which need not be there any
// more: the counts are the same as if they were read again. Tables that were
// written with NoCrowd, ByName or LeaveOut need the same options again.
//
// It returns the errors of Scan, an *EmptyError if there is nothing to count
// and why, or an error that names both places if a category id has two names.
func Count(ctx context.Context, paths []string, opt Options) (*Counts, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("annotations: no file to count")
	}
	var files []counted
	for _, path := range paths {
		read, err := tallyPath(ctx, path, opt)
		if err != nil {
			return nil, err
		}
		files = append(files, read...)
		if len(paths) > 1 {
			read[len(read)-1].compact()
		}
	}
	if err := checkSources(files); err != nil {
		return nil, err
	}
	tallies, sources := make([]*tally, len(files)), make([]Source, len(files))
	for i, f := range files {
		tallies[i], sources[i] = f.tally, f.source
	}
	c, err := merge(tallies, opt)
	if err != nil {
		return nil, err
	}
	c.Sources = sources
	if opt.ForTables {
		c.Origin = &Origin{files, newTableOptions(opt)}
	}
	return c, nil
}

// tallyPath reads a file, or a folder of tables.
func tallyPath(ctx context.Context, path string, opt Options) ([]counted, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return readTables(ctx, path, opt)
	}
	t, source, err := tallyFile(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	return []counted{{t, source}}, nil
}

// tallyFile reads one file.
func tallyFile(ctx context.Context, path string, opt Options) (*tally, Source, error) {
	in, err := openInput(ctx, path, opt)
	if err != nil {
		return nil, Source{}, err
	}
	defer in.Close()
	t := newTally(in.path)
	t.trainable = opt.Trainable || opt.ForTables
	if err := scanChunks(ctx, in.text, in.path, t.visitor(), in.chunk(), maxToken); err != nil {
		return nil, Source{}, err
	}
	t.settle()
	source, err := in.source()
	return t, source, err
}
