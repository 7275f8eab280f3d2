// Package cli holds what the commands share: their streams, the mapping from
// errors to exit codes, and the handling of Ctrl-C.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes of the commands.
const (
	ExitOK          = 0
	ExitFailure     = 1
	ExitUsage       = 2
	ExitWarnings    = 3 // only of a command that judges: nothing worse than warnings
	ExitErrors      = 4 // only of a command that judges: errors in what it was given
	ExitInterrupted = 130
)

// Streams are a command's standard input, output (results) and error
// (progress, notes, errors).
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// usageError marks an error in how a command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error that ends the command with ExitUsage.
func Usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// exitError ends the command with a code and without a message.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Exit returns an error that ends the command with the code. Nothing is
// printed: the command has said what there is to say.
func Exit(code int) error { return exitError(code) }

// Main runs the command that build makes with the process's arguments and
// streams, prints its error, and exits. The command's context ends at the
// first SIGINT or SIGTERM; a second one ends the process at once.
func Main(build func(Streams) *cobra.Command) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { <-ctx.Done(); stop() }()
	os.Exit(Run(ctx, build, Streams{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]))
}

// Run executes the command with args and returns the exit code.
func Run(ctx context.Context, build func(Streams) *cobra.Command, s Streams, args []string) int {
	cmd := build(s)
	cmd.SetArgs(args)
	cmd.SetIn(s.In)
	cmd.SetOut(s.Out)
	cmd.SetErr(s.Err)
	cmd.SilenceErrors = true
	cmd.SilenceUsage = true
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return Usagef("%w\nsee '%s --help'", err, c.CommandPath())
	})
	err := cmd.ExecuteContext(ctx)
	var exit exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &exit):
		return int(exit)
	case ctx.Err() != nil:
		if errors.Is(err, ctx.Err()) {
			err = errors.New("interrupted")
		}
		printError(s.Err, cmd.Name(), err)
		return ExitInterrupted
	}
	printError(s.Err, cmd.Name(), err)
	if isUsage(err) {
		return ExitUsage
	}
	return ExitFailure
}

// printError writes the error with the command's name before it, unless a
// package of the same name has put it there.
func printError(w io.Writer, name string, err error) {
	fmt.Fprintf(w, "%s: %s\n", name, strings.TrimPrefix(err.Error(), name+": "))
}

// isUsage reports whether err is about the call itself. Cobra's own errors
// for unknown commands and missing flags carry no type, only these words.
func isUsage(err error) bool {
	var u usageError
	return errors.As(err, &u) ||
		strings.HasPrefix(err.Error(), "unknown command ") ||
		strings.HasPrefix(err.Error(), "required flag(s) ")
}

// Args wraps a cobra check of positional arguments so that its error ends the
// command with ExitUsage.
func Args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return Usagef("%w\nsee '%s --help'", err, c.CommandPath())
		}
		return nil
	}
}

// Version is the program's version as the build recorded it, "(devel)" where
// it recorded none.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// IsTerminal reports whether w is a terminal, where colours and moving
// progress lines are welcome.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Colors reports whether what is written to w may have colours: w is a
// terminal that knows them, and NO_COLOR (https://no-color.org) is not set.
func Colors(w io.Writer) bool {
	return IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
