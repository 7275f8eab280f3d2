// Package jsontext checks JSON text and reads values from it, in one pass and
// in a window of fixed size. It knows nothing of datasets.
//
// A [Lexer] moves through the text. What its caller wants to know, it asks for:
// keys, and tokens, which are the text of a whole value. All else it skips, and
// checks every byte of it on the way: the verdict "valid JSON or not" is that of
// encoding/json, including its nesting limit of 10,000 and its acceptance of
// invalid UTF-8 inside strings. The one deliberate difference is a UTF-8 byte
// order mark at the start, which is accepted.
//
// # Files
//
//	lexer.go     the window: reading on, places, errors, open brackets
//	skip.go      checking values of any kind and moving past them
//	object.go    keys, commas, the members of an object
//	token.go     values as text, and the elements of a list
//	value.go     what a token means: texts, whole numbers, float64
//	plain.go     values of the kinds that nearly all files hold, straight from the
//	             window: faster, and nothing where there is any doubt
//	vector/      lists of numbers, 64 bytes at a time
//
// # Bytes and positions
//
// A position is a place in the window, an offset one in the text; both count
// bytes from 0. Lines and columns count from 1, columns in bytes. Behind the
// window stand [Padding] zero bytes, so that functions may look at some bytes
// from any position in it, and every loop stops at its end: 0 is no valid byte.
//
// # References
//
// T. Bray, "The JavaScript Object Notation (JSON) Data Interchange Format", RFC
// 8259, 2017. G. Langdale and D. Lemire, "Parsing gigabytes of JSON per second",
// VLDB Journal 28, 2019.
package jsontext
