// Command cocostat measures the class imbalance of detection datasets and
// writes the weights that training needs to counter it.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"cocostat/internal/cli"
	"cocostat/internal/commands"
	"cocostat/internal/resident"
)

func main() {
	collectLater()
	limitHeap()
	cli.Main(commands.NewCocostat, patience)
}

// patience is how long a command may take to stop. It has nothing to save, so
// that one which waits for its input, say, can be ended.
const patience = 3 * time.Second

// firstHeap is the size in bytes up to which the heap grows before garbage is
// collected for the first time. Most runs stay below it.
const firstHeap = 112 << 20

// collectLater keeps the garbage collector from working before the heap has
// grown to firstHeap, unless GOGC says when it is to work.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	const leastHeap = 4 << 20 // at 100 %, whatever is in use; else in proportion
	usual := debug.SetGCPercent(100 * firstHeap / leastHeap)
	garbage := new([64]byte) // found by the first collection
	runtime.AddCleanup(garbage, func(percent int) { debug.SetGCPercent(percent) }, usual)
}

// limitHeap has garbage collected more often before the heap takes the process to
// the limit of its control group or of its addresses, unless GOMEMLIMIT says when.
func limitHeap() {
	// Go's runtime and the C library map so much beside the heap, nearly all of it
	// never used.
	const reserved, leastHeap = 1300 << 20, 64 << 20
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := resident.GroupLimit() / 10 * 9
	if own := resident.AddressLimit(); own > 0 && (limit == 0 || own-reserved < limit) {
		limit = max(own-reserved, leastHeap)
	}
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
}
