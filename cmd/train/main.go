// Command train trains detectors with class-balanced losses and evaluates them.
package main

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

// patience of 0: a training saves its state, for as long as that takes.
const patience = 0

func main() { cli.Main(newRoot, patience) }

func newRoot(s cli.Streams) *cobra.Command {
	root := newTrainCommand(s)
	root.Version = cli.Version()
	root.AddCommand(alone(newEvalCommand(s)), alone(newPredictCommand(s)), newRecipesCommand(s), alone(newReproduceCommand(s)))
	return root
}
