package train

import "cocostat/internal/runlog"

// Losses are a loss and its parts, before their factors in the sum; a part has
// its detector's name for it.
type Losses = runlog.Losses
