package cli

import (
	"fmt"
	"time"

	"cocostat/internal/resident"
)

// watchMemory ends a process with a limit on its addresses shortly before they
// are used up: at that limit Go's runtime ends the process itself, with a dump.
// What grows too fast to be seen meets that end still.
func watchMemory() {
	if limit := resident.AddressLimit(); limit > 0 {
		go watchAddresses(limit)
	}
}

// watchAddresses ends the process when the limit on its addresses is near.
func watchAddresses(limit int64) {
	const (
		every = 10 * time.Millisecond
		near  = 96 << 20 // the heap grows by 64 MiB at a time
	)
	for range time.Tick(every) {
		n, known := resident.Addresses()
		if !known {
			return
		}
		if n > limit-near {
			endNow(fmt.Sprintf("out of memory: the limit on virtual memory (ulimit -v) is %d MB, and %d MB are in use; raise it", limit/1e6, n/1e6), ExitFailure)
		}
	}
}
