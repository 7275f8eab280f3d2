package validate

import (
	"cocostat/internal/commands/shared/commandtest"
)

// cocostat runs the commands that the tests call.
var cocostat = commandtest.New(NewCommand)
