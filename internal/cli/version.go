package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is that of make build, by the linker's -X: what git describe says.
var version string

// Version is the program's version as the build recorded it, "(devel)" where
// it recorded none.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// VersionCommand is the command version of a program, which says what --version
// says.
func VersionCommand(s Streams, program string) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which version this is",
		Example: "  " + program + " version",
		Args:    Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.Out, "%s version %s\n", program, Version())
			return err
		},
	}
}
