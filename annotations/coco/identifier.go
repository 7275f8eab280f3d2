package coco

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"cocostat/annotations"
	"cocostat/internal/jsontext"
)

// identifier returns the identifier that a valid token spells: a 64-bit
// integer, also one in a string (note is StringID), or the number that stands
// for another string or a larger integer (note is TextID), with the text that
// it stands for. Nothing else is one, nor is the empty string.
func identifier(tok []byte) (id int64, text []byte, note annotations.Kind, ok bool) {
	if len(tok) == 0 || tok[0] != '"' {
		if digits, _, isNumber := jsontext.Number(tok); isNumber {
			return integerOrText(digits)
		}
		return 0, nil, "", false
	}
	text = tok[1 : len(tok)-1]
	if bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text) {
		text = []byte(jsontext.Unquote(tok))
	}
	if jsontext.IsNumber(text) {
		if id, of, note, ok := integerOrText(text); note == annotations.TextID {
			return id, of, note, ok
		} else if ok {
			return id, nil, annotations.StringID, true
		}
	}
	return annotations.NumberOfText(string(text)), text, annotations.TextID, len(text) > 0
}

// integerOrText returns the identifier that a number text spells.
func integerOrText(s []byte) (id int64, text []byte, note annotations.Kind, ok bool) {
	if id, ok = jsontext.Integer(s); ok {
		return id, nil, "", true
	}
	if text, ok = longDigits(s); ok {
		return annotations.NumberOfText(string(text)), text, annotations.TextID, true
	}
	return 0, nil, "", false
}

// maxDigits is how many digits an integer may have to be an identifier.
const maxDigits = 128

// longDigits returns the digits of a number text if that is an integer, in
// whatever way it is written: no zeros lead, and a minus stays.
func longDigits(s []byte) (digits []byte, ok bool) {
	minus := bytes.HasPrefix(s, []byte("-"))
	s = bytes.TrimPrefix(s, []byte("-"))
	exp := 0
	if i := bytes.IndexAny(s, "eE"); i >= 0 {
		var err error
		if exp, err = strconv.Atoi(string(s[i+1:])); err != nil {
			return nil, false
		}
		s = s[:i]
	}
	whole, fraction, _ := bytes.Cut(s, []byte("."))
	exp -= len(fraction)
	all := bytes.TrimLeft(bytes.Join([][]byte{whole, fraction}, nil), "0")
	for ; exp < 0 && bytes.HasSuffix(all, []byte("0")); exp++ {
		all = all[:len(all)-1]
	}
	if exp < 0 || exp > maxDigits || len(all)+exp > maxDigits {
		return nil, false
	}
	all = append(all, bytes.Repeat([]byte("0"), exp)...)
	if minus {
		all = append([]byte("-"), all...)
	}
	return all, true
}
