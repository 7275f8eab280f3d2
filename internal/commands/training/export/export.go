// Package export is the command "train export".
package export

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/train"
	"cocostat/train/export"
)

// freeSize is the value of --size that leaves the sides of inputs free.
const freeSize = "free"

type options struct {
	export.Options
	cli.Streams
	checkpoint, out, size string
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Options: export.Default(), Streams: s}
	cmd := &cobra.Command{
		SuggestFor: []string{"convert", "onnx"},
		Use:        "export --checkpoint FILE -o MODEL.onnx",
		Short:      "Write the network of a checkpoint as an ONNX model",
		Long: `Write the network of a checkpoint as an ONNX model, which ONNX Runtime,
browsers and other programs run without this one. It is the network that
'train predict' uses: with the average of the weights, where there is one.

The input images is B,3,H,W, float32, RGB in 0...1; the normalisation is inside.
H and W are multiples of the stride that the metadata says. The outputs are, for
each image, the best detections over all classes, best first:

  boxes   B,K,4  x1, y1, x2, y2 in pixels of the input
  scores  B,K    0...1; 0 where there are fewer than K detections
  labels  B,K    int64, places in the list of names in the metadata, from 0

Metadata: names and category_ids of the classes, stride, mean, std, model.

With --raw the outputs are the maps of the network's heads: heatmap (logits),
size and offset (in cells of 4 pixels) of a CenterNet; logits, distances (in
pixels) and centreness (logits) of the cells of all levels of an FCOS.

A deformable convolution (ResNet and DLA of CenterNet) is composed of operators
that all runtimes have, or with --deform native ONNX's own, of operator set 19.`,
		Example: `  train export --checkpoint runs/1/best.safetensors -o model.onnx
  train export --checkpoint runs/1/best.safetensors -o model.onnx --size 512
  train export --checkpoint runs/1/best.safetensors -o small.onnx --size 640x384 --half
  train export --checkpoint runs/1/last.safetensors -o maps.onnx --raw`,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return o.run() },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.checkpoint, "checkpoint", "", "checkpoint `file`")
	f.StringVarP(&o.out, "out", "o", "", "`file` for the model; - is standard output")
	f.StringVar(&o.size, "size", freeSize, "of the inputs in pixels: `free, a side, or WIDTHxHEIGHT`")
	f.IntVar(&o.Top, "top", o.Top, "the most detections of an image (K)")
	f.BoolVar(&o.Raw, "raw", false, "give the maps of the heads instead of detections")
	f.BoolVar(&o.Half, "half", false, "write the weights as float16: half the size; computing stays in float32")
	cli.Choice(cmd, (*string)(&o.Deform), "deform", string(o.Deform), "deformable convolutions: composed of common operators, or native (ONNX's DeformConv)", export.DeformKinds...)
	cli.CompleteValues(cmd, "size", freeSize)
	for _, name := range []string{"checkpoint", "out"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	return cmd
}

// parseSize reads --size.
func (o *options) parseSize() error {
	if o.size == freeSize {
		return nil
	}
	width, height, both := strings.Cut(o.size, "x")
	if !both {
		height = width
	}
	var err error
	if o.Width, err = strconv.Atoi(width); err == nil {
		o.Height, err = strconv.Atoi(height)
	}
	if err != nil || o.Width < 1 || o.Height < 1 {
		return cli.Usagef("--size %s: want %s, a side in pixels such as 512, or WIDTHxHEIGHT", o.size, freeSize)
	}
	return nil
}

func (o *options) run() error {
	if err := o.parseSize(); err != nil {
		return err
	}
	if o.out != "-" {
		if err := atomicfile.Check(o.out); err != nil {
			return err
		}
	}
	c, err := train.LoadCheckpoint(o.checkpoint)
	if err != nil {
		return err
	}
	if err := o.Check(c); err != nil {
		return cli.Usagef("%w", err)
	}
	write := func(w io.Writer) error { return export.Write(w, c, o.Options) }
	if o.out == "-" {
		return write(o.Out)
	}
	if err := atomicfile.Write(o.out, write); err != nil {
		return err
	}
	info, err := os.Stat(o.out)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Err, "%s: %s, %d classes, %.1f MB\n", o.out, c.Config.Model, len(c.Classes), float64(info.Size())/1e6)
	return nil
}
