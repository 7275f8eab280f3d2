package datasets

import (
	"context"

	"github.com/spf13/cobra"

	"cocostat/dataset"
	"cocostat/dataset/reshape"
	"cocostat/dataset/write"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/layout"
	"cocostat/internal/progress"
	"cocostat/internal/textable"
)

type convertOptions struct {
	target
	names []string // of the inputs, "" where none was given
}

func newConvert(s cli.Streams) *cobra.Command {
	o := &convertOptions{target: target{Files: input.Files{Streams: s}}}
	cmd := &cobra.Command{
		Use:   "convert IN... -o OUT",
		Short: "Write a dataset in another format",
		Long: `Write a dataset in another format, with all its parts: those of a YOLO or VOC
folder, the training, validation and test annotations of a folder with COCO's JSON, or
the files that are named. A part is called train, val or test, after the word in the
name of the file or of its folder, or as NAME=PATH says.

` + formatHelp,
		Example: `  cocostat dataset convert instances_train2017.json instances_val2017.json -o coco-yolo --to yolo
  cocostat dataset convert roboflow-export -o voc --to voc --images copy
  cocostat dataset convert data.yaml:train -o train.json
  cocostat dataset convert train=a.json val=b.json -o both --to yolo --image-dir images`,
		Args:              cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.expand(cmd.Context(), args); err != nil {
				return err
			}
			if err := o.complete(cmd.Flags().Changed, len(o.Paths) > 1); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd)
	return cmd
}

// formatHelp says what the formats are.
const formatHelp = `What --to takes, and what is in OUT then:

  coco  annotations/instances_PART.json, and images/PART/ with --images; or, with
        an OUT that ends in .json, .json.gz or .json.zst, that file alone
  yolo  data.yaml, images/PART/ and labels/PART/, as Ultralytics has them; classes in
        the order of their ids; crowds are left out; boxes are cut at the edges
  voc   Annotations/, JPEGImages/ and ImageSets/Main/PART.txt, as VOC2012 has them;
        crowds are difficult objects; labelmap.txt has the classes in their order

Images are linked (hard links, or symbolic ones to another disk), copied, or stay
where they are. They are looked for where train looks for them, or in --image-dir.`

// expand puts the parts of a folder in its place.
func (o *convertOptions) expand(ctx context.Context, args []string) error {
	for _, arg := range args {
		name, path := named(arg)
		paths := []string{path}
		switch {
		case name != "":
		case dataset.IsFolder(path):
			look, err := dataset.LookAt(ctx, path)
			if err != nil {
				return err
			}
			if len(look.Splits) > 0 {
				paths = nil
				for _, split := range look.Splits {
					paths = append(paths, path+":"+split)
				}
			}
		case input.IsFolder(path):
			if train, err := layout.Train(path); err == nil {
				paths[0] = train
				for _, other := range []string{layout.Validation(train), layout.Test(train)} {
					if other != "" {
						paths = append(paths, other)
					}
				}
			}
		}
		for _, p := range paths {
			o.Paths, o.names = append(o.Paths, p), append(o.names, name)
		}
	}
	return nil
}

func (o *convertOptions) run(ctx context.Context) error {
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	defer line.Done()
	var sources []*source
	var parts []write.Part
	of := map[string]string{}
	for i, path := range o.Paths {
		name := o.names[i]
		if name == "" {
			name = partName(path)
		}
		if other, taken := of[name]; taken {
			return twoParts(name, other, path)
		}
		of[name] = path
		s, err := o.open(ctx, path, reshape.Options{}, line)
		if err != nil {
			return err
		}
		o.noteLeft(s.Source)
		sources = append(sources, s)
		parts = append(parts, o.part(name, s, s.OfImages(func(int) bool { return true })))
	}
	if o.to == "" && !o.file {
		return cli.Usagef("--to says what to write: coco, yolo or voc")
	}
	if err := o.settle(sources...); err != nil {
		return err
	}
	if err := o.write(ctx, parts, false, line); err != nil {
		return err
	}
	return o.report(sources, parts)
}

// report says what is in the parts.
func (o *convertOptions) report(sources []*source, parts []write.Part) error {
	w := textable.New("part", ">images", ">annotations", "of")
	for i, s := range sources {
		w.Add(parts[i].Name, textable.Integer(s.ListedImages), textable.Integer(s.Annotations-s.Dangling), s.path)
	}
	p := output.NewPage(o.Streams.Out, "table")
	p.Table(w)
	p.Lines("wrote " + o.out)
	return p.Print(o.Streams.Out)
}
