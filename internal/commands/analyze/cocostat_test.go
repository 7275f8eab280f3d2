package analyze

import (
	"cocostat/internal/commands/compare"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/commands/validate"
	"cocostat/internal/commands/weights"
)

// cocostat runs the commands that the tests call.
var cocostat = commandtest.New(NewCommand, compare.NewCommand, validate.NewCommand, weights.NewCommand)
