package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

// classesKey is the key of the array of classes in JSON.
const classesKey = "classes"

// encodeJSON writes an object of the metadata and the classes, a line for each.
func encodeJSON(w io.Writer, t *weights.Table) error {
	meta, err := signed(t.Meta, columnsOf(t), len(t.Rows))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n%q: %s,\n%q: [", weights.MetadataKey, meta, classesKey)
	all := cellsOf(t)
	for i := range t.Rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n{")
		for k := range all {
			if k > 0 {
				b.WriteString(", ")
			}
			key, err := marshal(all[k].field.Name)
			if err != nil {
				return err
			}
			value, err := marshal(all[k].value(i))
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s: %s", key, value)
		}
		b.WriteByte('}')
	}
	b.WriteString("\n]\n}\n")
	_, err = w.Write(b.Bytes())
	return err
}

// marshal is json.Marshal without the escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (c *cells) value(i int) any {
	switch {
	case c.isNull(i):
		return nil
	case c.ints != nil:
		return c.ints[i]
	case c.floats != nil:
		return json.RawMessage(decimal(c.floats[i]))
	}
	return c.texts[i]
}

func decodeJSON(data []byte) (*weights.Table, error) {
	var file struct {
		Meta    json.RawMessage `json:"cocostat"`
		Classes json.RawMessage `json:"classes"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, byteOrderMark), &file); err != nil {
		return nil, fmt.Errorf("the JSON is invalid: %w", located(err, data))
	}
	if file.Meta == nil {
		return nil, noMetadata("a JSON file")
	}
	meta, err := decodeMetadata(string(file.Meta))
	if err != nil {
		return nil, err
	}
	if file.Classes == nil {
		return nil, fmt.Errorf("key %q is missing", classesKey)
	}
	classes, err := readObjects(file.Classes, columnsWith(meta.Groupings))
	if err != nil {
		return nil, err
	}
	return assemble(jsonContent(classes), meta)
}

// readObjects reads the array of classes. It ends at the first class that lacks
// one of the fields, and keeps no others: that bounds what a file takes.
func readObjects(text []byte, fields []arrow.Field) ([]object, error) {
	wanted := map[string]bool{}
	for _, f := range fields {
		wanted[f.Name] = true
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return nil, fmt.Errorf("key %q is no array: %.20s", classesKey, text)
	}
	var all []object
	for d.More() {
		o, err := readObject(d, wanted)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(all), err)
		}
		for _, f := range fields {
			if _, err := find(o.keys, f.Name); err != nil && len(all) == 0 {
				return nil, err
			} else if err != nil {
				return nil, fmt.Errorf("row %d: %w", len(all), err)
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// located adds to a syntax error the line, and what stands there: Python
// writes numbers that JSON does not have.
func located(err error, data []byte) error {
	s, ok := errors.AsType[*json.SyntaxError](err)
	if !ok || s.Offset < 1 || s.Offset > int64(len(data)) {
		return err
	}
	line := 1 + bytes.Count(data[:s.Offset], []byte("\n"))
	what := ""
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		// The decoder may point at the letter after a minus.
		if bytes.HasPrefix(data[s.Offset-1:], []byte(word)) || s.Offset > 1 && bytes.HasPrefix(data[s.Offset-2:], []byte(word)) {
			what = word + " is no JSON: "
		}
	}
	return fmt.Errorf("line %d: %s%w", line, what, err)
}

// object is a JSON object with its keys in their order, as often as they are
// there.
type object struct {
	keys   []string
	values []json.RawMessage
}

// readObject reads an object and keeps the wanted keys.
func readObject(d *json.Decoder, wanted map[string]bool) (object, error) {
	var o object
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return o, fmt.Errorf("a class is no object: %v", open)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return o, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return o, err
		}
		if name := key.(string); wanted[name] {
			o.keys = append(o.keys, name)
			o.values = append(o.values, value)
		}
	}
	_, err := d.Token()
	return o, err
}

// jsonContent is the array of classes.
type jsonContent []object

func (c jsonContent) rows() int { return len(c) }

func (c jsonContent) names() []string { return c[0].keys }

func (c jsonContent) cells(at int, field arrow.Field) (cells, error) {
	out := cells{field: field}
	for i, o := range c {
		at, err := find(o.keys, field.Name)
		if err != nil {
			return cells{}, fmt.Errorf("row %d: %w", i, err)
		}
		raw := string(o.values[at])
		null := raw == "null"
		out.null = append(out.null, null)
		text, isText := raw, strings.HasPrefix(raw, `"`)
		if isText {
			if err := json.Unmarshal(o.values[at], &text); err != nil {
				return cells{}, fmt.Errorf("column %s, row %d: %w", field.Name, i, err)
			}
		}
		if !null && isText != (field.Type.ID() == arrow.STRING) {
			return cells{}, fmt.Errorf("column %s, row %d: %s is no %v", field.Name, i, raw, field.Type)
		}
		if err := out.parse(text, null); err != nil {
			return cells{}, fmt.Errorf("column %s, row %d: %w", field.Name, i, err)
		}
	}
	return out, nil
}
