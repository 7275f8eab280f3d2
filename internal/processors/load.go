package processors

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Load measures how much of the processors other processes want.
type Load struct {
	usable unix.CPUSet
	last   reading
}

// reading are times since the machine, or this process, was started.
type reading struct {
	at        time.Time
	busy, own time.Duration
}

// NewLoad begins to measure. It needs Linux's /proc/stat.
func NewLoad() (*Load, error) {
	l := &Load{}
	if err := unix.SchedGetaffinity(0, &l.usable); err != nil {
		return nil, fmt.Errorf("processors of this process: %w", err)
	}
	var err error
	l.last, err = l.read()
	return l, err
}

// Free returns how many processors there were for this process, on average since
// the last call, beside all others: from 0 to those of its affinity.
func (l *Load) Free() (float64, error) {
	now, err := l.read()
	if err != nil {
		return 0, err
	}
	free := left(l.last, now, l.usable.Count())
	l.last = now
	return free, nil
}

// left returns how many of n processors others left between two readings.
func left(before, after reading, n int) float64 {
	elapsed := after.at.Sub(before.at)
	if elapsed <= 0 {
		return float64(n)
	}
	others := (after.busy - before.busy) - (after.own - before.own)
	return min(max(float64(n)-float64(others)/float64(elapsed), 0), float64(n))
}

func (l *Load) read() (reading, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return reading{}, err
	}
	busy, err := busyTime(text, l.usable.IsSet)
	if err != nil {
		return reading{}, fmt.Errorf("/proc/stat: %w", err)
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return reading{}, fmt.Errorf("processor time of this process: %w", err)
	}
	return reading{time.Now(), busy, time.Duration(own.Utime.Nano() + own.Stime.Nano())}, nil
}

// tick is the unit of /proc/stat: USER_HZ, which Linux fixes at 100 (man 7 time).
const tick = time.Second / 100

// busyTime adds up the time that the usable processors worked, for whomever, a
// hypervisor's other guests included. Lines are those of proc_stat(5): cpuN user
// nice system idle iowait irq softirq steal guest guest_nice, where user and nice
// hold the guests' time already.
func busyTime(stat []byte, usable func(int) bool) (time.Duration, error) {
	var ticks int64
	for line := range bytes.Lines(stat) {
		fields := strings.Fields(string(line))
		number, isCPU := strings.CutPrefix(fields[0], "cpu")
		if !isCPU || number == "" {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil || len(fields) < 9 {
			return 0, fmt.Errorf("want cpuN and eight numbers, got %q", line)
		}
		if !usable(n) {
			continue
		}
		for _, f := range slices.Concat(fields[1:4], fields[6:9]) {
			v, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", fields[0], err)
			}
			ticks += v
		}
	}
	return time.Duration(ticks) * tick, nil
}
