// Command train trains detectors with class-balanced losses and evaluates them.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/processors"
)

// patience of 0: a training saves its state, for as long as that takes.
const patience = 0

func main() {
	if err := processors.Limit(); err != nil {
		fmt.Fprintln(os.Stderr, "train: a limit of processors is not known:", err)
	}
	cli.Main(newRoot, patience)
}

func newRoot(s cli.Streams) *cobra.Command {
	root := newTrainCommand(s)
	root.Version = cli.Version()
	root.AddCommand(alone(newEvalCommand(s)), alone(newPredictCommand(s)), newRecipesCommand(s), alone(newReproduceCommand(s)))
	return root
}
