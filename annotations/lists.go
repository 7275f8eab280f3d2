package annotations

// readIDs reads a list of identifiers.
func (s *scanner) readIDs(tok []byte, at int64) ([]int64, bool) {
	if len(tok) == 0 || tok[0] != '[' {
		return nil, false
	}
	ids := []int64{}
	for i := skipSpaces(tok, 1); tok[i] != ']'; {
		end := elementEnd(tok, i)
		id, text, note, ok := identifier(tok[i:end])
		if !ok {
			return nil, false
		}
		s.oddID(note, id, text, at)
		ids = append(ids, id)
		if i = skipSpaces(tok, end); tok[i] == ',' {
			i = skipSpaces(tok, i+1)
		}
	}
	return ids, true
}

// elementEnd returns the end of a number or string, or of the part of another
// value before its first space, comma or bracket, in a list's token.
func elementEnd(tok []byte, i int) int {
	if tok[i] == '"' {
		for i++; tok[i] != '"'; i++ {
			if tok[i] == '\\' {
				i++
			}
		}
		return i + 1
	}
	end := i + 1
	for c := tok[end]; c != ',' && c != ']' && c > ' '; c = tok[end] {
		end++
	}
	return end
}
