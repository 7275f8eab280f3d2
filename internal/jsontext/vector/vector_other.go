//go:build !amd64 || noasm

package vector

// Available reports whether there is a Lists that does something.
const Available = false

// Lists is never called.
func Lists(buf []byte, _ int) (end int, ok bool) { return len(buf), false }
