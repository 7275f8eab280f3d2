// Package onecpu lets gotorch start where a process may run on one processor
// alone: a small machine, a container, mpirun's binding. Gotorch's init gives
// libtorch half as many threads as there are processors, and half of one is 0, which
// libtorch answers with an exception that ends the process. It leaves libtorch alone
// where OMP_NUM_THREADS is set.
//
// Packages are initialised in the order of their paths as soon as what they import
// is, so that this one, which imports nearly nothing, comes before
// github.com/wangkuiyi/gotorch (The Go Programming Language Specification, "Program
// initialization").
package onecpu

import (
	"os"
	"runtime"
)

func init() {
	if runtime.NumCPU() == 1 && os.Getenv("OMP_NUM_THREADS") == "" {
		os.Setenv("OMP_NUM_THREADS", "1") // it fails for malformed names alone
	}
}
