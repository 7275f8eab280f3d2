package weights

import (
	"cocostat/internal/commands/analyze"
	"cocostat/internal/commands/compare"
	"cocostat/internal/commands/eval"
	"cocostat/internal/commands/groups"
	"cocostat/internal/commands/lt"
	"cocostat/internal/commands/sample"
	"cocostat/internal/commands/shared/commandtest"
)

// cocostat runs the commands that the tests call.
var cocostat = commandtest.New(NewCommand, analyze.NewCommand, compare.NewCommand, eval.NewCommand, lt.NewCommand, sample.NewCommand, groups.NewCommand)
