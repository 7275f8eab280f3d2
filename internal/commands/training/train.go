// Package training puts the commands of train together, each of which is a
// package of its own below it; shared holds what several have in common.
package training

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/eval"
	"cocostat/internal/commands/training/export"
	"cocostat/internal/commands/training/predict"
	"cocostat/internal/commands/training/recipes"
	"cocostat/internal/commands/training/reproduce"
	"cocostat/internal/commands/training/train"
	"cocostat/train/world"
)

// NewTrain returns the program with all its commands.
func NewTrain(s cli.Streams) *cobra.Command {
	root := train.NewCommand(s)
	root.Version = cli.Version()
	root.AddCommand(alone(eval.NewCommand(s)), alone(predict.NewCommand(s)), alone(export.NewCommand(s)), recipes.NewCommand(s), alone(reproduce.NewCommand(s)),
		cli.VersionCommand(s, "train"))
	return root
}

// alone refuses to run a command in several processes.
func alone(cmd *cobra.Command) *cobra.Command {
	run := cmd.RunE
	cmd.RunE = func(c *cobra.Command, args []string) error {
		place, err := world.FromEnv(os.Getenv)
		if err == nil && place != nil {
			err = fmt.Errorf("the environment says that there are %d processes, and this works in one: start it without the launcher", place.Size)
		}
		if err != nil {
			return cli.Usagef("%w", err)
		}
		return run(c, args)
	}
	return cmd
}

// Patience of 0: a training saves its state, for as long as that takes.
const Patience = 0
