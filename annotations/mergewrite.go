package annotations

import (
	"bufio"
	"encoding/binary"
	gohash "hash"
	"maps"
	"math"
	"slices"
)

// mergeWriter writes a merge file. Numbers are varints (zigzag if they may be
// negative), identifiers and rows that ascend the difference to the last one,
// texts their length and bytes, float64 eight bytes, little-endian. The first
// error ends the writing.
type mergeWriter struct {
	*bufio.Writer
	sum gohash.Hash
	err error
}

func (w *mergeWriter) raw(s string) {
	if w.err == nil {
		_, w.err = w.WriteString(s)
	}
}

func (w *mergeWriter) bytes(b []byte) {
	if w.err == nil {
		_, w.err = w.Write(b)
	}
}

func (w *mergeWriter) uint(v uint64) {
	var b [binary.MaxVarintLen64]byte
	w.bytes(b[:binary.PutUvarint(b[:], v)])
}

func (w *mergeWriter) int(v int64) {
	var b [binary.MaxVarintLen64]byte
	w.bytes(b[:binary.PutVarint(b[:], v)])
}

func (w *mergeWriter) length(n int) { w.uint(uint64(n)) }

func (w *mergeWriter) text(s string) {
	w.length(len(s))
	w.raw(s)
}

func (w *mergeWriter) fixed(v uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	w.bytes(b[:])
}

func (w *mergeWriter) float(v float64) { w.fixed(math.Float64bits(v)) }

func (w *mergeWriter) bool(v bool) {
	var n uint64
	if v {
		n = 1
	}
	w.uint(n)
}

func (w *mergeWriter) mention(m mention) {
	w.int(m.id)
	w.int(m.offset)
}

func (w *mergeWriter) source(s Source) {
	w.text(s.Path)
	w.uint(uint64(s.Bytes))
	w.text(s.SHA256)
}

// tally writes a canonical tally.
func (w *mergeWriter) tally(t *Tally) {
	p := t.parts[0]
	w.text(t.file)
	w.uint(uint64(p.annotations))
	w.uint(uint64(p.nameless))
	w.texts(t.texts)
	w.problems(t.problems)
	w.categories(t.classes)
	w.images(t)
	w.ids(&t.ids)
	w.twins(t.twins)
	w.pairs(p.pairs.counts)
	w.pairs(p.unusable.counts)
	w.boxes(&p.boxes)
	w.boxes(&p.crowds)
	w.pending(&p.pending)
	w.doubts(&p.doubts)
}

func (w *mergeWriter) texts(texts map[int64]string) {
	w.length(len(texts))
	last := int64(math.MinInt64)
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		w.uint(uint64(id - last))
		w.text(texts[id])
		last = id
	}
}

func (w *mergeWriter) problems(l problemList) {
	w.length(len(l))
	for _, kind := range slices.Sorted(maps.Keys(l)) {
		p := l[kind]
		w.text(string(kind))
		w.uint(uint64(p.Count))
		w.length(len(p.Examples))
		for _, e := range p.Examples {
			w.mention(mention{e.ID, e.Offset})
			w.text(e.Text)
			w.text(e.Detail)
		}
	}
}

func (w *mergeWriter) categories(classes []tallyClass) {
	w.length(len(classes))
	last := int64(math.MinInt64)
	for i := range classes {
		k := &classes[i]
		w.uint(uint64(k.ID - last))
		last = k.ID
		w.bool(k.listed)
		if !k.listed {
			w.mention(k.first)
			continue
		}
		w.text(k.Name)
		w.text(k.Supercategory)
		w.text(k.Frequency)
		w.int(k.DeclaredInstances)
		w.int(k.DeclaredImages)
		w.int(k.Offset)
		w.uint(uint64(k.Has))
	}
}

func (w *mergeWriter) images(t *Tally) {
	w.length(len(t.frames))
	last := int64(math.MinInt64)
	for i, f := range t.frames {
		im := t.images.at(int32(i))
		w.uint(uint64(im.id - last))
		last = im.id
		w.bool(f != notListed)
		if f == notListed {
			w.mention(im.first)
			continue
		}
		w.text(im.name)
		w.int(int64(f.width))
		w.int(int64(f.height))
		w.int(im.first.offset)
	}
}

// ids writes a set as words of 64 bits, as idSet has them.
func (w *mergeWriter) ids(s *idSet) {
	words := s.words()
	w.length(len(words))
	last := int64(math.MinInt64)
	for _, word := range words {
		w.uint(uint64(word.at - last))
		w.fixed(word.bits)
		last = word.at
	}
}

func (w *mergeWriter) twins(twins []twinImage) {
	w.length(len(twins))
	last := int32(-1)
	for _, t := range twins {
		w.uint(uint64(t.row - last))
		w.uint(uint64(t.twins))
		last = t.row
	}
}

func (w *mergeWriter) pairs(pairs []pairCount) {
	w.length(len(pairs))
	last := int32(0)
	for _, s := range pairs {
		w.uint(uint64(s.image - last))
		w.uint(uint64(s.class))
		w.uint(uint64(s.objects))
		w.uint(uint64(s.crowd))
		last = s.image
	}
}

// boxes writes the statistics of the classes that have any.
func (w *mergeWriter) boxes(b *boxStats) {
	empty := func(class int) bool { return b.sizes[class] == [3]int64{} && b.boxes[class] == nil }
	n := 0
	for class := range b.sizes {
		if !empty(class) {
			n++
		}
	}
	w.length(n)
	last := -1
	for class, s := range b.sizes {
		if empty(class) {
			continue
		}
		w.length(class - last)
		last = class
		for _, n := range s {
			w.uint(uint64(n))
		}
		boxes := b.boxes[class]
		w.bool(boxes != nil)
		if boxes == nil {
			continue
		}
		for _, d := range boxes.all() {
			w.distribution(d)
		}
		w.cells(b.cells[class])
	}
}

func (w *mergeWriter) distribution(d *Distribution) {
	w.uint(uint64(d.n))
	if d.bins == nil {
		for _, v := range d.sorted() {
			w.float(v)
		}
		return
	}
	w.float(d.min)
	w.float(d.max)
	w.sparse(d.bins, d.base-lowestBin)
}

func (w *mergeWriter) cells(c *cells) {
	flat := make([]uint32, 0, GridSize*GridSize)
	for i := range c {
		flat = append(flat, c[i][:]...)
	}
	w.sparse(flat, 0)
}

// sparse writes the numbers that are not 0, with their places from base on.
func (w *mergeWriter) sparse(numbers []uint32, base int) {
	n := 0
	for _, v := range numbers {
		if v > 0 {
			n++
		}
	}
	w.length(n)
	last := -1
	for i, v := range numbers {
		if v > 0 {
			w.length(base + i - last)
			w.uint(uint64(v))
			last = base + i
		}
	}
}

func (w *mergeWriter) pending(l *pendingList) {
	n := 0
	for range l.all() {
		n++
	}
	w.length(n)
	for m := range l.all() {
		w.uint(uint64(m.image))
		w.uint(uint64(m.class))
		w.mention(m.mention)
		w.bool(m.crowd)
		for _, v := range m.box {
			w.float(v)
		}
		w.float(m.area)
	}
}

func (w *mergeWriter) doubts(d *doubts) {
	for _, n := range []int64{d.boxes, d.inside, d.far, d.areas} {
		w.uint(uint64(n))
	}
	w.problems(d.found)
	w.mention(d.first)
	w.float(d.area)
	w.float(d.box)
	w.bool(d.areaVary)
	w.bool(d.boxVary)
}
