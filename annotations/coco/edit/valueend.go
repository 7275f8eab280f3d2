package edit

// valueEnd finds the end of a JSON value in text that comes in pieces.
type valueEnd struct {
	depth           int // open objects and arrays
	quoted, escaped bool
	started, ended  bool
	bare            bool // a number, or true, false, null
}

// scan returns how many bytes of b belong to the value; ended tells whether it
// ends there.
func (v *valueEnd) scan(b []byte) int {
	for i := 0; i < len(b); i++ {
		if !v.started {
			v.started = true
			v.bare = b[i] != '"' && b[i] != '{' && b[i] != '['
		}
		if v.bare {
			if i += bareLength(b[i:]); i < len(b) {
				v.ended = true
			}
			return i
		}
		if v.quoted {
			if i += v.string(b[i:]); i == len(b) {
				return i
			}
		}
		switch marks[b[i]] {
		case opens:
			v.depth++
		case closes:
			v.depth--
		case quote:
			v.quoted = !v.quoted
		default:
			continue
		}
		if v.depth == 0 && !v.quoted {
			v.ended = true
			return i + 1
		}
	}
	return len(b)
}

// string returns the number of bytes of b before the quote that ends the string
// in which b begins.
func (v *valueEnd) string(b []byte) int {
	for i, c := range b {
		switch {
		case v.escaped:
			v.escaped = false
		case c == '\\':
			v.escaped = true
		case c == '"':
			return i
		}
	}
	return len(b)
}

// bareLength returns the number of bytes of b that belong to a number or a
// literal in which b begins.
func bareLength(b []byte) int {
	for i, c := range b {
		switch c {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return i
		}
	}
	return len(b)
}

// marks are the bytes that matter outside strings.
var marks = [256]uint8{'{': opens, '[': opens, '}': closes, ']': closes, '"': quote}

const (
	opens uint8 = 1 + iota
	closes
	quote
)
