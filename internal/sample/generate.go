package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"cocostat/internal/atomicfile"
)

// Summary says what a folder holds.
type Summary struct {
	Train, Val SplitSummary
	Names      []string // of the classes, most frequent first
	Drawn      int      // images that this call drew; 0 if all were there
}

// SplitSummary says what a split holds.
type SplitSummary struct {
	Annotations string // path of the annotation file
	Images      int
	Instances   []int // by class
}

// Generate makes the sample in dir:
//
//	dir/sample.json                      options, and whether the sample is whole
//	dir/annotations/instances_train.json
//	dir/annotations/instances_val.json
//	dir/train/000001.jpg …
//	dir/val/000001.jpg …
//
// Image and annotation files appear whole or not at all. A folder with a part
// of the same sample is completed, and one with all of it is left as it is. A
// folder with other content is an error, as is a sample with other options
// unless opt.Force is set, which replaces it. progress, if not nil, is called
// from several goroutines with the images that are done and their total. When
// ctx ends, the error wraps that of ctx, and a later call can finish the work.
func Generate(ctx context.Context, dir string, opt Options, progress func(done, total int)) (Summary, error) {
	if err := opt.Validate(); err != nil {
		return Summary{}, fmt.Errorf("sample: %w", err)
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	g := &generator{dir: dir, opt: opt, kinds: classes(opt.Classes), progress: progress}
	sum := g.summary()
	whole, err := prepare(dir, opt)
	if err != nil || whole {
		return sum, err
	}
	for _, s := range []split{train, val} {
		if err := g.split(ctx, s); err != nil {
			return sum, err
		}
	}
	sum.Drawn = int(g.drawn.Load())
	return sum, writeState(dir, state{version, opt, true})
}

// generator holds what the images of one call share.
type generator struct {
	dir         string
	opt         Options
	kinds       []class
	progress    func(done, total int)
	done, drawn atomic.Int64
}

func (g *generator) summary() Summary {
	return Summary{
		Train: SplitSummary{annotationPath(g.dir, train), g.opt.Images, trainCounts(g.opt)},
		Val:   SplitSummary{annotationPath(g.dir, val), g.opt.ValImages, valCounts(g.opt)},
		Names: ClassNames(g.opt.Classes),
	}
}

// split draws the images of a split that are not there yet and writes its
// annotation file.
func (g *generator) split(ctx context.Context, s split) error {
	counts, images := trainCounts(g.opt), g.opt.Images
	if s == val {
		counts, images = valCounts(g.opt), g.opt.ValImages
	}
	hands := deal(newRand(g.opt.Seed, streamDeal, s, 0), counts, images)
	labels := make([][]cocoAnnotation, images)
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(g.workers())
	for i, hand := range hands {
		if running.Err() != nil {
			break
		}
		group.Go(func() error {
			if running.Err() != nil {
				return running.Err()
			}
			layout := newScene(newRand(g.opt.Seed, streamScene, s, i), g.opt.Size, g.kinds, hand)
			labels[i] = layout.annotate()
			err := g.image(layout, s, i)
			g.progress(int(g.done.Add(1)), g.opt.Images+g.opt.ValImages)
			return err
		})
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return err
	}
	file := newCOCO(g.opt, s)
	for i, objects := range labels {
		file.add(imageName(i), g.opt.Size, objects)
	}
	return atomicfile.Write(annotationPath(g.dir, s), func(w io.Writer) error { return json.NewEncoder(w).Encode(file) })
}

func (g *generator) workers() int {
	if g.opt.Workers > 0 {
		return g.opt.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// image draws an image unless its file is there.
func (g *generator) image(layout *scene, s split, index int) error {
	path := filepath.Join(g.dir, s.String(), imageName(index))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var buf bytes.Buffer
	img := render(newRand(g.opt.Seed, streamRender, s, index), layout, g.kinds)
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: g.opt.Quality}); err != nil {
		return fmt.Errorf("sample: %s: %w", path, err)
	}
	g.drawn.Add(1)
	return atomicfile.WriteBytes(path, buf.Bytes())
}

func imageName(index int) string { return fmt.Sprintf("%06d.jpg", index+1) }

func annotationPath(dir string, s split) string {
	return filepath.Join(dir, "annotations", "instances_"+s.String()+".json")
}
