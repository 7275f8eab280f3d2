package annotations

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
)

// mergeReader reads what mergeWriter writes. Lists grow as they are read, so
// that what a file takes is in proportion to its size; histograms, of which few
// numbers make many bins, have a budget. The first error ends the reading.
type mergeReader struct {
	*bufio.Reader
	at     int64 // bytes that were read
	budget int64 // bytes that histograms may still take
	err    error
}

// What the histograms of a merge file may take: base, and so many bytes for
// each of the file.
const (
	histogramBase   = 64 << 20
	histogramFactor = 64
)

func newMergeReader(r io.Reader, size int64) *mergeReader {
	return &mergeReader{Reader: bufio.NewReaderSize(r, 64<<10), budget: histogramBase + histogramFactor*size}
}

// fail notes an error, the first of which stays.
func (r *mergeReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at byte %d: %w", r.at, fmt.Errorf(format, args...))
	}
}

// ReadByte counts.
func (r *mergeReader) ReadByte() (byte, error) {
	b, err := r.Reader.ReadByte()
	if err == nil {
		r.at++
	}
	return b, err
}

func (r *mergeReader) uint() uint64 {
	if r.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(r)
	if err != nil {
		r.fail("%w", noEOF(err))
	}
	return v
}

func (r *mergeReader) int() int64 {
	v := r.uint()
	return int64(v>>1) ^ -int64(v&1)
}

// count reads a number from 0 to the greatest of an int64.
func (r *mergeReader) count() int64 {
	v := r.uint()
	if v > math.MaxInt64 {
		r.fail("the number %d is too large", v)
		return 0
	}
	return int64(v)
}

// below reads a number from 0 up to and without limit.
func (r *mergeReader) below(limit int) int {
	v := r.uint()
	if v >= uint64(limit) {
		r.fail("the number %d, of which there are %d", v, limit)
		return 0
	}
	return int(v)
}

func (r *mergeReader) small() int32 { return int32(r.below(math.MaxInt32)) }

// noEOF makes an error of an end that comes too early.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// text reads a text, and takes no more memory at a time than is there to be read.
func (r *mergeReader) text() string {
	n := r.small()
	var out []byte
	for n > 0 && r.err == nil {
		part := make([]byte, min(n, 64<<10))
		got, err := io.ReadFull(r.Reader, part)
		r.at += int64(got)
		if err != nil {
			r.fail("%w", noEOF(err))
			return ""
		}
		if out == nil && int(n) == len(part) {
			return string(part)
		}
		out = append(out, part...)
		n -= int32(len(part))
	}
	return string(out)
}

func (r *mergeReader) fixed() uint64 {
	var b [8]byte
	if r.err != nil {
		return 0
	}
	n, err := io.ReadFull(r.Reader, b[:])
	r.at += int64(n)
	if err != nil {
		r.fail("%w", noEOF(err))
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}

func (r *mergeReader) float() float64 { return math.Float64frombits(r.fixed()) }

func (r *mergeReader) bool() bool { return r.below(2) == 1 }

func (r *mergeReader) mention() mention { return mention{r.int(), r.int()} }

// each calls do for each element of a list, until there is an error.
func (r *mergeReader) each(do func()) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		do()
	}
}

// ascending reads identifiers that ascend.
type ascending struct {
	last  int64
	begun bool
}

func (a *ascending) next(r *mergeReader) int64 {
	if !a.begun {
		a.last = math.MinInt64
	}
	delta := r.uint()
	next := int64(uint64(a.last) + delta)
	if a.begun && next <= a.last {
		r.fail("the identifier %d comes after %d", next, a.last)
	}
	a.last, a.begun = next, true
	return next
}

func (r *mergeReader) source() Source {
	return Source{Path: r.text(), Bytes: r.count(), SHA256: r.text()}
}

// tally reads a tally.
func (r *mergeReader) tally() *Tally {
	t := newTally(r.text())
	t.trainable = true
	p := newPart(t.file)
	p.trainable = true
	t.parts = []*part{p}
	p.annotations, p.nameless = r.count(), r.count()
	t.texts = r.texts()
	t.problems = r.problems(t.file)
	r.categories(t)
	r.images(t)
	r.ids(&t.ids)
	t.twins = r.twins(len(t.frames))
	p.pairs.counts = r.pairs(t)
	p.unusable.counts = r.pairs(t)
	r.boxes(&p.boxes, len(t.classes))
	r.boxes(&p.crowds, len(t.classes))
	r.pending(p, t)
	r.doubts(&p.doubts, t.file)
	return t
}

func (r *mergeReader) texts() map[int64]string {
	var out map[int64]string
	var id ascending
	r.each(func() {
		if out == nil {
			out = map[int64]string{}
		}
		out[id.next(r)] = r.text()
	})
	return out
}

func (r *mergeReader) problems(file string) problemList {
	out := problemList{}
	r.each(func() {
		p := &Problem{Kind: Kind(r.text()), Count: r.count()}
		if !slices.Contains(kinds, p.Kind) && p.Kind != areaTooSmall {
			r.fail("the problem %q is unknown", p.Kind)
		}
		for n := r.below(maxExamples + 1); n > 0; n-- {
			m := r.mention()
			e := Example{File: file, ID: m.id, Offset: m.offset, Text: r.text(), Detail: r.text()}
			p.keep(&e)
		}
		out[p.Kind] = p
	})
	return out
}

func (r *mergeReader) categories(t *Tally) {
	var id ascending
	r.each(func() {
		k := tallyClass{Category: Category{ID: id.next(r)}, listed: r.bool()}
		if k.listed {
			k.Name, k.Supercategory, k.Frequency = r.text(), r.text(), r.text()
			k.DeclaredInstances, k.DeclaredImages, k.Offset = r.int(), r.int(), r.int()
			k.Has = Field(r.below(math.MaxUint16 + 1))
		} else {
			k.first = r.mention()
		}
		t.classes = append(t.classes, k)
	})
}

func (r *mergeReader) images(t *Tally) {
	var id ascending
	r.each(func() {
		im, f := tallyImage{id: id.next(r)}, notListed
		if r.bool() {
			im.name, f.width, f.height = r.text(), int32(r.int()), int32(r.int())
			im.first = mention{im.id, r.int()}
		} else {
			im.first = r.mention()
		}
		if len(t.frames) == math.MaxInt32 {
			r.fail("too many images")
			return
		}
		t.images.add(im)
		t.frames = append(t.frames, f)
	})
}

func (r *mergeReader) ids(s *idSet) {
	var at ascending
	r.each(func() {
		word, set := at.next(r), r.fixed()
		if word != word<<6>>6 {
			r.fail("no identifier is that large")
			return
		}
		for ; set != 0; set &= set - 1 {
			s.add(word<<6 | int64(bits.TrailingZeros64(set)))
		}
	})
}

func (r *mergeReader) twins(images int) (out []twinImage) {
	last := -1
	r.each(func() {
		step := r.below(images + 1)
		last += step
		w := twinImage{int32(last), r.count()}
		if step == 0 || last >= images {
			r.fail("image %d of %d", last, images)
			return
		}
		out = append(out, w)
	})
	return out
}

func (r *mergeReader) pairs(t *Tally) (out []pairCount) {
	last := 0
	r.each(func() {
		if last += r.below(len(t.frames)); last >= len(t.frames) {
			r.fail("image %d of %d", last, len(t.frames))
			return
		}
		s := pairCount{image: int32(last), class: int32(r.below(len(t.classes))), objects: r.small(), crowd: r.small()}
		if s.objects == 0 || s.crowd > s.objects || len(out) > 0 && !out[len(out)-1].before(&s) {
			r.fail("%d objects, %d of them crowds, of class %d in image %d", s.objects, s.crowd, s.class, s.image)
		}
		out = append(out, s)
	})
	return out
}

func (r *mergeReader) boxes(b *boxStats, classes int) {
	b.grow(classes)
	class := -1
	r.each(func() {
		step := r.below(classes + 1)
		if class += step; step == 0 || class >= classes {
			r.fail("class %d of %d", class, classes)
			return
		}
		for i := range b.sizes[class] {
			b.sizes[class][i] = r.count()
		}
		if !r.bool() {
			return
		}
		boxes := new(BoxSummary)
		for _, d := range boxes.all() {
			r.distribution(d)
		}
		b.boxes[class], b.cells[class] = boxes, r.cells()
	})
}

// take takes memory for histograms.
func (r *mergeReader) take(bytes int) {
	if r.budget -= int64(bytes); r.budget < 0 {
		r.fail("its content is out of proportion to its size")
	}
}

func (r *mergeReader) distribution(d *Distribution) {
	n := r.count()
	if n <= maxFew {
		for range n {
			v := r.float()
			if !(v >= 0) {
				r.fail("a length of %v", v)
				return
			}
			d.Add(v)
		}
		return
	}
	least, most := r.float(), r.float()
	if !(least >= 0 && least <= most) {
		r.fail("lengths from %v to %v", least, most)
		return
	}
	first, last, sum := binOf(least)&^(doubling-1), binOf(most)|(doubling-1), int64(0)
	r.take(4 * (last + 1 - first))
	if r.err != nil {
		return
	}
	d.reserve(first, last)
	r.sparse(highestBin+1-lowestBin, func(at int, n uint32) {
		bin := at + lowestBin
		if bin < first || bin > last {
			r.fail("a length outside its range")
			return
		}
		d.bins[bin-d.base] = n
		sum += int64(n)
	})
	if d.n, d.min, d.max = n, least, most; sum != n {
		r.fail("%d lengths, want %d", sum, n)
	}
}

func (r *mergeReader) cells() *cells {
	c := new(cells)
	r.take(4 * GridSize * GridSize)
	r.sparse(GridSize*GridSize, func(at int, n uint32) { c[at/GridSize][at%GridSize] = n })
	return c
}

// sparse reads numbers that are not 0, at ascending places below limit.
func (r *mergeReader) sparse(limit int, set func(at int, n uint32)) {
	at := -1
	r.each(func() {
		step := r.below(limit + 1)
		at += step
		n := r.below(math.MaxUint32 + 1)
		if step == 0 || at >= limit || n == 0 {
			r.fail("%d at place %d of %d", n, at, limit)
			return
		}
		set(at, uint32(n))
	})
}

func (r *mergeReader) pending(p *part, t *Tally) {
	r.each(func() {
		m := measure{image: int32(r.below(len(t.frames))), class: int32(r.below(len(t.classes))), mention: r.mention(), crowd: r.bool()}
		for i := range m.box {
			m.box[i] = r.float()
		}
		m.area = r.float()
		if r.err == nil && t.frames[m.image] != notListed {
			r.fail("an annotation waits for image %d, which is listed", m.image)
		}
		if r.err == nil {
			p.pending.add(m)
		}
	})
}

func (r *mergeReader) doubts(d *doubts, file string) {
	d.boxes, d.inside, d.far, d.areas = r.count(), r.count(), r.count(), r.count()
	d.found = r.problems(file)
	d.first, d.area, d.box = r.mention(), r.float(), r.float()
	d.areaVary, d.boxVary = r.bool(), r.bool()
}

// end reports an error of what was read, or that more follows.
func (r *mergeReader) end() error {
	if _, err := r.ReadByte(); err == nil {
		r.fail("more follows than there should be")
	} else if err != io.EOF {
		r.fail("%w", err)
	}
	if errors.Is(r.err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it ends too early, %w", r.err)
	}
	return r.err
}
