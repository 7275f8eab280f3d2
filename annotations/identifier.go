package annotations

import (
	"crypto/sha256"
	"encoding/binary"
)

// NumberOfText is the number that stands for a text as identifier, unless the
// text spells an integer: the first 64 bits of its SHA-256, big-endian, with the
// sign bit set. It depends on nothing but the text, so that lists, files and
// programs agree on it. See [TextID].
func NumberOfText(text string) int64 {
	sum := sha256.Sum256([]byte(text))
	return int64(binary.BigEndian.Uint64(sum[:8]) | 1<<63)
}
