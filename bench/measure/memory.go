package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// sampling is how often the memory of a group of processes is looked at, and
// gathering after how many times the group is looked for anew: asking every
// process of the machine takes a processor's time from what is measured.
const (
	sampling  = 20 * time.Millisecond
	gathering = 25
)

// watchGroup looks at the memory of all processes of a group until stop is
// closed, and sends the largest sum of their resident memory, bytes. What
// processes share counts for each of them.
func watchGroup(group int, stop <-chan struct{}, peak chan<- int64) {
	page := int64(os.Getpagesize())
	most := int64(0)
	tick := time.NewTicker(sampling)
	defer tick.Stop()
	var list []string
	for n := 0; ; n++ {
		if n%gathering == 0 {
			list = members(group)
		}
		sum := int64(0)
		for _, pid := range list {
			words := strings.Fields(contents(filepath.Join("/proc", pid, "statm")))
			if len(words) > 1 {
				pages, _ := strconv.ParseInt(words[1], 10, 64)
				sum += pages * page
			}
		}
		most = max(most, sum)
		select {
		case <-stop:
			peak <- most
			return
		case <-tick.C:
		}
	}
}

// members lists the processes of a group.
func members(group int) []string {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		if e.Name()[0] < '1' || e.Name()[0] > '9' {
			continue
		}
		// pid (name) state parent group …; the name may hold anything
		stat := contents(filepath.Join("/proc", e.Name(), "stat"))
		words := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
		if len(words) > 2 && words[2] == strconv.Itoa(group) {
			list = append(list, e.Name())
		}
	}
	return list
}
