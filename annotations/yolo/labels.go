package yolo

import (
	"bytes"
	"math"
	"strconv"

	"cocostat/annotations"
)

// lines reads the labels of an image into a batch.
type lines struct {
	*batch
	image  *annotations.Image
	file   int // of the labels, for places
	points int // numbers for keypoints behind each box

	values          []float64 // of a line, behind its class
	boxes, polygons bool      // whether there were any
}

// read reads the text of a file.
func (l *lines) read(text []byte) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for n := 1; len(text) > 0; n++ {
		end := bytes.IndexByte(text, '\n')
		line := text
		if end < 0 {
			text = nil
		} else {
			line, text = text[:end], text[end+1:]
		}
		l.line(line, annotations.Line(l.file, n))
	}
	if l.boxes && l.polygons {
		l.note(annotations.MixedLabels, -1, annotations.Line(l.file, 0))
	}
}

// note keeps a problem of an object, or of the image.
func (l *lines) note(kind annotations.Kind, object int, at int64) {
	l.notes = append(l.notes, note{kind, object, l.image.ID, at})
}

// Fields of an object without a box, and of one with it.
const (
	without = annotations.FieldID | annotations.FieldImageID | annotations.FieldBoxTold | annotations.FieldAreaTold
	with    = without&^annotations.FieldBoxTold | annotations.FieldBBox | annotations.FieldCategoryID
)

// line reads an object, if there is one.
func (l *lines) line(line []byte, at int64) {
	word, rest := nextWord(line)
	if len(word) == 0 {
		return
	}
	n := len(l.objects)
	l.objects = append(l.objects, annotations.Annotation{ImageID: l.image.ID, Offset: at, Has: without})
	a := &l.objects[n]
	class, ok := number(word)
	if !ok || class != math.Trunc(class) || math.Abs(class) > 1<<52 {
		l.note(annotations.UnreadableLine, n, at)
		return
	}
	a.CategoryID, a.Has = int64(class)+1, a.Has|annotations.FieldCategoryID
	l.values = l.values[:0]
	for {
		if word, rest = nextWord(rest); len(word) == 0 {
			break
		}
		v, ok := number(word)
		if !ok {
			l.note(annotations.UnreadableLine, n, at)
			return
		}
		l.values = append(l.values, v)
	}
	v, ok := l.shape(n, at)
	if !ok {
		l.note(annotations.UnreadableLine, n, at)
		return
	}
	if l.image.Has&annotations.FieldSizeTold != 0 {
		return // the image was reported
	}
	a.BBox = pixels(v, float64(l.image.Width), float64(l.image.Height))
	a.Area = a.BBox[2] * a.BBox[3]
	a.Has = with
}

// shape returns the values of object n that say its box, a box or a polygon.
func (l *lines) shape(n int, at int64) (v []float64, ok bool) {
	v = l.values
	if l.points > 0 && len(v) == 4+l.points {
		v = v[:4]
	}
	const tolerance = 0.01 // Ultralytics' (verify_image_label in its data/utils.py)
	for _, f := range v {
		if f < -tolerance || f > 1+tolerance {
			l.note(annotations.CoordinateRange, n, at)
			break
		}
	}
	switch {
	case len(v) == 4:
		l.boxes = true
		return v, true
	case len(v) < 6 || len(v)%2 != 0:
		return nil, false
	case len(v) == 8:
		l.note(annotations.FourPoints, n, at)
	}
	l.polygons = true
	return v, true
}

// pixels returns the box that a box or polygon, in fractions of an image, is in it.
func pixels(v []float64, width, height float64) [4]float64 {
	x, y, w, h := v[0], v[1], 0., 0.
	if len(v) == 4 {
		x, y, w, h = v[0]-v[2]/2, v[1]-v[3]/2, v[2], v[3]
	} else {
		right, bottom := x, y
		for i := 2; i < len(v); i += 2 {
			x, right = min(x, v[i]), max(right, v[i])
			y, bottom = min(y, v[i+1]), max(bottom, v[i+1])
		}
		w, h = right-x, bottom-y
	}
	return [4]float64{x * width, y * height, w * width, h * height}
}

// space reports whether a byte separates words.
func space(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// nextWord returns the first word of a line, empty if there is none, and the rest.
func nextWord(line []byte) (word, rest []byte) {
	i := 0
	for i < len(line) && space(line[i]) {
		i++
	}
	j := i
	for j < len(line) && !space(line[j]) {
		j++
	}
	return line[i:j], line[j:]
}

// powers are those of ten that float64 holds exactly.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads a finite decimal number. Most have few digits: their integer and the
// power of ten are exact, so that the quotient is the nearest number.
func number(word []byte) (float64, bool) {
	digits, point := uint64(0), -1
	for i, c := range word {
		switch {
		case c >= '0' && c <= '9' && digits < 1<<53/10-1:
			digits = 10*digits + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return longNumber(word)
		}
	}
	if point < 0 {
		return float64(digits), len(word) > 0
	}
	behind := len(word) - point - 1
	if len(word) == 1 || behind >= len(powers) {
		return longNumber(word)
	}
	return float64(digits) / powers[behind], true
}

// longNumber reads a number with a sign, an exponent or many digits.
func longNumber(word []byte) (float64, bool) {
	for _, c := range word {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(word), 64)
	return v, err == nil
}
