// Package datasets is the command "cocostat dataset", with a file for each of its
// subcommands.
package datasets

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dataset",
		Short: "Convert, merge, filter, split and sample datasets",
		Long: `Convert, merge, filter, split and sample datasets: of one, make another, with the
annotations and, if they are wanted, the images.

Each takes whatever analyze takes, and writes COCO's JSON, a YOLO folder as
Ultralytics has it, or a Pascal VOC folder. From COCO's JSON to COCO's JSON every
byte is kept but what goes: unknown fields, the order of keys, spaces. What a format
cannot hold is said.

The result appears whole, at the end, or not at all. A file or a folder that holds
something is replaced with --force only, and an input never.`,
		Example: `  cocostat dataset convert instances_train2017.json -o coco-yolo --to yolo
  cocostat dataset convert data.yaml -o train.json
  cocostat dataset merge day.json night.json -o all.json
  cocostat dataset filter train.json --classes cat,dog --images with -o pets.json
  cocostat dataset split annotations.json -o split --shares train=70,val=20,test=10
  cocostat dataset split annotations.json -o folds --folds 5
  cocostat dataset sample train.json -n 1000 -o small.json`,
		SuggestFor: []string{"datasets", "data"},
	}
	cmd.AddCommand(newConvert(s), newMerge(s), newFilter(s), newSplit(s), newSample(s))
	return cmd
}
