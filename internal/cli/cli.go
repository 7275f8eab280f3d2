// Package cli holds what the commands share: their streams, the mapping from
// errors to exit codes, and the handling of signals.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes of the commands. One that a signal ended has 128 and the signal's
// number, as shells show it.
const (
	ExitOK          = 0
	ExitFailure     = 1
	ExitUsage       = 2
	ExitWarnings    = 3   // only of a command that judges: nothing worse than warnings
	ExitErrors      = 4   // only of a command that judges: errors in what it was given
	ExitHungUp      = 129 // SIGHUP: the terminal is gone
	ExitInterrupted = 130 // SIGINT: Ctrl-C
	ExitPipe        = 141 // SIGPIPE: nobody reads standard output any more
	ExitTerminated  = 143 // SIGTERM
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

// Run executes the command with args and returns the exit code.
func Run(ctx context.Context, build func(Streams) *cobra.Command, s Streams, args []string) int {
	out, notes := &output{to: s.Out}, &notes{to: s.Err}
	errs := s.Err
	s.Out, s.Err = out, notes
	cmd := build(s)
	quiet(cmd, notes)
	cmd.SetArgs(args)
	cmd.SetIn(s.In)
	cmd.SetOut(s.Out)
	cmd.SetErr(s.Err)
	cmd.SilenceErrors = true
	cmd.SilenceUsage = true
	cmd.SetFlagErrorFunc(flagError)
	cmd.SetGlobalNormalizationFunc(spelling)
	err := cmd.ExecuteContext(ctx)
	if ctx.Err() == nil && out.failed != nil {
		err = out.explain(err)
	}
	var exit exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &exit):
		return int(exit)
	case ctx.Err() != nil:
		i := interruptionOf(ctx)
		if errors.Is(err, ctx.Err()) || errors.Is(err, i) {
			err = i
		}
		printError(errs, cmd.Name(), err)
		return i.code()
	}
	printError(errs, cmd.Name(), oneLine(err))
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

// IsTerminal reports whether w is a terminal, where colours and moving
// progress lines are welcome.
func IsTerminal(w io.Writer) bool {
	f := file(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// Columns is the width of a terminal, 0 where w is none or does not tell.
func Columns(w io.Writer) int {
	f := file(w)
	if f == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// file is what a stream of a command writes to, nil if that is no file.
func file(w io.Writer) *os.File {
	switch s := w.(type) {
	case *output:
		return file(s.to)
	case *notes:
		return file(s.to)
	case *os.File:
		return s
	}
	return nil
}

// Colors reports whether what is written to w may have colours: w is a
// terminal that knows them, and NO_COLOR (https://no-color.org) is not set.
func Colors(w io.Writer) bool {
	return IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
