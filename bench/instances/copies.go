package main

import (
	"bufio"
	"fmt"
	"strconv"
)

// longIDs separates two ranges of ids: COCO's crowds have annotation ids above
// 900,100,000,000, all others small ones. Copies keep the two apart.
const longIDs = 1 << 39

// shift makes the ids of one kind differ from copy to copy: copy k adds k times
// the extent of an id's range.
type shift struct {
	short, long int64
}

// newShift measures the ids of one kind. Up to copies copies stay distinct.
func newShift(lists []list, of kind, copies int) (shift, error) {
	var highest, lowLong, highLong int64
	for _, l := range lists {
		for _, id := range l.ids {
			switch v := id.value; {
			case id.of != of:
			case v < 0:
				return shift{}, fmt.Errorf("byte %d: a negative id", id.from)
			case v < longIDs:
				highest = max(highest, v)
			case lowLong == 0:
				lowLong, highLong = v, v
			default:
				lowLong, highLong = min(lowLong, v), max(highLong, v)
			}
		}
	}
	s := shift{highest + 1, highLong - lowLong + 1}
	if n := int64(copies); s.short > longIDs/n || s.long > (1<<62)/n {
		return shift{}, fmt.Errorf("ids up to %d: too large for %d copies", max(highest, highLong), copies)
	}
	return s, nil
}

func (s shift) of(value int64, copy int) int64 {
	if value < longIDs {
		return value + int64(copy)*s.short
	}
	return value + int64(copy)*s.long
}

// copies writes the copies first to first+n-1 as one file: the images of all,
// the annotations of all, the categories once. repeat is what is repeated: all,
// images or annotations.
func (d *document) copies(out *bufio.Writer, first, n int, repeat string) error {
	both := []list{d.images, d.annotations}
	var shifts [2]shift
	for of := range shifts {
		var err error
		if shifts[of], err = newShift(both, kind(of), first+n); err != nil {
			return err
		}
	}
	images, annotations := n, n
	switch repeat {
	case "all":
	case "images":
		annotations = 1
	case "annotations":
		images = 1
	default:
		return fmt.Errorf("-repeat %q: must be all, images or annotations", repeat)
	}
	out.WriteByte('{')
	for _, member := range d.other {
		out.Write(d.data[member.from:member.to])
		out.WriteByte(',')
	}
	out.WriteString(`"images": [`)
	for k := range images {
		separate(out, k > 0 && len(d.images.ids) > 0)
		d.writeList(out, d.images, [2]int{first + k, first + k}, shifts)
	}
	out.WriteString(`],"annotations": [`)
	for k := range annotations {
		separate(out, k > 0 && len(d.annotations.ids) > 0)
		copy := [2]int{imageID: first + min(k, images-1), annotationID: first + k}
		d.writeList(out, d.annotations, copy, shifts)
	}
	out.WriteString(`],"categories": `)
	out.Write(d.data[d.categories.from:d.categories.to])
	_, err := out.WriteString("}") // bufio keeps the first error
	return err
}

// writeList writes a list's elements with the ids of a copy, by kind of id.
func (d *document) writeList(out *bufio.Writer, l list, copy [2]int, shifts [2]shift) {
	at := l.from
	var digits [20]byte
	for _, id := range l.ids {
		out.Write(d.data[at:id.from])
		out.Write(strconv.AppendInt(digits[:0], shifts[id.of].of(id.value, copy[id.of]), 10))
		at = id.to
	}
	out.Write(d.data[at:l.to])
}
