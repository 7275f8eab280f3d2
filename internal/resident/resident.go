// Package resident tells how much memory the process holds.
package resident

import (
	"os"
	"strconv"
	"strings"
)

// Bytes returns the resident memory of the process, and false where the
// system does not tell (it is read from Linux's /proc).
func Bytes() (n int64, known bool) { return status("VmRSS:") }

// Addresses returns the size of all that the process has mapped, in memory or
// not: what ulimit -v limits.
func Addresses() (n int64, known bool) { return status("VmSize:") }

// status reads an entry of /proc/self/status.
func status(name string) (n int64, known bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		rest, found := strings.CutPrefix(line, name)
		fields := strings.Fields(rest)
		if !found || len(fields) == 0 {
			continue
		}
		kb, err := strconv.ParseInt(fields[0], 10, 64) // the unit is always kB
		return kb << 10, err == nil
	}
	return 0, false
}
