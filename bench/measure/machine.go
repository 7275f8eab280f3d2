package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// machine says where the benchmark ran.
type machine struct {
	processor, kernel, system, load string
	cores                           int
	memory                          int64 // bytes
}

func thisMachine() machine {
	m := machine{
		processor: field("/proc/cpuinfo", "model name", ":"),
		system:    strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`),
		cores:     runtime.NumCPU(),
	}
	if words := strings.Fields(contents("/proc/sys/kernel/osrelease")); len(words) > 0 {
		m.kernel = words[0]
	}
	if words := strings.Fields(contents("/proc/loadavg")); len(words) > 0 {
		m.load = words[0]
	}
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err == nil {
		m.memory = int64(info.Totalram) * int64(info.Unit)
	}
	return m
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores (%s), %.0f GB of memory, Linux %s, %s; load average when it began: %s",
		m.processor, m.cores, runtime.GOARCH, float64(m.memory)/1e9, m.kernel, m.system, m.load)
}

// contents returns what is in a file, nothing if it cannot be read.
func contents(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// field returns the value after the first line that starts with key.
func field(path, key, separator string) string {
	for line := range strings.Lines(contents(path)) {
		if k, v, ok := strings.Cut(line, separator); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// revision returns the commit that a program was built from, and Go's version.
func revision(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	commit, changed := "unknown", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case "vcs.modified":
			if s.Value == "true" {
				changed = " with changes"
			}
		}
	}
	return fmt.Sprintf("commit %s%s, %s", commit, changed, info.GoVersion)
}
