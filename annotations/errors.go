package annotations

import (
	"fmt"

	"cocostat/internal/jsontext"
)

// SyntaxError says where a file stops being JSON.
type SyntaxError = jsontext.SyntaxError

// FormatError says where and how a file, as far as it was read valid JSON or
// not JSON at all, is no annotation file, and what to do about it.
type FormatError struct {
	File         string
	Offset       int64
	Line, Column int64
	Msg          string
}

func (e *FormatError) Error() string {
	if e.Line == 0 { // of what is no text
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s: line %d, column %d (byte %d): %s", e.File, e.Line, e.Column, e.Offset, e.Msg)
}

// EmptyError says which list a dataset lacks.
type EmptyError struct {
	File string // the files, joined by ", "
	Msg  string
}

func (e *EmptyError) Error() string { return e.File + ": " + e.Msg }
