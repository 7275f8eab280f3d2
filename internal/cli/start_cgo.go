//go:build cgo && unix

package cli

// #define _GNU_SOURCE
// #include <errno.h>
// #include <fcntl.h>
// #ifdef __GLIBC__
// #include <malloc.h>
// #endif
// #include <stdio.h>
// #include <sys/resource.h>
// #include <unistd.h>
//
// static int closed[3];
//
// // Runs before Go's runtime, which opens /dev/null in the place of a standard
// // stream that is closed, and leaves no trace of it.
// __attribute__((constructor)) static void look(void) {
//	for (int i = 0; i < 3; i++) closed[i] = fcntl(i, F_GETFD) < 0;
// }
//
// #ifdef __linux__
// // Go's runtime reserves addresses for heaps of all sizes, and dies with a dump
// // if it cannot. From 1400 MB on it was never seen to, below now and then.
// __attribute__((constructor)) static void room(void) {
//	const rlim_t least = 1500;
//	struct rlimit l;
//	if (getrlimit(RLIMIT_AS, &l) || l.rlim_cur == RLIM_INFINITY) return;
// #ifdef __GLIBC__
//	mallopt(M_ARENA_MAX, 1); // else each thread reserves 64 MB
// #endif
//	if (l.rlim_cur / 1000000 >= least) return;
//	dprintf(2, "%s: the limit on virtual memory (ulimit -v) is %lu MB, and %lu MB are needed to begin: most of it is reserved and never used\n",
//		program_invocation_short_name, (unsigned long)(l.rlim_cur / 1000000), (unsigned long)least);
//	_exit(1);
// }
// #endif
//
// static int closed_at_start(int i) { return closed[i]; }
import "C"

// KnowsClosed tells whether a standard stream that was closed is noticed.
const KnowsClosed = true

// closedAtStart reports whether a standard stream, 0 to 2, was closed when the
// process began.
func closedAtStart(descriptor int) bool { return C.closed_at_start(C.int(descriptor)) != 0 }
