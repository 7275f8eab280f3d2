package xmltext

import "bytes"

const (
	maxDepth = 10000 // open elements
	maxAttrs = 256   // attributes of an element
)

type attr struct{ name, value []byte }

var nameStart, namePart = func() (start, part [256]bool) {
	for c := range 256 {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80 || c == '_' || c == ':' || c >= 0x80
		start[c] = letter
		part[c] = letter || '0' <= c && c <= '9' || c == '-' || c == '.'
	}
	return start, part
}()

// tagEnd makes sure that the window holds the tag that begins, and returns where
// it ends, behind its >; 0: nowhere.
func (l *Lexer) tagEnd() int {
	quote, p := byte(0), l.pos+1
	for {
		for p < l.end {
			if quote != 0 {
				i := bytes.IndexByte(l.buf[p:l.end], quote)
				if i < 0 {
					p = l.end
					break
				}
				p += i + 1
				quote = 0
				continue
			}
			c := l.buf[p]
			p++
			switch c {
			case '>':
				return p
			case '"', '\'':
				quote = c
			case '<':
				l.failAt(p-1, "< stands in a tag")
				return 0
			}
		}
		from := l.start
		if !l.more() {
			l.cut("a tag")
			return 0
		}
		p -= from - l.start
	}
}

// startTag reads <name a="b"> or <name a="b"/>.
func (l *Lexer) startTag() bool {
	end := l.tagEnd()
	if end == 0 {
		return false
	}
	p := l.pos + 1
	l.pos = end
	inner := l.buf[:end-1]
	if l.empty = inner[len(inner)-1] == '/'; l.empty {
		inner = inner[:len(inner)-1]
	}
	if l.tag, p = name(inner, p); len(l.tag) == 0 {
		return l.Fail("a tag without a name")
	}
	l.attrs, l.scratch = l.attrs[:0], l.scratch[:0]
	for {
		next := skipSpaces(inner, p)
		if next == len(inner) {
			return l.push()
		}
		if next == p {
			return l.failAt(p, "a space should stand here, in a tag")
		}
		if p = l.attribute(inner, next); p == 0 {
			return false
		}
	}
}

// attribute reads the attribute at position p of the tag, and returns the end of
// it; 0 is an error.
func (l *Lexer) attribute(inner []byte, at int) int {
	key, p := name(inner, at)
	p = skipSpaces(inner, p)
	if len(key) == 0 || p == len(inner) || inner[p] != '=' {
		l.failAt(at, "an attribute is written name=\"value\"")
		return 0
	}
	p = skipSpaces(inner, p+1)
	if p == len(inner) || inner[p] != '"' && inner[p] != '\'' {
		l.failAt(at, "the value of an attribute stands in quotes")
		return 0
	}
	i := bytes.IndexByte(inner[p+1:], inner[p])
	if i < 0 {
		l.failAt(at, "the value of an attribute has no end")
		return 0
	}
	raw := inner[p+1 : p+1+i]
	if bytes.IndexByte(raw, '<') >= 0 {
		l.failAt(at, "< stands in an attribute: write &lt;")
		return 0
	}
	value, ok := l.decode(raw, true)
	switch {
	case !ok || !l.characters(key):
		return 0
	case len(l.attrs) == maxAttrs:
		l.failAt(at, "more than %d attributes", maxAttrs)
		return 0
	}
	for i := range l.attrs {
		if bytes.Equal(l.attrs[i].name, key) {
			l.failAt(at, "attribute %.100s stands here again", key)
			return 0
		}
	}
	l.attrs = append(l.attrs, attr{key, value})
	return p + i + 2
}

// name returns the name at position p, and the end of it.
func name(text []byte, p int) ([]byte, int) {
	if p == len(text) || !nameStart[text[p]] {
		return nil, p
	}
	end := p + 1
	for end < len(text) && namePart[text[end]] {
		end++
	}
	return text[p:end], end
}

func skipSpaces(text []byte, p int) int {
	for p < len(text) && (text[p] == ' ' || text[p] == '\n' || text[p] == '\t' || text[p] == '\r') {
		p++
	}
	return p
}

// push opens the element whose tag was read.
func (l *Lexer) push() bool {
	switch {
	case len(l.open) == maxDepth:
		return l.Fail("more than %d elements inside each other", maxDepth)
	case len(l.open) == 0 && l.began:
		return l.Fail("a second root element, <%.100s>", l.tag)
	case !l.characters(l.tag):
		return false
	}
	l.began = true
	l.open = append(l.open, len(l.names))
	l.names = append(l.names, l.tag...)
	l.kind = Start
	return true
}

// endTag reads </name>.
func (l *Lexer) endTag() bool {
	end := l.tagEnd()
	if end == 0 {
		return false
	}
	inner := l.buf[:end-1]
	closed, p := name(inner, l.pos+2)
	l.pos = end
	if skipSpaces(inner, p) != len(inner) || len(closed) == 0 {
		return l.Fail("an end tag is written </name>")
	}
	switch {
	case len(l.open) == 0:
		return l.Fail("</%.100s> closes nothing", closed)
	case !bytes.Equal(closed, l.openName()):
		return l.Fail("</%.100s> where </%.100s> should follow", closed, l.openName())
	}
	l.pop()
	return true
}

// openName returns the name of the innermost open element.
func (l *Lexer) openName() []byte { return l.names[l.open[len(l.open)-1]:] }

// pop closes the innermost open element.
func (l *Lexer) pop() Kind {
	l.tag = l.openName()
	l.names = l.names[:l.open[len(l.open)-1]]
	l.open = l.open[:len(l.open)-1]
	l.kind = End
	return End
}
