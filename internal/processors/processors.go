// Package processors tells how many processors this process may use, and how many
// of them other processes leave to it.
package processors

import (
	"runtime"

	"go.uber.org/automaxprocs/maxprocs"
)

// Limit makes a container's limit of processor time, where that allows fewer, the
// number of processors: half of one is one, two and a half are two. Go does so by
// itself, but never allows fewer than two. The variable GOMAXPROCS takes precedence.
func Limit() error {
	_, err := maxprocs.Set()
	return err
}

// Count returns how many processors this process may use at once: those of its
// affinity, or fewer by Limit or GOMAXPROCS.
func Count() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }
