//go:build !unix

package atomicfile

import (
	"errors"
	"os"
)

// renamesOpen tells whether a file can be renamed while it is open.
const renamesOpen = false

var errLocked = errors.New("locked")

// lock locks nothing here, so that what is left behind stays.
func lock(*os.File) error { return errors.ErrUnsupported }

// duplicate has no descriptors to name here.
func duplicate(int) (int, error) { return 0, errors.ErrUnsupported }
