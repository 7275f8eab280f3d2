package resident

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A Memory is an amount of memory, and what it belongs to, in words that stand
// before a number.
type Memory struct {
	Bytes int64 // 0: not known
	What  string
}

// GroupLimit returns the limit of the process's control group, 0 for none that
// is below what the machine has.
func GroupLimit() int64 {
	least, has := int64(0), machine()
	for _, m := range controlGroups() {
		if m.Bytes < has && (least == 0 || m.Bytes < least) {
			least = m.Bytes
		}
	}
	return least
}

// AddressLimit returns the limit on what the process maps (ulimit -v), 0 for none.
func AddressLimit() int64 { return ownLimit().Bytes }

// Limit returns the most memory that the process can hold: the machine's, or
// what its control group or its own limit leaves of that. It is read from
// Linux's /proc and /sys.
func Limit() Memory {
	least := Memory{}
	for _, m := range append(controlGroups(), Memory{machine(), "the machine has"}, ownLimit()) {
		if m.Bytes > 0 && (least.Bytes == 0 || m.Bytes < least.Bytes) {
			least = m
		}
	}
	return least
}

// machine returns the memory of the machine.
func machine() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(line, "MemTotal:"); is {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// controlGroups returns the limits of the process's control group and of those
// above it, in both versions of the hierarchy.
func controlGroups() []Memory {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	return groupLimits("/sys/fs/cgroup", string(text))
}

// groupLimits reads the limits of the groups that are listed as in
// /proc/self/cgroup, with a line ID:CONTROLLERS:PATH for each.
func groupLimits(root, listed string) (limits []Memory) {
	for line := range strings.Lines(listed) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		base, file := root, "memory.max"
		if parts[1] == "memory" {
			base, file = filepath.Join(root, "memory"), "memory.limit_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		for dir := filepath.Join("/", parts[2]); ; dir = filepath.Dir(dir) {
			text, err := os.ReadFile(filepath.Join(base, dir, file))
			n, bad := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" for none
			if err == nil && bad == nil && n < math.MaxInt64>>1 {
				limits = append(limits, Memory{n, "the control group (container) allows"})
			}
			if dir == "/" {
				break
			}
		}
	}
	return limits
}
