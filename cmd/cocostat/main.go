// Command cocostat measures the class imbalance of detection datasets and
// writes the weights that training needs to counter it.
package main

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

func main() { cli.Main(newRoot) }

func newRoot(s cli.Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "cocostat",
		Short: "Measure the class imbalance of a detection dataset and write weights against it",
		Example: `  cocostat sample toys
  cocostat analyze toys
  cocostat weights toys -o weights.arrow`,
		Version: cli.Version(),
	}
	root.AddCommand(commands(s)...)
	return root
}
