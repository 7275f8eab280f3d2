package main

import (
	"errors"
	"fmt"
	"strconv"
)

// document is an annotation file with the places of its ids. It holds valid
// JSON: cocostat has read it before.
type document struct {
	data        []byte
	other       []span // members of the top-level object other than the three lists
	images      list
	annotations list
	categories  span // the value
}

// span is data[from:to].
type span struct{ from, to int }

// list is what stands between the brackets of a list, and the ids in it.
type list struct {
	span
	ids []id
}

// id is an integer of the file that differs from copy to copy.
type id struct {
	span
	value int64
	of    kind
}

type kind uint8

const (
	imageID kind = iota
	annotationID
)

// reader walks over JSON that is valid.
type reader struct {
	data []byte
	at   int
}

var errShape = errors.New("not an annotation file with one list each of images, annotations and categories")

// index finds the lists and the ids of an annotation file.
func index(data []byte) (*document, error) {
	d := &document{data: data}
	r := &reader{data: data}
	if r.next() != '{' {
		return nil, errShape
	}
	err := r.members(func(start int, key string) error {
		from := r.at
		switch {
		case key == "images" && d.images.to == 0:
			return r.elements(&d.images, map[string]kind{"id": imageID})
		case key == "annotations" && d.annotations.to == 0:
			return r.elements(&d.annotations, map[string]kind{"id": annotationID, "image_id": imageID})
		case key == "categories" && d.categories.to == 0:
			r.skip()
			d.categories = span{from, r.at}
		default:
			r.skip()
			d.other = append(d.other, span{start, r.at})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if d.images.to == 0 || d.annotations.to == 0 || d.categories.to == 0 {
		return nil, errShape
	}
	return d, nil
}

// next returns the first byte after spaces, without passing it; 0 at the end.
func (r *reader) next() byte {
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

// members calls f at the value of each member of the object that starts here;
// f passes the value. start is where the member's key begins.
func (r *reader) members(f func(start int, key string) error) error {
	r.at++
	for r.next() == '"' {
		start := r.at
		r.skip()
		key := string(r.data[start+1 : r.at-1])
		if r.next() != ':' {
			return errShape
		}
		r.at++
		r.next()
		if err := f(start, key); err != nil {
			return err
		}
		if r.next() == ',' {
			r.at++
		}
	}
	if r.next() != '}' {
		return errShape
	}
	r.at++
	return nil
}

// elements reads a list of objects and notes the integers under the keys.
func (r *reader) elements(l *list, keys map[string]kind) error {
	if r.next() != '[' {
		return errShape
	}
	r.at++
	l.from = r.at
	for r.next() == '{' {
		err := r.members(func(_ int, key string) error {
			from := r.at
			r.skip()
			of, wanted := keys[key]
			if !wanted {
				return nil
			}
			v, err := strconv.ParseInt(string(r.data[from:r.at]), 10, 64)
			if err != nil {
				return fmt.Errorf("byte %d: %s is no integer, so it cannot be changed", from, key)
			}
			l.ids = append(l.ids, id{span{from, r.at}, v, of})
			return nil
		})
		if err != nil {
			return err
		}
		if r.next() == ',' {
			r.at++
		}
	}
	if r.next() != ']' {
		return errShape
	}
	l.to = r.at
	r.at++
	return nil
}

// skip passes one value.
func (r *reader) skip() {
	depth := 0
	for r.at < len(r.data) {
		c := r.data[r.at]
		switch c {
		case '"':
			r.at = endOfString(r.data, r.at)
		case '{', '[':
			depth++
			r.at++
			continue
		case '}', ']':
			depth--
			r.at++
		case ',', ':', ' ', '\t', '\n', '\r':
			r.at++
			continue
		default:
			r.at = endOfScalar(r.data, r.at)
		}
		if depth == 0 {
			return
		}
	}
}

// endOfScalar returns the index after the number, true, false or null at i.
func endOfScalar(data []byte, i int) int {
	for ; i < len(data); i++ {
		switch data[i] {
		case ',', ']', '}', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return i
}

// endOfString returns the index after the string that starts at i.
func endOfString(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}
