package datasets

import (
	"cocostat/internal/commands/shared/commandtest"
)

// cocostat runs the command that the tests call.
var cocostat = commandtest.New(NewCommand)
