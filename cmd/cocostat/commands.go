package main

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

// commands lists the subcommands, in the order of the pipeline.
func commands(s cli.Streams) []*cobra.Command {
	return []*cobra.Command{
		newSampleCommand(s),
		newAnalyzeCommand(s),
		newValidateCommand(s),
		newCompareCommand(s),
		newWeightsCommand(s),
		newConvertCommand(s),
		newSplitCommand(s),
		newScheduleCommand(s),
		newLTCommand(s),
		newEvalCommand(s),
		newCurvesCommand(s),
	}
}
