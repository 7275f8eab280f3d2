// Package datasets is the command "cocostat dataset", with a file for each of its
// subcommands.
package datasets

import (
	"fmt"

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
  cocostat dataset convert data.yaml:train -o train.json
  cocostat dataset merge day.json night.json -o all.json
  cocostat dataset filter train.json --classes cat,dog --only with -o pets.json
  cocostat dataset split annotations.json -o split --shares train=70,val=20,test=10
  cocostat dataset split annotations.json -o folds --folds 5
  cocostat dataset sample train.json -n 1000 -o small.json`,
		SuggestFor: []string{"datasets", "data"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			meant := ""
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				meant = fmt.Sprintf("; did you mean %s?", near[0])
			}
			return cli.Usagef("unknown command %q for %q%s\nsee '%s --help'", args[0], cmd.CommandPath(), meant, cmd.CommandPath())
		},
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newConvert(s), newMerge(s), newFilter(s), newSplit(s), newSample(s))
	return cmd
}
