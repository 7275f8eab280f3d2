package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// notes is standard error, on which a command that is to be quiet says nothing.
// The error with which it ends is told nevertheless.
type notes struct {
	to    io.Writer
	quiet bool
}

func (n *notes) Write(p []byte) (int, error) {
	if n.quiet {
		return len(p), nil
	}
	return n.to.Write(p)
}

// quiet adds -q to a program, all of whose commands have it, and to those commands
// that do not tell by themselves what must be told.
func quiet(program *cobra.Command, n *notes) {
	for _, cmd := range program.Commands() {
		quiet(cmd, n)
		if cmd.Flags().Lookup("quiet") == nil && cmd.Flags().ShorthandLookup("q") == nil {
			cmd.Flags().BoolVarP(&n.quiet, "quiet", "q", false, "nothing on standard error but errors")
		}
	}
}
