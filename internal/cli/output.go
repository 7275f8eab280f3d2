package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// output is standard output, of which a part may get lost: then the command has
// failed, whether it looked at what its writing returned or not.
type output struct {
	to     io.Writer
	failed error // the first that a write returned
}

// errClosed is what is wrong with a standard output that is not there.
var errClosed = errors.New("it is closed; > /dev/null if nobody is to read it")

func (o *output) Write(p []byte) (int, error) {
	if o.to == os.Stdout && closedAtStart(1) {
		return 0, o.fail(errClosed)
	}
	n, err := o.to.Write(p)
	return n, o.fail(err)
}

// fail keeps the first error.
func (o *output) fail(err error) error {
	if o.failed == nil {
		o.failed = err
	}
	return err
}

// explain returns the error of a command whose output failed: its own if it has
// one of another kind. A reader that wants no more, such as head, is no failure
// to speak of.
func (o *output) explain(err error) error {
	switch {
	case errors.Is(o.failed, syscall.EPIPE) && (err == nil || errors.Is(err, syscall.EPIPE)):
		return Exit(ExitPipe)
	case err != nil && !errors.As(err, new(exitError)) && !errors.Is(err, o.failed):
		return err
	}
	cause := o.failed
	if p, is := errors.AsType[*os.PathError](cause); is {
		cause = p.Err
	}
	return fmt.Errorf("cannot write to standard output: %w", cause)
}
