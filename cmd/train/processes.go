package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/torchx"
	"cocostat/train/world"
)

// defaultTimeout is how long one of several processes may be late.
const defaultTimeout = 5 * time.Minute

// join joins the other processes that a launcher has started; it gives nil where
// there is none.
func (o *trainOptions) join(ctx context.Context, s *screen) (*world.World, error) {
	place, err := world.FromEnv(os.Getenv)
	if err != nil {
		return nil, cli.Usagef("%w", err)
	}
	return world.Join(ctx, place, world.Options{
		Timeout: o.timeout,
		Program: fmt.Sprintf("cocostat %s with libtorch %s", cli.Version(), torchx.Version()),
		Notes:   func(text string) { s.warn("%s", text) },
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

// alone refuses to run a command in several processes.
func alone(cmd *cobra.Command) *cobra.Command {
	run := cmd.RunE
	cmd.RunE = func(c *cobra.Command, args []string) error {
		place, err := world.FromEnv(os.Getenv)
		if err == nil && place != nil {
			err = fmt.Errorf("the environment says that there are %d processes, and this works in one: start it without the launcher", place.Size)
		}
		if err != nil {
			return cli.Usagef("%w", err)
		}
		return run(c, args)
	}
	return cmd
}
