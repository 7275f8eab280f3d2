package train

import (
	"context"
	"fmt"
	"os"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/shared/screen"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/torchx"
	"cocostat/train/world"
)

// join joins the other processes that a launcher has started; it gives nil where
// there is none.
func join(ctx context.Context, o *settings.Training, s *screen.Screen) (*world.World, error) {
	place, err := world.FromEnv(os.Getenv)
	if err != nil {
		return nil, cli.Usagef("%w", err)
	}
	return world.Join(ctx, place, world.Options{
		Timeout: o.Timeout,
		Program: fmt.Sprintf("cocostat %s with libtorch %s", cli.Version(), torchx.Version()),
		Notes:   func(text string) { s.Warnf("%s", text) },
	}, os.Getenv)
}

// toldByFirst has the first process tell what happens in this one.
func toldByFirst(w *world.World) train.Watcher {
	return train.Watcher{
		Note:     w.Note,
		Skipped:  func(e *data.ImageError) { w.Note(fmt.Sprintf("skipped: %v", e)) },
		Progress: func(train.Progress) {},
		Epoch:    func(train.Metric) {},
	}
}
