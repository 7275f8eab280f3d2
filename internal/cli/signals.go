package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
)

// interruption is the end of a command's context by a signal.
type interruption struct{ syscall.Signal }

func (i interruption) Error() string {
	return cmp.Or(reasons[i.Signal], "interrupted")
}

// Is has it pass for the end of a context, which it is the cause of.
func (i interruption) Is(target error) bool { return target == context.Canceled }

func (i interruption) code() int { return 128 + int(i.Signal) }

// interruptionOf returns what ended ctx; an end by other means counts as Ctrl-C.
func interruptionOf(ctx context.Context) interruption {
	var i interruption
	if errors.As(context.Cause(ctx), &i) {
		return i
	}
	return interruption{syscall.SIGINT}
}

// Main runs the command that build makes with the process's arguments and
// streams, prints its error, and exits.
//
// The command's context ends at the first SIGINT, SIGTERM, SIGHUP or SIGXCPU. The next
// one ends the process at once, whatever it is doing, and its temporary files
// with it; so does the end of patience after the first, unless that is 0. SIGHUP
// is not heard where it was ignored, as by nohup.
func Main(build func(Streams) *cobra.Command, patience time.Duration) {
	returnFailedWrites()
	watchMemory()
	heard := make(chan os.Signal, 2)
	for _, s := range endings {
		if s != syscall.SIGHUP || !signal.Ignored(s) {
			signal.Notify(heard, s)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go attend(heard, cancel, patience)
	os.Exit(Run(ctx, build, Streams{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]))
}

// attend ends the context at the first signal, and the process at the second.
func attend(heard <-chan os.Signal, cancel context.CancelCauseFunc, patience time.Duration) {
	const worthANote = 2 * time.Second // of waiting
	first := interruption{(<-heard).(syscall.Signal)}
	cancel(first)
	var end, note <-chan time.Time
	if patience > 0 {
		end = time.After(patience)
	} else {
		note = time.After(worthANote)
	}
	for {
		select {
		case second := <-heard:
			i := interruption{second.(syscall.Signal)}
			endNow(i.Error()+", at once", i.code())
		case <-end:
			endNow(first.Error()+", at once", first.code())
		case <-note:
			fmt.Fprintf(os.Stderr, "%s: %v, and still stopping; once more ends it at once\n", program(), first)
		}
	}
}

// program is the name that the process was called by.
func program() string { return filepath.Base(os.Args[0]) }

// endNow ends the process in the middle of its work.
func endNow(why string, code int) {
	const most = time.Second // for a file system or a terminal that does not answer
	done := make(chan bool)
	go func() {
		atomicfile.Abandon()
		fmt.Fprintf(os.Stderr, "%s: %s\n", program(), why)
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(most):
	}
	os.Exit(code)
}
