package lt

import (
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/commands/weights"
)

// cocostat runs the commands that the tests call.
var cocostat = commandtest.New(NewCommand, weights.NewCommand)
