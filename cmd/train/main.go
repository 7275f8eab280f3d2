// Command train trains and evaluates detectors with balanced losses.
package main

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	_ "cocostat/train/torchx"
)

func main() { cli.Main(newRoot) }

func newRoot(s cli.Streams) *cobra.Command {
	return &cobra.Command{Use: "train"}
}
