package xmltext

import "iter"

// Bytes returns a piece of text.
func (l *Lexer) Bytes() []byte { return l.text }

// Attrs yields the attributes of the element that begins.
func (l *Lexer) Attrs() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for _, a := range l.attrs {
			if !yield(a.name, a.value) {
				return
			}
		}
	}
}
