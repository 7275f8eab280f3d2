package codec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseNPYHeader reads the header of a structured array, a Python dictionary
// of the keys descr, fortran_order and shape.
func parseNPYHeader(text string) (npyContent, error) {
	var c npyContent
	p := literal{rest: text}
	value, err := p.value(0)
	if err != nil {
		return c, err
	}
	if strings.TrimSpace(p.rest) != "" {
		return c, fmt.Errorf("%.20q follows the dictionary", p.rest)
	}
	dict, ok := value.(map[string]any)
	if !ok {
		return c, errors.New("no dictionary")
	}
	shape, ok := dict["shape"].([]any)
	if !ok || len(shape) != 1 {
		return c, fmt.Errorf("shape %v, want one dimension", dict["shape"])
	}
	if c.n, ok = shape[0].(int); !ok || c.n < 0 {
		return c, fmt.Errorf("shape %v", shape)
	}
	descr, ok := dict["descr"].([]any)
	if !ok {
		return c, fmt.Errorf("type %v, want the fields of a structured array", dict["descr"])
	}
	for _, d := range descr {
		f, err := npyFieldOf(d)
		if err != nil {
			return c, err
		}
		f.at = c.size
		c.size += f.width
		c.fields = append(c.fields, f)
	}
	if c.size == 0 {
		return c, errors.New("no fields")
	}
	return c, nil
}

// npyFieldOf reads a pair of name and type such as '<f8' or '<U7'.
func npyFieldOf(d any) (npyField, error) {
	pair, ok := d.([]any)
	if !ok || len(pair) != 2 {
		return npyField{}, fmt.Errorf("field %v is no pair of name and type", d)
	}
	name, isText := pair[0].(string)
	dtype, isType := pair[1].(string)
	if !isText || !isType || len(dtype) < 3 {
		return npyField{}, fmt.Errorf("field %v is no pair of name and type", d)
	}
	width, err := strconv.Atoi(dtype[2:])
	const widest = 1 << 20
	if err != nil || width < 0 || width > widest || !strings.ContainsRune("biufcSVU", rune(dtype[1])) {
		return npyField{}, fmt.Errorf("field %q has type %q", name, dtype)
	}
	if dtype[1] == 'U' {
		width *= 4
	}
	return npyField{name: name, dtype: dtype, width: width}, nil
}

// literal reads Python's literals: dictionaries of text, tuples and lists (both
// as []any), text, whole numbers, True, False and None.
type literal struct{ rest string }

func (p *literal) value(depth int) (any, error) {
	const deepest = 8
	if depth > deepest {
		return nil, errors.New("nested too deep")
	}
	p.space()
	if p.rest == "" {
		return nil, errors.New("it ends too early")
	}
	switch p.rest[0] {
	case '{':
		return p.dict(depth)
	case '(':
		return p.list(')', depth)
	case '[':
		return p.list(']', depth)
	case '\'', '"':
		return p.text()
	}
	end := strings.IndexAny(p.rest, ",:)]} \n")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	switch word {
	case "True":
		return true, nil
	case "False":
		return false, nil
	case "None":
		return nil, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(word, "L"))
	if err != nil {
		return nil, fmt.Errorf("%q is unknown", word)
	}
	return n, nil
}

func (p *literal) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take removes a character if it is the next one.
func (p *literal) take(c byte) bool {
	p.space()
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *literal) list(end byte, depth int) ([]any, error) {
	p.rest = p.rest[1:]
	list := []any{}
	for !p.take(end) {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if !p.take(',') && !strings.HasPrefix(p.rest, string(end)) {
			return nil, fmt.Errorf("%.20q, want a comma or %c", p.rest, end)
		}
	}
	return list, nil
}

func (p *literal) dict(depth int) (map[string]any, error) {
	p.rest = p.rest[1:]
	dict := map[string]any{}
	for !p.take('}') {
		key, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok || !p.take(':') {
			return nil, fmt.Errorf("%v is no key", key)
		}
		if dict[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
		if !p.take(',') && !strings.HasPrefix(p.rest, "}") {
			return nil, fmt.Errorf("%.20q, want a comma or }", p.rest)
		}
	}
	return dict, nil
}

// text reads a string. Its escapes are those of Go's, but for the quotes.
func (p *literal) text() (string, error) {
	quote := p.rest[0]
	rest := p.rest[1:]
	var b strings.Builder
	for rest != "" && rest[0] != quote {
		if strings.HasPrefix(rest, `\'`) || strings.HasPrefix(rest, `\"`) {
			b.WriteByte(rest[1])
			rest = rest[2:]
			continue
		}
		r, _, tail, err := strconv.UnquoteChar(rest, 0)
		if err != nil {
			return "", fmt.Errorf("%.20q is no text", p.rest)
		}
		b.WriteRune(r)
		rest = tail
	}
	if rest == "" {
		return "", errors.New("a text without an end")
	}
	p.rest = rest[1:]
	return b.String(), nil
}
