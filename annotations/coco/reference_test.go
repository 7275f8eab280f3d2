package coco

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"cocostat/annotations"
)

// reference counts a text in the slow and simple way, with encoding/json and
// maps: what Count must agree with. Like Count it takes the last of two equal
// keys, the first of two equal images, and both of two equal lists.
type reference struct {
	images     map[int64]annotations.ImageCount
	categories map[int64]annotations.Category
	objects    map[[2]int64]refPair // by image and category id
	counted    []refObject
	problems   map[annotations.Kind]int64
	total      int64
	boxes      map[refBox]bool // of listed images
}

// refBox is a box with an area of a class in an image.
type refBox struct {
	image, category int64
	box             [4]float64
}

type refPair struct{ objects, crowd int32 }

// refObject is an annotation of a known image and category.
type refObject struct {
	category int64
	crowd    bool
	area     float64 // NaN: unknown
	box      []float64
}

var bom = []byte("\xef\xbb\xbf")

// newReference returns an error if the text is not a valid JSON object, or if
// two categories with one id differ. Values of more than limit bytes are as
// good as absent.
func newReference(text []byte, limit int) (*reference, error) {
	text = bytes.TrimPrefix(text, bom)
	if !json.Valid(text) {
		return nil, fmt.Errorf("not valid")
	}
	r := &reference{map[int64]annotations.ImageCount{}, map[int64]annotations.Category{}, map[[2]int64]refPair{}, nil, map[annotations.Kind]int64{}, 0, map[refBox]bool{}}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("not an object")
	}
	var objects []map[string]json.RawMessage
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		name := key.(string)
		if name != "images" && name != "annotations" && name != "categories" {
			continue
		}
		if seen[name] {
			r.problems[annotations.DuplicateList]++
		}
		seen[name] = true
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			return nil, fmt.Errorf("%s is no list", name)
		}
		for _, raw := range list {
			var e map[string]json.RawMessage
			if json.Unmarshal(raw, &e) != nil || e == nil {
				r.problems[annotations.NotAnObject]++
				continue
			}
			for key, v := range e {
				if len(v) > limit {
					e[key] = nil // the key is there, and has no value
				}
			}
			switch name {
			case "images":
				r.image(e)
			case "categories":
				if err := r.category(e); err != nil {
					return nil, err
				}
			default:
				objects = append(objects, e)
			}
		}
	}
	ids := map[int64]bool{}
	for _, e := range objects {
		r.annotation(e, ids)
	}
	names := map[string]bool{}
	for _, im := range r.images {
		if im.FileName != "" && names[im.FileName] {
			r.problems[annotations.SameFileName]++
		}
		names[im.FileName] = true
	}
	return r, nil
}

func (r *reference) image(e map[string]json.RawMessage) {
	r.idList(e["neg_category_ids"])
	r.idList(e["not_exhaustive_category_ids"])
	id, ok := r.refID(e["id"])
	if !ok {
		r.problems[annotations.UnreadableID]++
		return
	}
	if _, ok := r.images[id]; ok {
		r.problems[annotations.DuplicateImage]++
		return
	}
	r.images[id] = annotations.ImageCount{ID: id, FileName: refString(e["file_name"]), Width: refPixels(e["width"]), Height: refPixels(e["height"])}
}

func (r *reference) category(e map[string]json.RawMessage) error {
	id, ok := r.refID(e["id"])
	if !ok {
		r.problems[annotations.UnreadableID]++
		return nil
	}
	c := annotations.Category{ID: id, Name: refString(e["name"]), Supercategory: refString(e["supercategory"]), Frequency: refString(e["frequency"])}
	if old, ok := r.categories[id]; ok {
		if old.Name != c.Name {
			return fmt.Errorf("category %d has two names", id)
		}
		r.problems[annotations.DuplicateCategory]++
		return nil
	}
	r.categories[id] = c
	return nil
}

func (r *reference) annotation(e map[string]json.RawMessage, ids map[int64]bool) {
	r.total++
	id, okID := r.refID(e["id"])
	image, okImage := r.refID(e["image_id"])
	category, okCategory := r.refID(e["category_id"])
	if _, named := e["category_id"]; !named {
		r.problems[annotations.NoCategory]++
	} else if !okID || !okImage || !okCategory {
		r.problems[annotations.UnreadableID]++
	}
	if okID {
		if ids[id] {
			r.problems[annotations.DuplicateID]++
		}
		ids[id] = true
	}
	if !okImage || !okCategory {
		return // it refers to nothing, and that is all there is to say
	}
	box, area := r.box(e)
	_, listedImage := r.images[image]
	_, listedCategory := r.categories[category]
	if !listedImage {
		r.problems[annotations.UnknownImage]++
	}
	if !listedCategory {
		r.problems[annotations.UnknownCategory]++
	}
	if listedImage && refOutside(box, r.images[image]) {
		r.problems[annotations.OutsideImage]++
	}
	if listedImage && box != nil && box[2] > 0 && box[3] > 0 {
		key := refBox{image, category, [4]float64(box)}
		if r.boxes[key] {
			r.problems[annotations.DuplicateBox]++
		}
		r.boxes[key] = true
	}
	if !listedImage || !listedCategory {
		return
	}
	r.counted = append(r.counted, refObject{category, refCrowd(e["iscrowd"]), area, box})
	pair := [2]int64{image, category}
	n := r.objects[pair]
	n.objects++
	if refCrowd(e["iscrowd"]) {
		n.crowd++
	}
	r.objects[pair] = n
}

// box returns the box and area of an annotation, nil and NaN without.
func (r *reference) box(e map[string]json.RawMessage) ([]float64, float64) {
	var list []json.RawMessage
	var box []float64
	if json.Unmarshal(e["bbox"], &list) == nil && len(list) == 4 {
		for _, raw := range list {
			if v, ok := refFloat(raw); ok {
				box = append(box, v)
			}
		}
	}
	area, hasArea := refFloat(e["area"])
	if len(box) < 4 {
		r.problems[annotations.NoBox]++
		if hasArea {
			return nil, area
		}
		return nil, math.NaN()
	}
	if box[2] < 0 || box[3] < 0 {
		r.problems[annotations.NegativeBox]++
	} else if box[2]*box[3] == 0 && (box[2] == 0 || box[3] == 0) {
		r.problems[annotations.EmptyBox]++
	}
	if !hasArea {
		r.problems[annotations.NoArea]++
		area = box[2] * box[3]
	}
	return box, area
}

// refOutside reports whether a box with an area leaves its image by more than
// a pixel.
func refOutside(box []float64, im annotations.ImageCount) bool {
	if box == nil || box[2] <= 0 || box[3] <= 0 {
		return false
	}
	for i, size := range []int32{im.Width, im.Height} {
		if box[i] < -1 || size != 0 && box[i]+box[i+2] > float64(size)+1 {
			return true
		}
	}
	return false
}

// statistics returns the statistics of sizes and boxes alone.
func statistics(c *annotations.Counts) *annotations.Counts {
	return &annotations.Counts{Sizes: c.Sizes, Boxes: c.Boxes, AllBoxes: c.AllBoxes, BoxGrid: c.BoxGrid}
}

// statistics returns what statistics of the counts must return.
func (r *reference) statistics(noCrowd bool) *annotations.Counts {
	c := r.counts(noCrowd)
	c.Sizes, c.Boxes = make([]annotations.SizeCounts, len(c.Categories)), make([]annotations.BoxSummary, len(c.Categories))
	cell := func(v float64) int {
		i := 0
		for i < 31 && v >= math.Pow(2, float64(i+1)/2-2) {
			i++
		}
		return i
	}
	for _, o := range r.counted {
		if o.crowd && noCrowd {
			continue
		}
		i := slices.IndexFunc(c.Categories, func(k annotations.Category) bool { return k.ID == o.category })
		switch {
		case o.area < 1024:
			c.Sizes[i].Small++
		case o.area < 9216:
			c.Sizes[i].Medium++
		case o.area >= 9216:
			c.Sizes[i].Large++
		}
		if o.box == nil || o.box[2] <= 0 || o.box[3] <= 0 {
			continue
		}
		w, h := o.box[2], o.box[3]
		for _, b := range []*annotations.BoxSummary{&c.Boxes[i], &c.AllBoxes} {
			b.Width.Add(w)
			b.Height.Add(h)
			b.Aspect.Add(w / h)
		}
		c.BoxGrid[cell(h)][cell(w)]++
	}
	return statistics(c)
}

// counts returns what Count must return, apart from sources, offsets and the
// problems that the reference does not look for.
func (r *reference) counts(noCrowd bool) *annotations.Counts {
	c := &annotations.Counts{Crowds: !noCrowd, Annotations: r.total}
	for _, k := range r.categories {
		c.Categories = append(c.Categories, k)
	}
	slices.SortFunc(c.Categories, func(a, b annotations.Category) int { return cmp.Compare(a.ID, b.ID) })
	n := len(c.Categories)
	c.Instances, c.Images, c.Crowd = make([]int64, n), make([]int64, n), make([]int64, n)
	for _, im := range r.images {
		c.ImageRows = append(c.ImageRows, im)
	}
	slices.SortFunc(c.ImageRows, func(a, b annotations.ImageCount) int { return cmp.Compare(a.ID, b.ID) })
	for row := range c.ImageRows {
		im := &c.ImageRows[row]
		for i, k := range c.Categories {
			of := r.objects[[2]int64{im.ID, k.ID}]
			c.Crowd[i] += int64(of.crowd)
			n := of.objects
			if noCrowd {
				n -= of.crowd
			}
			if n == 0 {
				continue
			}
			c.Pairs = append(c.Pairs, annotations.Pair{Image: int32(row), Class: int32(i), Objects: n})
			c.Instances[i] += int64(n)
			c.Images[i]++
			im.Objects += n
			im.Classes++
		}
		c.TotalInstances += int64(im.Objects)
		if im.Objects > 0 {
			c.AnnotatedImages++
		}
	}
	return c
}

// tallyText reads one text in a window of the given size; 0 stands for the
// normal one.
func tallyText(r io.Reader, window int) (*annotations.Tally, error) {
	return annotations.NewTally("test.json", annotations.Options{}, func(v annotations.Visitor) error { return scanWindow(r, window, v) })
}

// countText counts one text.
func countText(r io.Reader, window int, noCrowd bool) (*annotations.Counts, error) {
	t, err := tallyText(r, window)
	if err != nil {
		return nil, err
	}
	return annotations.Merge([]*annotations.Tally{t}, annotations.Options{NoCrowd: noCrowd})
}

// countFiles counts files, each read at once.
func countFiles(paths []string, opt annotations.Options) (*annotations.Counts, error) {
	var tallies []*annotations.Tally
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		t, err := annotations.NewTally(path, opt, func(v annotations.Visitor) error { return Scan(bg, bytes.NewReader(text), path, v) })
		if err != nil {
			return nil, err
		}
		tallies = append(tallies, t)
	}
	return annotations.Merge(tallies, opt)
}

// loadFile loads a file.
func loadFile(path string) (*annotations.Dataset, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return annotations.Gather(path, func(v annotations.Visitor) error { return Scan(bg, bytes.NewReader(text), path, v) })
}

// tokenLimit is how long tokens may be in chunks of the given size; 0 stands
// for the normal one.
func tokenLimit(size int) int {
	if size == 0 {
		return maxToken
	}
	return size * 3 / 4
}

// scanWindow is Scan in chunks of the given size; 0 stands for the normal one.
func scanWindow(r io.Reader, size int, v annotations.Visitor) error {
	if size == 0 {
		return Scan(bg, r, "test.json", v)
	}
	return scan(bg, r, "test.json", v, size, tokenLimit(size))
}
