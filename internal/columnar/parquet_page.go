package columnar

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Page types and encodings, by their number in parquet.thrift.
const (
	pageData       = 0
	pageIndex      = 1
	pageDictionary = 2
	pageDataV2     = 3

	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingDelta           = 5
	encodingDeltaLength     = 6
	encodingDeltaText       = 7
	encodingDictionary      = 8
)

// page is the header of a page.
type page struct {
	kind                     int32
	uncompressed, compressed int32
	values                   int32
	encoding, levelEncoding  int32
	definitions, repetitions int32 // bytes of levels of a page of version 2
	plain                    bool  // not compressed, of version 2
}

func pageHeader(in *thrift) page {
	p := page{kind: -1, uncompressed: -1, compressed: -1, values: -1, encoding: -1}
	in.structure(func(id int, kind byte) {
		switch {
		case id == 1 && kind == thriftI32:
			p.kind = in.i32()
		case id == 2 && kind == thriftI32:
			p.uncompressed = in.i32()
		case id == 3 && kind == thriftI32:
			p.compressed = in.i32()
		case (id == 5 || id == 7 || id == 8) && kind == thriftStruct:
			p.content(in, id == 8)
		default:
			in.skip(kind, 0)
		}
	})
	return p
}

// content reads DataPageHeader, DictionaryPageHeader, which begins alike, or
// DataPageHeaderV2.
func (p *page) content(in *thrift, v2 bool) {
	in.structure(func(id int, kind byte) {
		switch {
		case id == 1 && kind == thriftI32:
			p.values = in.i32()
		case id == 2 && kind == thriftI32 && !v2, id == 4 && kind == thriftI32 && v2:
			p.encoding = in.i32()
		case id == 3 && kind == thriftI32 && !v2:
			p.levelEncoding = in.i32()
		case id == 5 && kind == thriftI32 && v2:
			p.definitions = in.i32()
		case id == 6 && kind == thriftI32 && v2:
			p.repetitions = in.i32()
		case id == 7 && v2 && (kind == thriftTrue || kind == thriftFalse):
			p.plain = kind == thriftFalse
		default:
			in.skip(kind, 0)
		}
	})
}

// chunkReader reads the chunks of a column, one after the other.
type chunkReader struct {
	file       *parquetFile
	leaf       leaf
	out        *Column
	rows       int // read so far
	dictionary *Column
}

func (l leaf) kind() Type {
	return map[int32]Type{physicalInt32: Int32, physicalInt64: Int64, physicalDouble: Float64, physicalByteArray: String,
		physicalFloat: Float32, physicalBoolean: Bool}[l.physical]
}

// read appends the values of a chunk.
func (r *chunkReader) read(c chunk) error {
	in := &thrift{b: r.file.data[c.start : c.start+c.compressed]}
	r.dictionary = nil
	for left := c.values; left > 0; {
		p := pageHeader(in)
		if in.err != nil {
			return fmt.Errorf("a page header: %w", in.err)
		}
		if p.compressed < 0 || int(p.compressed) > len(in.b) || p.uncompressed < 0 {
			return fmt.Errorf("a page of %d bytes in the %d that are left", p.compressed, len(in.b))
		}
		body := in.bytes(uint64(p.compressed))
		switch p.kind {
		case pageIndex:
		case pageDictionary:
			if err := r.readDictionary(c, p, body); err != nil {
				return fmt.Errorf("dictionary: %w", err)
			}
		case pageData, pageDataV2:
			if p.values < 0 || int64(p.values) > left {
				return fmt.Errorf("a page of %d values, where %d are left", p.values, left)
			}
			left -= int64(p.values)
			if err := r.readData(c, p, body); err != nil {
				return err
			}
		default:
			return fmt.Errorf("a page of type %d", p.kind)
		}
	}
	return nil
}

// unpacked returns a page's content, decompressed where it is compressed.
func (r *chunkReader) unpacked(c chunk, body []byte, size int) ([]byte, error) {
	if codec := codecNames[c.codec]; codec != codecNone {
		return decompress(r.file.budget, codec, body, int64(size))
	}
	if len(body) != size {
		return nil, fmt.Errorf("a page of %d bytes, want %d", len(body), size)
	}
	return body, nil
}

func (r *chunkReader) readDictionary(c chunk, p page, body []byte) error {
	if r.dictionary != nil || p.encoding != encodingPlain && p.encoding != encodingPlainDictionary {
		return errors.New("it is there twice, or in another encoding")
	}
	body, err := r.unpacked(c, body, int(p.uncompressed))
	if err != nil {
		return err
	}
	r.dictionary = &Column{}
	return r.values(r.dictionary, encodingPlain, body, int(p.values))
}

func (r *chunkReader) readData(c chunk, p page, body []byte) error {
	n := int(p.values)
	levels, body, err := r.split(c, p, body)
	if err != nil {
		return err
	}
	if !r.leaf.optional {
		r.rows += n
		return r.values(r.out, p.encoding, body, n)
	}
	if err := r.file.budget.Take(int64(n), 4); err != nil {
		return err
	}
	present, err := hybrid(levels, 1, n)
	if err != nil {
		return fmt.Errorf("levels: %w", err)
	}
	there := 0
	for _, v := range present {
		there += int(v)
	}
	before := r.rows
	r.rows += n
	if there == n {
		return r.values(r.out, p.encoding, body, n)
	}
	if err := r.out.setNull(r.file.budget, int(r.file.numRows), before, n, func(i int) bool { return present[i] == 0 }); err != nil {
		return err
	}
	var some Column
	if err := r.values(&some, p.encoding, body, there); err != nil {
		return err
	}
	return r.scatter(some, present)
}

// split returns the levels of a page, empty where the column has none, and its
// values.
func (r *chunkReader) split(c chunk, p page, body []byte) (levels, values []byte, err error) {
	if p.kind == pageDataV2 {
		n := int(p.definitions)
		if p.repetitions != 0 || n < 0 || n > len(body) || n > int(p.uncompressed) {
			return nil, nil, fmt.Errorf("levels of %d and %d bytes in a page of %d", p.repetitions, n, len(body))
		}
		levels, values = body[:n], body[n:]
		if p.plain || len(values) == 0 && int(p.uncompressed) == n {
			return levels, values, nil
		}
		values, err = r.unpacked(c, values, int(p.uncompressed)-n)
		return levels, values, err
	}
	if values, err = r.unpacked(c, body, int(p.uncompressed)); err != nil || !r.leaf.optional {
		return nil, values, err
	}
	if p.levelEncoding != encodingRLE || len(values) < 4 {
		return nil, nil, fmt.Errorf("levels in encoding %d, in a page of %d bytes", p.levelEncoding, len(values))
	}
	n := binary.LittleEndian.Uint32(values)
	if values = values[4:]; uint64(n) > uint64(len(values)) {
		return nil, nil, fmt.Errorf("levels of %d bytes in a page of %d", n, len(values))
	}
	return values[:n], values[n:], nil
}

// scatter appends the values that are there, and zeros between them.
func (r *chunkReader) scatter(some Column, present []uint32) error {
	kind := r.leaf.kind()
	if err := r.out.reserve(r.file.budget, kind, r.room(len(present))); err != nil {
		return err
	}
	switch kind {
	case Int32, Int64, Bool:
		r.out.Ints = spread(r.out.Ints, some.Ints, present)
	case Float64, Float32:
		r.out.Floats = spread(r.out.Floats, some.Floats, present)
	default:
		r.out.Texts = spread(r.out.Texts, some.Texts, present)
	}
	return nil
}

// room is how many values the column will have from a page of n values on,
// which are counted in rows.
func (r *chunkReader) room(n int) int { return max(n, int(r.file.numRows)-r.rows+n) }

func spread[T any](out, some []T, present []uint32) []T {
	var none T
	for _, there := range present {
		if there == 0 {
			out = append(out, none)
			continue
		}
		out, some = append(out, some[0]), some[1:]
	}
	return out
}
