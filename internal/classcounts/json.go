package classcounts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// members are the members of an object that are no lists or objects, as often as
// they are there.
type members struct {
	names []string
	cells []cell
	odd   string // the first member that is a list or an object
}

// jsonReader reads a table of counts in JSON.
type jsonReader struct {
	*json.Decoder
	data []byte
	grid
	columns map[string]int
}

// jsonGrid reads a list of objects, an object of names and numbers, an object
// with a list of classes or categories, or lines of objects.
func jsonGrid(data []byte, strict bool) (*grid, error) {
	r := &jsonReader{Decoder: json.NewDecoder(bytes.NewReader(data)), data: data, columns: map[string]int{}}
	r.UseNumber()
	open, err := r.Token()
	if err != nil {
		return nil, OtherError{r.located(err)}
	}
	if open == json.Delim('[') {
		if err := r.list("class %d of the list"); err != nil {
			return nil, err
		}
		return &r.grid, r.end()
	}
	first, list, err := r.object(true)
	switch {
	case err != nil:
		return nil, err
	case list:
		r.totals = map[string]cell{}
		for i, name := range first.names {
			r.totals[name] = first.cells[i]
		}
		return &r.grid, r.end()
	case r.More():
		return r.lines(first)
	case isRow(first):
		return r.lines(first)
	}
	if strict && first.odd != "" {
		return nil, OtherError{fmt.Errorf("%q holds no number", first.odd)}
	}
	return names(first)
}

// isRow reports whether an object alone is a line and not one of names and
// numbers: its class has a text for a name, or an id, and a count.
func isRow(m members) bool {
	named, counted := false, false
	for i, name := range m.names {
		named = named || roleName.is(name) && m.cells[i].isText || roleID.is(name)
		counted = counted || roleInstances.is(name)
	}
	return named && counted
}

// names makes a grid of an object of names and numbers; texts describe.
func names(m members) (*grid, error) {
	g := &grid{}
	var classes, counts []cell
	for i, c := range m.cells {
		if c.isText || c.missing {
			continue
		}
		if _, why := whole(c.text); why != "" {
			return nil, OtherError{fmt.Errorf("%q: %s %s", m.names[i], c.text, why)}
		}
		classes, counts = append(classes, cell{text: m.names[i], isText: true}), append(counts, c)
		g.places = append(g.places, fmt.Sprintf("class %q", m.names[i]))
	}
	if len(classes) == 0 {
		return nil, OtherError{errors.New(`neither a list "classes" nor class names with numbers`)}
	}
	g.field(roleName.name, classes)
	g.field(roleInstances.name, counts)
	return g, nil
}

// object reads the rest of an object. With lists, a list of classes or categories
// in it becomes the grid, and lists of images or annotations are ErrDataset.
func (r *jsonReader) object(lists bool) (m members, list bool, err error) {
	for r.More() {
		key, err := r.Token()
		if err != nil {
			return m, false, OtherError{r.located(err)}
		}
		name := key.(string)
		value, err := r.Token()
		delim, open := value.(json.Delim)
		switch {
		case err != nil:
			return m, false, OtherError{r.located(err)}
		case lists && delim == '[' && (name == "images" || name == "annotations"):
			return m, false, ErrDataset
		case lists && delim == '[' && (name == "classes" || name == "categories"):
			list = true
			if err := r.list("class %d of the list"); err != nil {
				return m, false, err
			}
		case open:
			if m.odd == "" {
				m.odd = name
			}
			if err := skip(r.Decoder); err != nil {
				return m, false, OtherError{r.located(err)}
			}
		default:
			m.names, m.cells = append(m.names, name), append(m.cells, cellOf(value))
			if len(m.names) > MaxClasses {
				return m, false, errClasses
			}
		}
	}
	if _, err := r.Token(); err != nil { // the brace
		return m, false, OtherError{r.located(err)}
	}
	return m, list, nil
}

func cellOf(value json.Token) cell {
	switch v := value.(type) {
	case nil:
		return cell{missing: true}
	case string:
		return cell{text: v, isText: true}
	case json.Number:
		return cell{text: v.String()}
	}
	return cell{text: fmt.Sprint(value)} // true or false
}

// list reads the rest of a list of objects; place names each.
func (r *jsonReader) list(place string) error {
	for r.More() {
		where := fmt.Sprintf(place, len(r.places)+1)
		open, err := r.Token()
		if err != nil {
			return OtherError{r.located(err)}
		}
		if open != json.Delim('{') {
			return OtherError{fmt.Errorf("%s is no object", where)}
		}
		row, _, err := r.object(false)
		if err != nil {
			return err
		}
		if err := r.row(row, where); err != nil {
			return err
		}
	}
	if _, err := r.Token(); err != nil { // the bracket
		return OtherError{r.located(err)}
	}
	if len(r.places) == 0 {
		return OtherError{errors.New("an empty list")}
	}
	return nil
}

// lines reads more objects behind the first.
func (r *jsonReader) lines(first members) (*grid, error) {
	if err := r.row(first, "line 1"); err != nil {
		return nil, err
	}
	line, from := 1, 0
	for r.More() {
		at := r.next()
		line, from = line+bytes.Count(r.data[from:at], []byte("\n")), at
		open, err := r.Token()
		if err != nil {
			return nil, OtherError{r.located(err)}
		}
		if open != json.Delim('{') {
			return nil, OtherError{fmt.Errorf("line %d is no object", line)}
		}
		row, _, err := r.object(false)
		if err != nil {
			return nil, err
		}
		if err := r.row(row, fmt.Sprintf("line %d", line)); err != nil {
			return nil, err
		}
	}
	return &r.grid, nil
}

// next is where the next value begins.
func (r *jsonReader) next() int {
	at := int(r.InputOffset())
	return at + len(r.data[at:]) - len(bytes.TrimLeft(r.data[at:], " \t\r\n"))
}

// row adds an object's members that have a role to the grid. Objects may call
// them by other names each; a column has the first.
func (r *jsonReader) row(m members, place string) error {
	if len(r.places) == MaxClasses {
		return errClasses
	}
	n := len(r.places)
	r.places = append(r.places, place)
	for _, role := range roles {
		member, err := role.in(m.names)
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		if member < 0 {
			continue
		}
		at, has := r.columns[role.name]
		if !has {
			at = len(r.names)
			r.columns[role.name] = at
			r.field(m.names[member], nil)
		}
		for len(r.cells[at]) < n {
			r.cells[at] = append(r.cells[at], cell{missing: true})
		}
		r.cells[at] = append(r.cells[at], m.cells[member])
	}
	return nil
}

// end checks that nothing follows.
func (r *jsonReader) end() error {
	if _, err := r.Token(); err != io.EOF {
		return OtherError{errors.New("something follows the table")}
	}
	return nil
}

// skip reads to the end of the array or object that was opened last.
func skip(d *json.Decoder) error {
	for depth := 1; depth > 0; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return nil
}

// located adds the line to a syntax error.
func (r *jsonReader) located(err error) error {
	at := r.InputOffset()
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = s.Offset
	}
	at = min(max(at, 0), int64(len(r.data)))
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(r.data[:at], []byte("\n")), err)
}
