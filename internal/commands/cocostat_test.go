package commands

import "cocostat/internal/commands/shared/commandtest"

var cocostat = commandtest.Of(NewCocostat)
