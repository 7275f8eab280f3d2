//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// endings are the signals that end a command.
var endings = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGXCPU}

// returnFailedWrites has writes return their errors where a signal would else
// end the process: standard output or error that nobody reads any more, and a
// file larger than the process's limit.
func returnFailedWrites() { signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ) }

// reasons says more of a signal than its name.
var reasons = map[syscall.Signal]string{
	syscall.SIGTERM: "ended by SIGTERM",
	syscall.SIGHUP:  "ended by SIGHUP: the terminal is gone",
	syscall.SIGXCPU: "ended by SIGXCPU: the limit on processor time (ulimit -t) is reached",
}
