// Package predict is the command "train predict".
package predict

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/training/shared/screen"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/internal/processors"
	"cocostat/internal/progress"
	"cocostat/train"
	"cocostat/train/data"
)

type options struct {
	train.PredictOptions
	cli.Streams
	checkpoint  string
	arguments   []string // files, folders, -
	null        bool
	annotations string
	images      string
	out         string
	format      string
	clip        bool
	draw        string
	quiet       bool
	flipSet     bool // whether --test-flip was given
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Streams: s, PredictOptions: train.DefaultPredictOptions()}
	cmd := &cobra.Command{
		SuggestFor: []string{"detect", "infer", "inference"},
		Use:        "predict --checkpoint FILE IMAGES...",
		Short:      "Detect objects on images, and draw them",
		Long: `Detect objects on IMAGES with the network of a checkpoint. IMAGES are files
(JPEG, PNG, WebP, GIF, BMP), folders, with all that is below them, or - for a
list of files on standard input, one a line. With --annotations and no IMAGES,
they are the images of that file.

Boxes are x, y, width and height in pixels of the image as it is seen: a photo
that says that it is to be turned counts as turned. They may reach beyond the
image; --clip cuts them.

Formats:
  coco   COCO's results format: image_id, category_id, bbox, score. Image ids
         are those of --annotations, found by file name; without it they are
         1, 2, ... in the order of the images, and a list of the images goes
         beside the output: detections.images.json, a COCO file without
         annotations, which --annotations takes
  json   file names, sizes, class names and detections of each image
  csv    a line per detection
  table  for reading
Without -o a table goes to standard output. The format of -o FILE is coco,
unless it ends in .csv.

Pictures drawn with --draw keep their names and subfolders; small ones are
enlarged for their labels, and formats other than JPEG become PNG. With
--on-bad-image skip an image that can no longer be read to be drawn is skipped
in drawing; its detections are kept.`,
		Example: `  train predict --checkpoint runs/1/best.safetensors photo.jpg
  train predict --checkpoint runs/1/best.safetensors photos/ -o detections.json --draw drawn
  find photos -name '*.jpg' -print0 | train predict --checkpoint runs/1/best.safetensors -0 - --format json -o -
  train predict --checkpoint runs/1/last.safetensors --annotations instances_test.json --threshold 0 -o detections.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.arguments, o.flipSet = args, cmd.Flags().Changed("test-flip")
			if err := o.check(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *options) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.checkpoint, "checkpoint", "", "checkpoint `file`")
	f.StringVarP(&o.out, "out", "o", "", "`file` for the detections; - is standard output")
	cli.Choice(cmd, &o.format, "format", "", "of the detections: coco, json, csv or table (see above)", predictionFormats...)
	f.StringVar(&o.draw, "draw", "", "`folder` for the images with boxes, classes and scores")
	f.Float64Var(&o.Threshold, "threshold", o.Threshold, "scores are above this; 0 for an evaluation (classes of an FCOS are above 0.05 in any case)")
	f.IntVar(&o.Top, "top", o.Top, "the most detections of an image")
	f.BoolVar(&o.TestFlip, "test-flip", false, "average the answers to each image and its mirror image (default: as in training)")
	cli.Choice(cmd, &o.TestAs.Size, "test-size", "", "how images are looked at: fixed (squares) or keep (at their own size) (default: as in training)", train.TestFixed, train.TestKeep)
	f.Var(settings.NMSFlag{As: &o.TestAs}, "nms", "of FCOS: `IoU` with a better box of the class above which a box is dropped (default: as in training)")
	f.BoolVar(&o.clip, "clip", false, "cut boxes at the edges of the image")
	f.StringVar(&o.annotations, "annotations", "", "`file` with the ids of the images")
	f.StringVar(&o.images, "images", "", "`folder` of the images of --annotations (default: found by its name)")
	f.BoolVarP(&o.null, "null", "0", false, "the list on standard input ends each name with a NUL, as find -print0 does")
	cli.Choice(cmd, (*string)(&o.OnBadImage), "on-bad-image", string(o.OnBadImage), "what an image that cannot be read does: fail, or skip", string(data.FailOnBadImage), string(data.SkipBadImage))
	f.IntVar(&o.Batch, "batch", o.Batch, "images at a time")
	f.StringVar(&o.Device, "device", o.Device, "cpu, cuda or cuda:N")
	f.IntVar(&o.Threads, "threads", 0, "threads of the network on the CPU; 0: one per processor")
	f.IntVar(&o.Workers, "workers", 0, "goroutines that load and draw images; 0: one per two threads")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
	cli.CompleteValues(cmd, "device", settings.Devices...)
	cli.CompleteFolders(cmd, "draw", "images")
	_ = cmd.MarkFlagRequired("checkpoint") // fails only for a flag that does not exist
}

// check checks the flags against each other and completes them.
func (o *options) check() error {
	switch {
	case len(o.arguments) == 0 && o.annotations == "":
		return cli.Usagef("no images: name files, folders or - for a list on standard input\nsee 'train predict --help'")
	case len(o.arguments) > 0 && o.images != "":
		return cli.Usagef("--images is the folder of the images of --annotations: leave it out beside %s", o.arguments[0])
	case o.null && !slices.Contains(o.arguments, "-"):
		return cli.Usagef("--null is about a list on standard input: name - as well")
	}
	if o.format == "" && o.out != "-" {
		if err := output.CheckEnding("out", o.out, []string{"json", "csv"}); err != nil {
			return err
		}
	}
	if err := output.CheckFolder("draw", o.draw); err != nil {
		return err
	}
	switch {
	case o.format == "" && o.out == "":
		o.format = "table"
	case o.format == "" && strings.EqualFold(filepath.Ext(o.out), ".csv"):
		o.format = "csv"
	case o.format == "":
		o.format = "coco"
	}
	if err := o.Validate(); err != nil {
		return cli.Usagef("%w", err)
	}
	return nil
}

// prediction is a call of predict in progress.
type prediction struct {
	*options
	checkpoint *train.Checkpoint
	items      []data.Item
	drawing    *drawing // nil: nothing is drawn
	list       *imageList
	screen     *screen.Screen
	began      time.Time
	spent      train.Spent
	found      int
	mu         sync.Mutex // of what follows: loading and drawing go on at the same time
	skipped    int
	undrawn    int
}

func run(ctx context.Context, o *options) error {
	p := &prediction{options: o, screen: screen.New(o.Streams, o.quiet)}
	defer p.screen.Done()
	if err := p.open(ctx); err != nil {
		return err
	}
	o.Report, o.Spent = p.skip, &p.spent
	p.began = time.Now()
	if err := p.write(ctx); err != nil {
		return err
	}
	p.screen.Notef("%d detections on %d images in %s%s", p.found, len(p.items)-p.skipped, progress.Duration(time.Since(p.began)), rates(p.spent))
	if p.skipped > 0 {
		p.screen.Notef("%d images were skipped", p.skipped)
	}
	if p.undrawn > 0 {
		p.screen.Notef("%d images were skipped in drawing", p.undrawn)
	}
	return nil
}

// rates says how fast images were looked at; "" where that took no time.
func rates(s train.Spent) string {
	looking := s.All - s.Waiting
	if s.Images == 0 || looking <= 0 {
		return ""
	}
	n := float64(s.Images)
	return fmt.Sprintf(": %.3g images/s, %.3g without waiting for them to be loaded", n/s.All.Seconds(), n/looking.Seconds())
}

// skip counts an image that is left out, and tells of it.
func (p *prediction) skip(e *data.ImageError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skipped++
	p.screen.Skipped(e)
}

// skipDrawing counts an image that had detections and cannot be drawn, and tells
// of it.
func (p *prediction) skipDrawing(e *data.ImageError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.undrawn++
	p.screen.Warnf("skipped in drawing, its detections are kept: %v", e)
}

// open reads the checkpoint, finds the images, and checks where the output goes.
func (p *prediction) open(ctx context.Context) (err error) {
	if p.checkpoint, err = train.LoadCheckpoint(p.options.checkpoint); err != nil {
		return err
	}
	if !p.flipSet {
		p.TestFlip = p.checkpoint.Config.TestFlip
	}
	if note := train.CrowdNote(p.Threads, p.Workers); note != "" {
		p.screen.Notef("%s", note)
	}
	found, err := gather(p.arguments, p.In, p.null)
	if err != nil {
		return err
	}
	for _, note := range found.notes() {
		p.screen.Notef("%s", note)
	}
	p.items = found.items()
	if p.annotations != "" {
		if p.items, err = annotated(ctx, p.items, p.annotations, p.images); err != nil {
			return err
		}
	}
	if len(p.items) == 0 {
		return cli.Usagef("no images: the list is empty")
	}
	if p.draw != "" {
		if p.drawing, err = newDrawing(p.draw, p.items, p.names(found), p.checkpoint.Classes, p.workers()); err != nil {
			return err
		}
		if p.OnBadImage == data.SkipBadImage {
			p.drawing.skip = p.skipDrawing
		}
	}
	return p.checkOutput()
}

// names are what the drawn pictures are called.
func (p *prediction) names(found *gathered) []string {
	names := make([]string, len(p.items))
	for i, item := range p.items {
		if names[i] = filepath.Base(item.Path); len(found.pictures) > 0 {
			names[i] = found.pictures[i].name
		}
	}
	return names
}

func (p *prediction) workers() int {
	if p.Workers > 0 {
		return p.Workers
	}
	return max(1, processors.Count()/2)
}

// checkOutput finds out whether the output can be written before there is any,
// and whether the list of the images has a place beside it.
func (p *prediction) checkOutput() error {
	listed := p.format == "coco" && p.annotations == ""
	if p.out == "" || p.out == "-" || atomicfile.IsStream(p.out) {
		if listed {
			p.screen.Notef("no list of the images is written, as the detections go to no file that it could lie beside: image ids are 1, 2, … in the order of the images")
		}
		return nil
	}
	if listed {
		p.list = &imageList{Categories: jsonClasses(p.checkpoint), Annotations: []struct{}{}, Images: []listedImage{}}
		if err := atomicfile.Check(listPath(p.out)); err != nil {
			return err
		}
	}
	return atomicfile.Check(p.out)
}

// write predicts and writes the output.
func (p *prediction) write(ctx context.Context) error {
	if p.out == "" || p.out == "-" {
		return p.predict(ctx, p.Out)
	}
	files := []atomicfile.File{{Path: p.out, Fill: func(w io.Writer) error { return p.predict(ctx, w) }}}
	if p.list != nil {
		files = append(files, atomicfile.File{Path: listPath(p.out), Fill: p.list.write})
	}
	return atomicfile.WriteAll(files...)
}

func (p *prediction) predict(ctx context.Context, w io.Writer) error {
	out, err := newPredictionWriter(w, p.format, p.checkpoint, p.options.checkpoint, p.Threshold)
	if err != nil {
		return err
	}
	err = train.Predict(ctx, p.checkpoint, p.items, p.PredictOptions, func(batch []train.Prediction) error {
		for i := range batch {
			if p.clip {
				batch[i].Clip()
			}
			if err := p.image(out, batch[i]); err != nil {
				return err
			}
		}
		if p.drawing == nil {
			return nil
		}
		return p.drawing.batch(ctx, batch)
	})
	if err != nil {
		return err
	}
	return out.close()
}

// image writes one image's detections and shows how far it has come.
func (p *prediction) image(out predictionWriter, x train.Prediction) error {
	item := &p.items[x.Index]
	if p.list != nil {
		p.list.Images = append(p.list.Images, listedImage{item.ID, item.FileName, x.Width, x.Height})
	}
	p.found += len(x.Boxes)
	p.screen.Line.Update(func() string {
		done, all := x.Index+1, len(p.items)
		spent := time.Since(p.began)
		left := time.Duration(float64(spent) / float64(done) * float64(all-done))
		return fmt.Sprintf("image %d/%d  %s left  %.1f images/s", done, all, progress.Duration(left), float64(done)/spent.Seconds())
	})
	return out.image(item, x)
}
