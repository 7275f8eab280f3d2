package cli

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"cocostat/internal/resident"
)

// reserved is what Go's runtime and the C library map beside the heap, nearly
// all of it never used.
const reserved = 1300 << 20

// watchMemory keeps a process with a limit on its memory below it for as long as
// collecting garbage can, and ends one with a limit on its addresses shortly
// before they are used up: at that limit Go's runtime ends the process itself,
// with a dump. What grows too fast to be seen meets that end still.
func watchMemory() {
	group, own := resident.GroupLimit(), resident.AddressLimit()
	if os.Getenv("GOMEMLIMIT") == "" {
		if group > 0 {
			debug.SetMemoryLimit(group / 10 * 9)
		}
		if own > 0 && (group == 0 || own-reserved < group/10*9) {
			debug.SetMemoryLimit(max(own-reserved, 64<<20))
		}
	}
	if own > 0 {
		go watchAddresses(own)
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
