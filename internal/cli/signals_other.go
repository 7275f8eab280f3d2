//go:build !unix

package cli

import (
	"os"
	"syscall"
)

var endings = []os.Signal{os.Interrupt, syscall.SIGTERM}

// returnFailedWrites has nothing to do here.
func returnFailedWrites() {}

var reasons = map[syscall.Signal]string{syscall.SIGTERM: "ended by SIGTERM"}
