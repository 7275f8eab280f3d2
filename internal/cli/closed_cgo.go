//go:build cgo && unix

package cli

// #include <fcntl.h>
//
// static int closed[3];
//
// // Runs before Go's runtime, which opens /dev/null in the place of a standard
// // stream that is closed, and leaves no trace of it.
// __attribute__((constructor)) static void look(void) {
//	for (int i = 0; i < 3; i++) closed[i] = fcntl(i, F_GETFD) < 0;
// }
//
// static int closed_at_start(int i) { return closed[i]; }
import "C"

// KnowsClosed tells whether a standard stream that was closed is noticed.
const KnowsClosed = true

// closedAtStart reports whether a standard stream, 0 to 2, was closed when the
// process began.
func closedAtStart(descriptor int) bool { return C.closed_at_start(C.int(descriptor)) != 0 }
