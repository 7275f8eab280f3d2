package groups

import (
	"cocostat/internal/commands/schedule"
	"cocostat/internal/commands/shared/commandtest"
)

// cocostat runs the commands that the tests call.
var cocostat = commandtest.New(NewCommand, schedule.NewCommand)
