// Command train trains detectors with class-balanced losses and evaluates them.
package main

import (
	"fmt"
	"os"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training"
	"cocostat/internal/processors"
)

func main() {
	if err := processors.Limit(); err != nil {
		fmt.Fprintln(os.Stderr, "train: a limit of processors is not known:", err)
	}
	cli.Main(training.NewTrain, training.Patience)
}
