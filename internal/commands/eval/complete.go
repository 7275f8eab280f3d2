package eval

import (
	"github.com/spf13/cobra"

	"cocostat/internal/commands/shared/input"
	"cocostat/weights/codec"
)

// truthClasses are the classes of the ground truth, for completion.
func truthClasses(_ *cobra.Command, args []string) []string {
	if len(args) == 0 {
		return nil
	}
	truth, err := validationOf(args[0])
	if err != nil {
		return nil
	}
	return input.ClassNames(truth)
}

// knownGroupings are those of the weights file that --weights names, or of any
// ground truth, for completion.
func (o *options) knownGroupings(*cobra.Command, []string) []string {
	if o.weights == "" {
		return []string{tailGrouping, lvisGrouping}
	}
	table, err := codec.ReadFile(o.weights)
	if err != nil {
		return nil
	}
	var names []string
	for _, g := range weightsGroupings(table, o.weights) {
		names = append(names, g.Name)
	}
	return names
}
