package columnar

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

var errShort = errors.New("the values are cut short")

// values appends n values in an encoding, which must fill data but for padding.
func (r *chunkReader) values(out *Column, encoding int32, data []byte, n int) error {
	kind := r.leaf.kind()
	if n < 0 {
		return fmt.Errorf("%d values", n)
	}
	// Room for all that the column will have, if they are its own.
	room := n
	if out == r.out {
		room = r.room(n)
	}
	reserve := func() error { return out.reserve(r.file.budget, kind, room) }
	isInt := kind == Int32 || kind == Int64
	switch {
	case encoding == encodingPlain && kind == String:
		// 4 bytes a text are a bound before there is room for all.
		if n > len(data)/4 {
			return errShort
		}
		if err := reserve(); err != nil {
			return err
		}
		return r.plainTexts(out, data, n)
	case kind == Bool && (encoding == encodingPlain || encoding == encodingRLE):
		return r.booleans(out, encoding, data, n, reserve)
	case encoding == encodingPlain:
		if err := checkPlain(r.leaf.physical, len(data), n); err != nil {
			return err
		}
		if err := reserve(); err != nil {
			return err
		}
		plainNumbers(out, r.leaf.physical, data, n)
		return nil
	case encoding == encodingDictionary || encoding == encodingPlainDictionary:
		if err := reserve(); err != nil {
			return err
		}
		return r.fromDictionary(out, data, n)
	case encoding == encodingDelta && isInt:
		if err := reserve(); err != nil {
			return err
		}
		numbers, _, err := r.deltas(data, n)
		for _, v := range numbers {
			if r.leaf.physical == physicalInt32 {
				v = int64(int32(v))
			}
			out.Ints = append(out.Ints, v)
		}
		return err
	case (encoding == encodingDeltaLength || encoding == encodingDeltaText) && kind == String:
		if err := reserve(); err != nil {
			return err
		}
		return r.deltaTexts(out, encoding == encodingDeltaText, data, n)
	}
	return fmt.Errorf("encoding %d is not read", encoding)
}

// checkPlain checks that n numbers fill the bytes.
func checkPlain(physical int32, size, n int) error {
	width := 8
	if physical == physicalInt32 || physical == physicalFloat {
		width = 4
	}
	if n > size/width || n*width != size {
		return fmt.Errorf("%d bytes of %d numbers of %d", size, n, width)
	}
	return nil
}

func plainNumbers(out *Column, physical int32, data []byte, n int) {
	for i := range n {
		switch physical {
		case physicalInt32:
			out.Ints = append(out.Ints, int64(int32(binary.LittleEndian.Uint32(data[4*i:]))))
		case physicalInt64:
			out.Ints = append(out.Ints, int64(binary.LittleEndian.Uint64(data[8*i:])))
		case physicalFloat:
			out.Floats = append(out.Floats, float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))))
		default:
			out.Floats = append(out.Floats, math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])))
		}
	}
}

// booleans reads bits: packed, or as runs behind their length in 4 bytes.
func (r *chunkReader) booleans(out *Column, encoding int32, data []byte, n int, reserve func() error) error {
	if encoding == encodingPlain {
		if len(data) != (n+7)/8 {
			return fmt.Errorf("%d bytes of %d bits", len(data), n)
		}
		if err := reserve(); err != nil {
			return err
		}
		appendBits(out, n, data)
		return nil
	}
	if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
		return errShort
	}
	if err := r.file.budget.Take(int64(n), 4); err != nil {
		return err
	}
	if err := reserve(); err != nil {
		return err
	}
	bits, err := hybrid(data[4:4+binary.LittleEndian.Uint32(data)], 1, n)
	for _, bit := range bits {
		out.Ints = append(out.Ints, int64(bit))
	}
	return err
}

// plainTexts reads texts, each after its length in 4 bytes.
func (r *chunkReader) plainTexts(out *Column, data []byte, n int) error {
	if err := r.file.budget.Take(int64(len(data)), 1); err != nil {
		return err
	}
	all := string(data)
	at := 0
	for range n {
		if len(data)-at < 4 {
			return errShort
		}
		length := binary.LittleEndian.Uint32(data[at:])
		if at += 4; uint64(length) > uint64(len(data)-at) {
			return errShort
		}
		out.Texts = append(out.Texts, all[at:at+int(length)])
		at += int(length)
	}
	if at != len(data) {
		return fmt.Errorf("%d bytes follow the last text", len(data)-at)
	}
	return nil
}

// fromDictionary reads indices into the dictionary: their width in bits in a
// byte, then runs.
func (r *chunkReader) fromDictionary(out *Column, data []byte, n int) error {
	if n == 0 {
		return nil
	}
	d := r.dictionary
	if d == nil {
		return errors.New("indices without a dictionary")
	}
	if len(data) == 0 {
		return errShort
	}
	if err := r.file.budget.Take(int64(n), 4); err != nil {
		return err
	}
	indices, err := hybrid(data[1:], int(data[0]), n)
	if err != nil {
		return err
	}
	entries := len(d.Ints) + len(d.Floats) + len(d.Texts)
	for _, i := range indices {
		if int64(i) >= int64(entries) {
			return fmt.Errorf("index %d into a dictionary of %d", i, entries)
		}
		switch {
		case d.Ints != nil:
			out.Ints = append(out.Ints, d.Ints[i])
		case d.Floats != nil:
			out.Floats = append(out.Floats, d.Floats[i])
		default:
			out.Texts = append(out.Texts, d.Texts[i])
		}
	}
	return nil
}

// hybrid reads n numbers of a width in bits, as runs of one number or of packed
// groups of 8.
func hybrid(data []byte, width, n int) ([]uint32, error) {
	if width > 32 {
		return nil, fmt.Errorf("numbers of %d bits", width)
	}
	out := make([]uint32, 0, n)
	for len(out) < n {
		head, used := binary.Uvarint(data)
		if used <= 0 || head>>1 == 0 {
			return nil, errShort
		}
		data = data[used:]
		count := head >> 1
		if head&1 == 0 {
			size := (width + 7) / 8
			if len(data) < size {
				return nil, errShort
			}
			var number [4]byte
			copy(number[:], data[:size])
			data = data[size:]
			v := binary.LittleEndian.Uint32(number[:])
			if bits.Len32(v) > width {
				return nil, fmt.Errorf("%d does not fit into %d bits", v, width)
			}
			if count > uint64(n-len(out)) {
				return nil, fmt.Errorf("a run of %d, where %d are left", count, n-len(out))
			}
			for range count {
				out = append(out, v)
			}
			continue
		}
		// The last group may be cut short behind the last number.
		take := min(n-len(out), int(min(count, uint64(n)))*8)
		if len(data) < (take*width+7)/8 {
			return nil, errShort
		}
		for i := range take {
			out = append(out, uint32(packed(data, i*width, width)))
		}
		data = data[min(uint64(len(data)), count*uint64(width)):]
	}
	return out, nil
}

// packed returns the number of some bits, at most 64, from a position in bits
// on, which lie in data.
func packed(data []byte, at, width int) uint64 {
	v := uint64(0)
	for got := 0; got < width; {
		b := uint64(data[at/8]) >> (at % 8)
		v |= b << got
		step := 8 - at%8
		got += step
		at += step
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// deltas reads n numbers as the differences to the one before, packed, and
// returns how many bytes they take.
func (r *chunkReader) deltas(data []byte, n int) (out []int64, used int, err error) {
	if err := r.file.budget.Take(int64(n), 8); err != nil {
		return nil, 0, err
	}
	in := &thrift{b: data}
	block, minis, total, first := in.uvarint(), in.uvarint(), in.uvarint(), in.integer()
	const largest = 1 << 20
	if in.err != nil || minis == 0 || block == 0 || block > largest || minis > block || block%minis != 0 || block/minis%8 != 0 {
		return nil, 0, fmt.Errorf("blocks of %d numbers in %d parts", block, minis)
	}
	if total != uint64(n) {
		return nil, 0, fmt.Errorf("%d numbers, want %d", total, n)
	}
	if n == 0 {
		return nil, len(data) - len(in.b), in.err
	}
	each := int(block / minis)
	out = append(make([]int64, 0, n), first)
	for last := first; len(out) < n; {
		least := in.integer()
		widths := in.bytes(minis)
		for _, width := range widths {
			if len(out) == n {
				break
			}
			if width > 64 {
				return nil, 0, fmt.Errorf("numbers of %d bits", width)
			}
			mini := in.bytes(uint64(each / 8 * int(width)))
			if in.err != nil {
				break
			}
			for i := range min(each, n-len(out)) {
				last += least + int64(packed(mini, i*int(width), int(width)))
				out = append(out, last)
			}
		}
		if in.err != nil {
			return nil, 0, errShort
		}
	}
	return out, len(data) - len(in.b), nil
}

// deltaTexts reads the lengths of texts and then the texts; where they share
// what they begin with, before it how much of it is that of the text before.
func (r *chunkReader) deltaTexts(out *Column, shared bool, data []byte, n int) error {
	var prefixes []int64
	if shared {
		var used int
		var err error
		if prefixes, used, err = r.deltas(data, n); err != nil {
			return err
		}
		data = data[used:]
	}
	lengths, used, err := r.deltas(data, n)
	if err != nil {
		return err
	}
	data = data[used:]
	last := ""
	for i, length := range lengths {
		if length < 0 || length > int64(len(data)) {
			return errShort
		}
		begin := ""
		if shared {
			if prefixes[i] < 0 || prefixes[i] > int64(len(last)) {
				return errShort
			}
			begin = last[:prefixes[i]]
		}
		if err := r.file.budget.Take(int64(len(begin))+length, 1); err != nil {
			return err
		}
		last = begin + string(data[:length])
		data = data[length:]
		out.Texts = append(out.Texts, last)
	}
	return nil
}
