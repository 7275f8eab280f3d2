// Package sample is the command "cocostat sample".
package sample

import (
	"context"
	"fmt"
	"image/png"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/progress"
	"cocostat/internal/sample"
	"cocostat/internal/textable"
)

type options struct {
	streams cli.Streams
	dir     string
	sheet   string
	sample.Options
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{streams: s, Options: sample.Defaults()}
	cmd := &cobra.Command{
		SuggestFor: []string{"generate", "synthetic", "toy"},
		Use:        "sample DIR",
		Short:      "Draw a synthetic long-tailed detection set",
		Long: `Draw a synthetic, long-tailed detection set into DIR: JPEG images of toy
shapes that overlap on varied grounds, and COCO annotations.

  DIR/train/*.jpg  DIR/annotations/instances_train.json
  DIR/val/*.jpg    DIR/annotations/instances_val.json

A class is a silhouette (disc, star, gear, ...), or with more than 40 classes
a silhouette with a texture ("striped star"). Each has a favourite colour and
texture, which two objects in three have; size, rotation, aspect ratio and
lighting vary. The first class is the most frequent one; training instances
fall exponentially to the last class, which has 1/imbalance of the first. Validation falls by the square root of that, and
keeps 8 instances of every class if its images can hold them.

The same options give the same files. A run that was interrupted is finished
by running it again; a folder that holds the same sample is left as it is.`,
		Example: `  cocostat sample /tmp/toys
  cocostat sample --classes 60 --imbalance 200 --images 5000 /tmp/many
  cocostat sample --size 256 --contact-sheet toys.png /tmp/toys256`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = args[0]
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Classes, "classes", o.Classes, fmt.Sprintf("number of classes, 1 to %d", sample.MaxClasses))
	f.IntVar(&o.Images, "images", o.Images, "number of training images")
	f.IntVar(&o.ValImages, "val-images", o.ValImages, "number of validation images")
	f.Float64Var(&o.Imbalance, "imbalance", o.Imbalance, "training instances of the first class over those of the last")
	f.IntVar(&o.Size, "size", o.Size, "side of the square images in pixels")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "seed of the random numbers")
	f.IntVar(&o.Quality, "quality", o.Quality, "JPEG quality, 1 to 100")
	f.IntVar(&o.Workers, "workers", 0, "images drawn at a time; 0 for one per processor (changes no file)")
	f.BoolVarP(&o.Force, "force", "f", false, "replace a sample in DIR that was made with other options")
	f.StringVar(&o.sheet, "contact-sheet", "", "also draw the first 12 validation images with boxes and names into this PNG `file`")
	return cmd
}

func run(ctx context.Context, o *options) error {
	if err := o.Validate(); err != nil {
		return cli.Usagef("--%w", err)
	}
	if err := output.CheckEnding("contact-sheet", o.sheet, []string{"png"}); err != nil {
		return err
	}
	start := time.Now()
	line := progress.New(o.streams.Err, cli.IsTerminal(o.streams.Err))
	sum, err := sample.Generate(ctx, o.dir, o.Options, func(done, total int) {
		line.Update(func() string {
			left := time.Duration(float64(time.Since(start)) / float64(done) * float64(total-done))
			return fmt.Sprintf("drawing: %d of %d images, %s left", done, total, progress.Duration(left))
		})
	})
	line.Done()
	if err != nil {
		return err
	}
	total := sum.Train.Images + sum.Val.Images
	switch sum.Drawn {
	case 0:
		line.Printf("%s holds this sample already", o.dir)
	case total:
		line.Printf("%d images drawn in %s", total, progress.Duration(time.Since(start)))
	default:
		line.Printf("%d missing images of %d drawn in %s", sum.Drawn, total, progress.Duration(time.Since(start)))
	}
	if o.sheet != "" {
		if err := writeSheet(o.dir, o.sheet); err != nil {
			return err
		}
	}
	return printSample(o.streams.Out, sum)
}

func writeSheet(dir, path string) error {
	sheet, err := sample.ContactSheet(dir)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		return encoder.Encode(w, sheet)
	})
}

// printSample lists the classes with their instances, then the files.
func printSample(out io.Writer, sum sample.Summary) error {
	w := textable.New(">id", "class", ">train", ">val")
	train, val := 0, 0
	for i, name := range sum.Names {
		w.Add(strconv.Itoa(i+1), name, textable.Integer(sum.Train.Instances[i]), textable.Integer(sum.Val.Instances[i]))
		train += sum.Train.Instances[i]
		val += sum.Val.Instances[i]
	}
	w.Add("", "objects", textable.Integer(train), textable.Integer(val))
	w.Add("", "images", textable.Integer(sum.Train.Images), textable.Integer(sum.Val.Images))
	_, err := fmt.Fprintf(out, "%s\n%s\n%s\n", w.Fit(cli.Columns(out)), sum.Train.Annotations, sum.Val.Annotations)
	return err
}
