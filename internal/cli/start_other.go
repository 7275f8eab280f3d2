//go:build !cgo || !unix

package cli

// KnowsClosed tells whether a standard stream that was closed is noticed.
const KnowsClosed = false

// closedAtStart reports whether a standard stream was closed when the process
// began. Go's runtime has opened /dev/null in its place by now, and without cgo
// nothing tells that from a /dev/null that was meant.
func closedAtStart(int) bool { return false }
