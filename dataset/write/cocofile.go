package write

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"cocostat/annotations"
)

// COCOFile writes a dataset as COCO's JSON, as it comes: the lists that come
// second and third wait in temporary files.
func COCOFile(ctx context.Context, w io.Writer, scan func(ctx context.Context, v annotations.Visitor) error) error {
	c := &cocoWriter{out: w, classes: map[int64]bool{}}
	defer c.close()
	for i, key := range cocoLists {
		c.lists[i].key = key
	}
	if err := scan(ctx, annotations.Visitor{Image: c.image, Annotation: c.annotation, Category: c.category}); err != nil {
		return err
	}
	return c.end()
}

var cocoLists = [...]string{"images", "annotations", "categories"}

const (
	imageList = iota
	annotationList
	categoryList
)

// cocoWriter writes the lists one after the other.
type cocoWriter struct {
	out     io.Writer
	lists   [len(cocoLists)]cocoList
	first   *cocoList // the one that goes straight to out
	line    []byte
	classes map[int64]bool
}

// cocoList is a list that is written, or waits.
type cocoList struct {
	key     string
	any     bool
	to      *bufio.Writer
	waiting *os.File // nil: it goes straight to out
}

// begin appends the beginning of an element to the line.
func (c *cocoWriter) begin(list int) error {
	l := &c.lists[list]
	c.line = c.line[:0]
	if l.to == nil {
		if err := c.open(l); err != nil {
			return err
		}
	}
	if l.any {
		c.line = append(c.line, ',')
	}
	l.any = true
	c.line = append(c.line, "\n{"...)
	return nil
}

func (c *cocoWriter) open(l *cocoList) error {
	const size = 1 << 18
	if c.first == nil {
		c.first = l
		l.to = bufio.NewWriterSize(c.out, size)
		_, err := fmt.Fprintf(l.to, "{%q: [", l.key)
		return err
	}
	file, err := os.CreateTemp("", "cocostat-*")
	if err != nil {
		return err
	}
	l.waiting, l.to = file, bufio.NewWriterSize(file, size)
	return nil
}

// write ends the element and writes it.
func (c *cocoWriter) write(list int) error {
	c.line = append(c.line, '}')
	_, err := c.lists[list].to.Write(c.line)
	return err
}

// end writes what waits, and the lists of which nothing came.
func (c *cocoWriter) end() error {
	if c.first == nil {
		if err := c.open(&c.lists[imageList]); err != nil {
			return err
		}
	}
	out := c.first.to
	fmt.Fprint(out, "\n]")
	for i := range c.lists {
		l := &c.lists[i]
		if l == c.first {
			continue
		}
		fmt.Fprintf(out, ",\n%q: [", l.key)
		if err := l.pour(out); err != nil {
			return err
		}
		fmt.Fprint(out, "\n]")
	}
	fmt.Fprint(out, "}\n")
	return out.Flush()
}

// pour writes the elements that wait.
func (l *cocoList) pour(out io.Writer) error {
	if l.waiting == nil {
		return nil
	}
	if err := l.to.Flush(); err != nil {
		return err
	}
	if _, err := l.waiting.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(out, l.waiting)
	return err
}

func (c *cocoWriter) close() {
	for i := range c.lists {
		if f := c.lists[i].waiting; f != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}
}

func (c *cocoWriter) image(im *annotations.Image) error {
	if im.Has&annotations.FieldID == 0 {
		return nil
	}
	if err := c.begin(imageList); err != nil {
		return err
	}
	c.number("id", im.ID)
	c.text("file_name", im.FileName)
	if im.Width > 0 && im.Height > 0 {
		c.number("width", int64(im.Width))
		c.number("height", int64(im.Height))
	}
	c.numbers("neg_category_ids", im.NegativeCategories)
	c.numbers("not_exhaustive_category_ids", im.NotExhaustiveCategories)
	return c.write(imageList)
}

func (c *cocoWriter) category(k *annotations.Category) error {
	if k.Has&annotations.FieldID == 0 || c.classes[k.ID] {
		return nil
	}
	c.classes[k.ID] = true
	if err := c.begin(categoryList); err != nil {
		return err
	}
	c.number("id", k.ID)
	c.text("name", k.Name)
	if k.Supercategory != "" {
		c.text("supercategory", k.Supercategory)
	}
	if k.Frequency != "" {
		c.text("frequency", k.Frequency)
	}
	return c.write(categoryList)
}

func (c *cocoWriter) annotation(a *annotations.Annotation) error {
	const refers = annotations.FieldImageID | annotations.FieldCategoryID
	if a.Has&refers != refers {
		return nil
	}
	if err := c.begin(annotationList); err != nil {
		return err
	}
	if a.Has&annotations.FieldID != 0 {
		c.number("id", a.ID)
	}
	c.number("image_id", a.ImageID)
	c.number("category_id", a.CategoryID)
	if a.Has&annotations.FieldBBox != 0 {
		c.key("bbox")
		for i, v := range a.BBox {
			separator := byte(',')
			if i == 0 {
				separator = '['
			}
			c.line = appendNumber(append(c.line, separator), v)
		}
		c.line = append(c.line, ']')
		c.key("area")
		area := a.Area
		if a.Has&annotations.FieldArea == 0 {
			area = float64(a.BBox[2] * a.BBox[3])
		}
		c.line = appendNumber(c.line, area)
	}
	crowd := int64(0)
	if a.Crowd {
		crowd = 1
	}
	c.number("iscrowd", crowd)
	return c.write(annotationList)
}

func (c *cocoWriter) key(key string) {
	if c.line[len(c.line)-1] != '{' {
		c.line = append(c.line, ", "...)
	}
	c.line = append(strconv.AppendQuote(c.line, key), ": "...)
}

func (c *cocoWriter) number(key string, n int64) {
	c.key(key)
	c.line = strconv.AppendInt(c.line, n, 10)
}

func (c *cocoWriter) numbers(key string, list []int64) {
	if list == nil {
		return
	}
	c.key(key)
	c.line = append(c.line, '[')
	for i, n := range list {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.line = strconv.AppendInt(c.line, n, 10)
	}
	c.line = append(c.line, ']')
}

func (c *cocoWriter) text(key, value string) {
	c.key(key)
	text, err := json.Marshal(value)
	if err != nil { // of a string: never
		text = []byte(`""`)
	}
	c.line = append(c.line, text...)
}

// appendNumber writes a number of pixels to a millionth, which is below what any
// text of coordinates tells, and above what computing with them adds.
func appendNumber(text []byte, v float64) []byte {
	if rounded := math.Round(v*1e6) / 1e6; math.Abs(v) < 1e9 {
		v = rounded
	}
	return strconv.AppendFloat(text, v, 'f', -1, 64)
}
