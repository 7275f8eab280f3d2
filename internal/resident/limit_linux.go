package resident

import "golang.org/x/sys/unix"

// ownLimit returns the limit on the process's addresses.
func ownLimit() Memory {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &l); err != nil || l.Cur > 1<<62 {
		return Memory{}
	}
	return Memory{int64(l.Cur), "the limit of the process (ulimit -v) is"}
}
