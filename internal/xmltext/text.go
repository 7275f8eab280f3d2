package xmltext

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// chars reads a piece of text: up to the next tag, or what the window holds of it.
func (l *Lexer) chars() bool {
	l.scratch = l.scratch[:0]
	seen := 0 // bytes without a tag
	for {
		end := bytes.IndexByte(l.buf[l.pos+seen:l.end], '<')
		switch {
		case end >= 0:
			return l.charsTo(l.pos + seen + end)
		case l.end-l.pos >= longText && !l.eof:
			return l.charsTo(l.whole(l.end))
		}
		if seen = l.end - l.pos; !l.more() {
			return l.err == nil && l.charsTo(l.end)
		}
	}
}

// charsTo is chars up to a position.
func (l *Lexer) charsTo(end int) bool {
	raw := l.buf[l.pos:end]
	l.pos = end
	if bytes.IndexByte(raw, '>') >= 0 && bytes.Contains(raw, sectionEnd) {
		return l.Fail("]]> stands in a text")
	}
	return l.piece(raw, true)
}

// longText is up to which length a text comes in one piece, where its tags and
// comments let it.
const longText = 64 << 10

// whole returns a place before the position where a text can be cut: not within
// a reference, a character, or "]]>".
func (l *Lexer) whole(end int) int {
	const reference = 64 // longer ones are none
	if i := bytes.LastIndexByte(l.buf[end-reference:end], '&'); i >= 0 && bytes.IndexByte(l.buf[end-reference+i:end], ';') < 0 {
		end = end - reference + i
	}
	for n := 0; n < utf8.UTFMax && !utf8.RuneStart(l.buf[end-1]); n++ {
		end--
	}
	if l.buf[end-1] >= 0x80 {
		end--
	}
	for n := 0; n < 2 && l.buf[end-1] == ']'; n++ {
		end--
	}
	return end
}

var (
	sectionBegin = []byte("<![CDATA[")
	sectionEnd   = []byte("]]>")
)

// section reads a piece of a CDATA section, or its end.
func (l *Lexer) section() bool {
	l.scratch = l.scratch[:0]
	for {
		i := bytes.Index(l.buf[l.pos:l.end], sectionEnd)
		switch {
		case i == 0:
			l.pos += len(sectionEnd)
			l.cdata = false
			return true
		case i < 0 && l.end-l.start < longText:
			if l.more() {
				continue
			}
			return l.err == nil && l.cut("a CDATA section")
		case i < 0:
			i = l.whole(l.end) - l.pos
		}
		raw := l.buf[l.pos : l.pos+i]
		l.pos += i
		return l.piece(raw, false)
	}
}

// piece makes a token of a text, if it stands in an element.
func (l *Lexer) piece(raw []byte, references bool) bool {
	text, ok := l.decode(raw, references)
	if !ok {
		return false
	}
	if len(l.open) == 0 {
		if len(bytes.TrimLeft(text, spaces)) > 0 {
			return l.Fail("a text stands outside of the root element")
		}
		return true
	}
	if l.text = text; len(text) > 0 {
		l.kind = Text
	}
	return true
}

const spaces = " \t\r\n"

// decode checks the characters of a text in the window, and puts what they stand
// for in the place of references.
func (l *Lexer) decode(raw []byte, references bool) ([]byte, bool) {
	plain := true
	for i, c := range raw {
		if c >= 0x80 || c == '&' {
			plain = false
		} else if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return nil, l.Fail("byte 0x%02x, %d bytes behind, is no character of XML", c, i)
		}
	}
	if plain {
		return raw, true
	}
	if !l.characters(raw) {
		return nil, false
	}
	if !references || bytes.IndexByte(raw, '&') < 0 {
		return raw, true
	}
	from := len(l.scratch)
	for {
		before, rest, found := bytes.Cut(raw, []byte{'&'})
		l.scratch = append(l.scratch, before...)
		if !found {
			return l.scratch[from:], true
		}
		name, behind, closed := bytes.Cut(rest[:min(len(rest), 64)], []byte{';'})
		c, known := character(string(name))
		if !closed || !known {
			return nil, l.Fail("&%.20s is none of &lt; &gt; &amp; &apos; &quot; and &#NUMBER;: entities that a file declares are not read", name)
		}
		l.scratch = utf8.AppendRune(l.scratch, c)
		raw = rest[len(rest[:min(len(rest), 64)])-len(behind):]
	}
}

// characters checks the characters that are not ASCII.
func (l *Lexer) characters(raw []byte) bool {
	ascii := true
	for len(raw) > 0 {
		if raw[0] < 0x80 {
			raw = raw[1:]
			continue
		}
		ascii = false
		c, size := utf8.DecodeRune(raw)
		if c == utf8.RuneError && size == 1 && l.foreign == "" {
			return l.Fail("a text is not UTF-8, which is what XML is in that names no encoding: convert it with iconv")
		}
		if !isCharacter(c) {
			return l.Fail("U+%04X is no character of XML", c)
		}
		raw = raw[size:]
	}
	if !ascii && l.foreign != "" {
		return l.Fail("the encoding is %s: convert the text to UTF-8 (iconv -f %s -t UTF-8) and take the encoding out of its first line", l.foreign, l.foreign)
	}
	return true
}

// isCharacter reports whether XML allows a character.
func isCharacter(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || c >= ' ' && c <= 0xd7ff || c >= 0xe000 && c <= 0xfffd || c >= 0x10000 && c <= utf8.MaxRune
}

// character is what a reference stands for, &name;.
func character(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	digits, numeric := strings.CutPrefix(name, "#")
	base := 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), numeric && err == nil && n <= utf8.MaxRune && isCharacter(rune(n))
}

// instruction passes over <? ... ?>, and notes the encoding that an XML
// declaration names.
func (l *Lexer) instruction() bool {
	l.pos += 2
	first := l.base == 0 && (l.start == 0 || l.start == 3)
	for l.end-l.pos < 256 && bytes.IndexByte(l.buf[l.pos:l.end], '>') < 0 && l.more() {
	}
	if l.err != nil {
		return false
	}
	head, _, _ := bytes.Cut(l.buf[l.pos:l.end], []byte("?>"))
	target, _ := name(head, 0)
	switch {
	case len(target) == 0:
		return l.Fail("<? needs a name")
	case string(target) == "xml" && !first:
		return l.Fail("an XML declaration stands only at the beginning")
	case string(target) == "xml":
		l.declared(head)
	}
	return l.passOver([]byte("?>"), "an instruction")
}

// declared notes the encoding that an XML declaration names.
func (l *Lexer) declared(text []byte) {
	_, value, _ := strings.Cut(string(text), "encoding")
	value = strings.TrimLeft(value, spaces+"=")
	if len(value) < 2 || value[0] != '"' && value[0] != '\'' {
		return
	}
	value, _, _ = strings.Cut(value[1:], value[:1])
	switch strings.ToLower(value) {
	case "utf-8", "utf8", "us-ascii", "ascii":
	default:
		l.foreign = value
	}
}

// passOver moves behind the next end.
func (l *Lexer) passOver(end []byte, what string) bool {
	for {
		if i := bytes.Index(l.buf[l.pos:l.end], end); i >= 0 {
			l.pos += i + len(end)
			return true
		}
		l.pos = max(l.pos, l.end-len(end)+1)
		l.start = l.pos
		if !l.more() {
			return l.cut(what)
		}
	}
}

// declaration passes over a comment or a document type, or begins a CDATA section.
func (l *Lexer) declaration() bool {
	for l.end-l.pos < len(sectionBegin) && l.more() {
	}
	head := l.buf[l.pos:l.end]
	switch {
	case l.err != nil:
		return false
	case bytes.HasPrefix(head, []byte("<!--")):
		l.pos += 4
		return l.comment()
	case bytes.HasPrefix(head, sectionBegin):
		if len(l.open) == 0 {
			return l.Fail("a CDATA section stands outside of the root element")
		}
		l.pos += len(sectionBegin)
		l.cdata = true
		return true
	case bytes.HasPrefix(head, []byte("<!DOCTYPE")) && !l.began:
		l.pos += 9
		return l.documentType()
	}
	return l.Fail("<! is no comment, CDATA section or document type here")
}

// comment moves behind a comment, which holds no "--".
func (l *Lexer) comment() bool {
	if !l.passOver([]byte("--"), "a comment") {
		return false
	}
	l.start = l.pos
	if l.pos == l.end && !l.more() {
		return l.cut("a comment")
	}
	if l.buf[l.pos] != '>' {
		return l.Fail("-- stands in a comment")
	}
	l.pos++
	return true
}

// documentType moves behind a document type declaration. Nothing of it is kept.
func (l *Lexer) documentType() bool {
	depth, quote := 1, byte(0)
	for ; depth > 0; l.pos++ {
		l.start = l.pos
		if l.pos == l.end && !l.more() {
			return l.cut("a document type")
		}
		switch c := l.buf[l.pos]; {
		case c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			for l.end-l.pos < 4 && l.more() {
			}
			if bytes.HasPrefix(l.buf[l.pos:l.end], []byte("<!--")) {
				l.pos += 4
				if !l.comment() {
					return false
				}
				l.pos--
				continue
			}
			depth++
		case c == '>':
			depth--
		}
	}
	return true
}
