// Command simdjson counts an annotation file with minio/simdjson-go: it parses
// the file and walks over the three lists.
package main

import (
	"errors"
	"fmt"

	"github.com/minio/simdjson-go"

	"cocostat/bench/peers/tally"
)

func main() { tally.Main(read) }

func read(data []byte, f *tally.File) error {
	if !simdjson.SupportedCPU() {
		return errors.New("this processor lacks AVX2 or CLMUL")
	}
	parsed, err := simdjson.Parse(data, nil, simdjson.WithCopyStrings(false))
	if err != nil {
		return err
	}
	iter := parsed.Iter()
	iter.Advance()
	_, root, err := iter.Root(nil)
	if err != nil {
		return err
	}
	top, err := root.Object(nil)
	if err != nil {
		return err
	}
	w := walker{}
	w.list(top, "images", func() {
		f.Images = append(f.Images, tally.Image{ID: w.integer("id")})
	})
	w.list(top, "categories", func() {
		f.Categories = append(f.Categories, tally.Category{ID: w.integer("id")})
	})
	w.list(top, "annotations", func() {
		f.Annotations = append(f.Annotations, tally.Annotation{ImageID: w.integer("image_id"), CategoryID: w.integer("category_id")})
	})
	return w.err
}

// walker walks over lists of objects; its memory is used again.
type walker struct {
	object  simdjson.Object
	element simdjson.Element
	err     error // the first
}

// list calls f for each object of a list; w.object is that object.
func (w *walker) list(top *simdjson.Object, key string, f func()) {
	var list simdjson.Element
	if top.FindKey(key, &list) == nil {
		w.fail(fmt.Errorf("there is no list %s", key))
		return
	}
	array, err := list.Iter.Array(nil)
	if err != nil {
		w.fail(err)
		return
	}
	array.ForEach(func(i simdjson.Iter) {
		if _, err := i.Object(&w.object); err != nil {
			w.fail(err)
			return
		}
		f()
	})
}

func (w *walker) integer(key string) int64 {
	if w.object.FindKey(key, &w.element) == nil {
		w.fail(fmt.Errorf("an element without %s", key))
		return 0
	}
	v, err := w.element.Iter.Int()
	w.fail(err)
	return v
}

func (w *walker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
