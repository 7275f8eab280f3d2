// Package xmltext reads XML, in one pass and in a window that grows with the
// longest tag alone. It knows nothing of datasets.
//
// A [Lexer] moves from one tag or piece of text to the next. It checks that the
// text is well-formed: tags that close in order, one root, attributes that occur
// once, no control characters, valid UTF-8. What it takes, encoding/xml takes as
// well, with the same tokens.
//
// # What is never loaded
//
// A document type declaration is passed over, with the entities that it declares;
// so none of them expands and nothing outside the text is opened. A reference to
// an entity is an error, but for XML's own five (lt, gt, amp, apos, quot) and
// characters by number.
//
// # Limits
//
// A tag with its attributes may have 16 MiB, an element 256 attributes, and 10,000
// elements may be open. Texts, comments and instructions have no limit, and none
// of them is kept.
//
// # Files
//
//	lexer.go     tokens: what is next
//	tag.go       names, attributes, what is open
//	text.go      text, references to characters, what is passed over
//	window.go    reading on, places, errors
//	element.go   what readers of records need: the text of an element, skipping one
//
// # References
//
// T. Bray et al., "Extensible Markup Language (XML) 1.0 (Fifth Edition)", W3C
// Recommendation, 2008.
package xmltext
