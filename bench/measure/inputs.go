package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// shards is how many copies of the file are read as shards.
const shards = 4

// inputs are the files that the programs read.
type inputs struct {
	file     string
	size     int64
	made     bool
	gz, zst  string
	shards   []string
	tables   string // folder for what cocostat writes
	gzipSize int64
	zstdSize int64
}

// prepareInputs makes the files that are not there yet. Those derived from a
// file lie in a folder that is named after the file, its size and its time.
func (b *bench) prepareInputs(ctx context.Context, t *tools) (*inputs, error) {
	in := &inputs{file: b.file}
	if in.file == "" {
		in.made = true
		in.file = filepath.Join(b.dir, "instances_train2017.json")
		if b.scale != 1 {
			in.file = filepath.Join(b.dir, fmt.Sprintf("instances_train2017-x%g.json", b.scale))
		}
		scale := strconv.FormatFloat(b.scale, 'g', -1, 64)
		if err := b.makeFile(ctx, in.file, t.instances, "make", "-scale", scale); err != nil {
			return nil, err
		}
	}
	info, err := os.Stat(in.file)
	if err != nil {
		return nil, err
	}
	in.size = info.Size()
	h := fnv.New32a()
	fmt.Fprint(h, in.file, info.Size(), info.ModTime().UnixNano())
	base := trimExt(filepath.Base(in.file))
	dir := filepath.Join(b.dir, fmt.Sprintf("%s-%08x", base, h.Sum32()))
	in.tables = filepath.Join(dir, "tables")
	if err := os.MkdirAll(in.tables, 0o755); err != nil {
		return nil, err
	}
	in.gz, in.zst = filepath.Join(dir, base+".json.gz"), filepath.Join(dir, base+".json.zst")
	if t.why["gzip"] == nil {
		if err := b.makeFile(ctx, in.gz, "gzip", "-6", "-n", "-c", in.file); err != nil {
			return nil, err
		}
	}
	if t.why["zstd"] == nil {
		if err := b.makeFile(ctx, in.zst, "zstd", "-3", "-q", "-c", in.file); err != nil {
			return nil, err
		}
	}
	in.gzipSize, in.zstdSize = sizeOf(in.gz), sizeOf(in.zst)
	for i := range shards {
		path := filepath.Join(dir, fmt.Sprintf("shard-%d.json", i))
		if err := b.makeFile(ctx, path, t.instances, "copies", "-n", "1", "-first", strconv.Itoa(i), in.file); err != nil {
			return nil, err
		}
		in.shards = append(in.shards, path)
	}
	return in, b.warm(ctx, append([]string{in.file, in.gz, in.zst}, in.shards...))
}

// warm reads the files, so that they lie in the page cache.
func (b *bench) warm(ctx context.Context, paths []string) error {
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			continue // its rows say why
		}
		if _, err := (process{args: []string{"cat", path}}).run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// makeFile writes a program's output to a file, unless the file is there. A
// file is there only when it is complete.
func (b *bench) makeFile(ctx context.Context, path string, args ...string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	say("making %s", path)
	part := path + ".part"
	_, err := process{args: args, into: part}.run(ctx)
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		os.Remove(part)
		return fmt.Errorf("cannot make %s: %w", path, err)
	}
	return nil
}

// trimExt removes .json.
func trimExt(name string) string { return strings.TrimSuffix(name, ".json") }

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
