package annotations

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"unicode/utf8"
)

// identifier returns the identifier that a valid token spells: a 64-bit
// integer, also one in a string (note is StringID), or the TextID of another
// string. Nothing else is one, nor is the empty string.
func identifier(tok []byte) (id int64, note Kind, ok bool) {
	if len(tok) == 0 || tok[0] != '"' {
		if text, _, isNumber := number(tok); isNumber {
			id, ok = integer(text)
		}
		return id, "", ok
	}
	text := tok[1 : len(tok)-1]
	if bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text) {
		text = []byte(unquote(tok))
	}
	if isNumber(text) {
		if id, ok = integer(text); ok {
			return id, StringID, true
		}
	}
	return textNumber(text), TextID, len(text) > 0
}

// textNumber is the number that stands for an identifier that is a text: the
// first 64 bits of its SHA-256, big-endian, with the sign bit set. It depends
// on nothing but the text, so that lists, files and programs agree on it.
func textNumber(text []byte) int64 {
	sum := sha256.Sum256(text)
	return int64(binary.BigEndian.Uint64(sum[:8]) | 1<<63)
}
