//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// renamesOpen tells whether a file can be renamed while it is open.
const renamesOpen = true

// errLocked says that somebody else has locked a file.
var errLocked error = syscall.EWOULDBLOCK

// lock locks a file until it is closed, without waiting.
func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// duplicate returns another descriptor of the same open file.
func duplicate(descriptor int) (int, error) {
	return unix.FcntlInt(uintptr(descriptor), unix.F_DUPFD_CLOEXEC, 0)
}
