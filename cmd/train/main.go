// Command train trains detectors with class-balanced losses and evaluates them.
package main

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

func main() { cli.Main(newRoot) }

func newRoot(s cli.Streams) *cobra.Command {
	root := newTrainCommand(s)
	root.Version = cli.Version()
	root.AddCommand(newEvalCommand(s), newPredictCommand(s), newRecipesCommand(s), newReproduceCommand(s))
	return root
}
