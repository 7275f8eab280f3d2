// Command cocostat measures the class imbalance of detection datasets and
// writes the weights that training needs to counter it.
package main

import (
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

func main() {
	collectLater()
	cli.Main(newRoot)
}

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

func newRoot(s cli.Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "cocostat",
		Short: "Measure the class imbalance of a detection dataset and write weights against it",
		Example: `  cocostat sample toys
  cocostat analyze toys
  cocostat weights toys -o weights.arrow`,
		Version: cli.Version(),
	}
	root.AddCommand(commands(s)...)
	return root
}
