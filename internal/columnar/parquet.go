package columnar

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ParquetMagic begins and ends a Parquet file.
var ParquetMagic = []byte("PAR1")

// The physical types, by their number in parquet.thrift.
const (
	physicalBoolean   = 0
	physicalInt32     = 1
	physicalInt64     = 2
	physicalFloat     = 4
	physicalDouble    = 5
	physicalByteArray = 6
)

var physicalNames = []string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}

var codecNames = []string{codecNone, codecSnappy, codecGzip, "LZO", codecBrotli, "LZ4", codecZstd, "LZ4_RAW"}

// parquetFile is a Parquet file whose footer was read.
type parquetFile struct {
	data    []byte // before the footer
	leaves  []leaf
	groups  []rowGroup
	numRows int64
	budget  *Budget
}

// leaf is a column, nested ones too.
type leaf struct {
	name     string
	physical int32
	optional bool
	nested   bool
	meaning  string
}

type rowGroup struct {
	rows   int64
	chunks []chunk
}

// chunk is where a column of a row group lies.
type chunk struct {
	physical, codec   int32
	values            int64
	start, compressed int64
	elsewhere         bool // in another file
	encrypted         bool
}

// OpenParquet reads the footer of a Parquet file and checks where its columns
// lie.
func OpenParquet(data []byte) (*Table, error) {
	end := len(data) - len(ParquetMagic) - 4
	if end < len(ParquetMagic) || !bytes.HasPrefix(data, ParquetMagic) || !bytes.HasSuffix(data, ParquetMagic) {
		return nil, errors.New("it does not begin and end as a Parquet file")
	}
	length := int64(binary.LittleEndian.Uint32(data[end:]))
	if length > int64(end-len(ParquetMagic)) {
		return nil, fmt.Errorf("a footer of %d bytes in a file of %d", length, len(data))
	}
	from := end - int(length)
	p := &parquetFile{data: data[:from], budget: NewBudget(len(data))}
	t := &Table{Budget: p.budget, Metadata: map[string]string{}, read: p.column, batch: p.batch,
		names: map[Type]string{Int32: "INT32", Int64: "INT64", Float64: "DOUBLE", String: "BYTE_ARRAY"}}
	in := &thrift{b: data[from:end]}
	p.footer(in, t)
	if in.err == nil && len(in.b) > 0 {
		in.fail(fmt.Errorf("%d bytes follow", len(in.b)))
	}
	if in.err != nil {
		return nil, fmt.Errorf("the footer: %w", in.err)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	t.Rows, t.Batches = int(p.numRows), len(p.groups)
	for _, l := range p.leaves {
		f := Field{Name: l.name, TypeName: "unknown", Meaning: l.meaning}
		if l.physical >= 0 && int(l.physical) < len(physicalNames) {
			f.TypeName = physicalNames[l.physical]
		}
		if l.nested {
			f.TypeName = "nested " + f.TypeName
		} else {
			f.Type = l.kind()
		}
		t.Fields = append(t.Fields, f)
	}
	return t, nil
}

// footer reads FileMetaData.
func (p *parquetFile) footer(in *thrift, t *Table) {
	in.structure(func(id int, kind byte) {
		switch {
		case id == 2 && kind == thriftList:
			p.schema(in)
		case id == 3 && kind == thriftI64:
			p.numRows = in.integer()
		case id == 4 && kind == thriftList:
			for n := in.list(thriftStruct); n > 0 && in.err == nil; n-- {
				p.group(in)
			}
		case id == 5 && kind == thriftList:
			for n := in.list(thriftStruct); n > 0 && in.err == nil; n-- {
				p.pair(in, t.Metadata)
			}
		default:
			in.skip(kind, 0)
		}
	})
}

// take counts what an entry of the footer takes here.
func (p *parquetFile) take(in *thrift) {
	const each = 128
	if err := p.budget.Take(1, each); err != nil {
		in.fail(err)
	}
}

func (p *parquetFile) pair(in *thrift, metadata map[string]string) {
	p.take(in)
	var key, value string
	in.structure(func(id int, kind byte) {
		switch {
		case id == 1 && kind == thriftBinary:
			key = in.text()
		case id == 2 && kind == thriftBinary:
			value = in.text()
		default:
			in.skip(kind, 0)
		}
	})
	if _, has := metadata[key]; !has {
		metadata[key] = value
	}
}

// schema reads the list of the schema's elements, a tree in depth-first order
// whose inner nodes say how many children they have.
func (p *parquetFile) schema(in *thrift) {
	p.leaves = nil
	type inner struct{ left int32 }
	var open []inner
	for n := in.list(thriftStruct); n > 0 && in.err == nil; n-- {
		p.take(in)
		l := leaf{physical: -1}
		children, repetition := int32(0), int32(0)
		in.structure(func(id int, kind byte) {
			switch {
			case id == 1 && kind == thriftI32:
				l.physical = in.i32()
			case id == 3 && kind == thriftI32:
				repetition = in.i32()
			case id == 4 && kind == thriftBinary:
				l.name = in.text()
			case id == 5 && kind == thriftI32:
				children = in.i32()
			case id == 6 && kind == thriftI32:
				l.meaning = cmp.Or(l.meaning, convertedMeaning(in.i32()))
			case id == 10 && kind == thriftStruct:
				l.meaning = cmp.Or(logicalMeaning(in), l.meaning)
			default:
				in.skip(kind, 0)
			}
		})
		root := open == nil
		for len(open) > 0 && open[len(open)-1].left == 0 {
			open = open[:len(open)-1]
		}
		switch {
		case root:
			open = append(open, inner{children})
			continue
		case len(open) == 0 || children < 0:
			in.fail(errors.New("a schema that is no tree"))
			return
		}
		open[len(open)-1].left--
		if children > 0 {
			open = append(open, inner{children})
			continue
		}
		l.optional, l.nested = repetition == 1, len(open) > 1 || repetition > 1
		if p.leaves = append(p.leaves, l); len(p.leaves) > mostFields {
			in.fail(errFields)
		}
	}
	for _, o := range open {
		if o.left != 0 {
			in.fail(errors.New("a schema that is no tree"))
		}
	}
}

// convertedMeaning is the Meaning of a ConvertedType, by which early files tell.
func convertedMeaning(converted int32) string {
	switch {
	case converted == 0, converted == 4, converted == 19, converted >= 15 && converted <= 18: // UTF8, ENUM, JSON, INT_8 to INT_64
		return ""
	case converted >= 11 && converted <= 14: // UINT_8 to UINT_64
		return Unsigned
	case converted == 5:
		return "DECIMAL"
	}
	return fmt.Sprintf("converted type %d", converted)
}

// logicalMeaning reads the Meaning of a LogicalType.
func logicalMeaning(in *thrift) (meaning string) {
	names := map[int]string{2: "MAP", 3: "LIST", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIMESTAMP", 11: "NULL", 13: "BSON", 14: "UUID", 15: "FLOAT16"}
	in.structure(func(id int, kind byte) {
		meaning = names[id]
		if id != 10 || kind != thriftStruct { // INTEGER
			in.skip(kind, 0)
			return
		}
		in.structure(func(id int, kind byte) {
			if id == 2 && kind == thriftFalse {
				meaning = Unsigned
			}
			in.skip(kind, 0)
		})
	})
	return meaning
}

func (p *parquetFile) group(in *thrift) {
	p.take(in)
	g := rowGroup{rows: -1}
	in.structure(func(id int, kind byte) {
		switch {
		case id == 1 && kind == thriftList:
			for n := in.list(thriftStruct); n > 0 && in.err == nil; n-- {
				p.take(in)
				g.chunks = append(g.chunks, columnChunk(in))
			}
		case id == 3 && kind == thriftI64:
			g.rows = in.integer()
		default:
			in.skip(kind, 0)
		}
	})
	p.groups = append(p.groups, g)
}

// columnChunk reads ColumnChunk, and the ColumnMetaData in it.
func columnChunk(in *thrift) chunk {
	c := chunk{physical: -1, values: -1, start: -1, compressed: -1, encrypted: true}
	dictionary := int64(0)
	in.structure(func(id int, kind byte) {
		switch {
		case id == 1 && kind == thriftBinary:
			c.elsewhere = len(in.text()) > 0
		case id == 3 && kind == thriftStruct:
			c.encrypted = false
			in.structure(func(id int, kind byte) {
				switch {
				case id == 1 && kind == thriftI32:
					c.physical = in.i32()
				case id == 4 && kind == thriftI32:
					c.codec = in.i32()
				case id == 5 && kind == thriftI64:
					c.values = in.integer()
				case id == 7 && kind == thriftI64:
					c.compressed = in.integer()
				case id == 9 && kind == thriftI64:
					c.start = in.integer()
				case id == 11 && kind == thriftI64:
					dictionary = in.integer()
				default:
					in.skip(kind, 0)
				}
			})
		default:
			in.skip(kind, 0)
		}
	})
	if dictionary > 0 && dictionary < c.start {
		c.start = dictionary
	}
	return c
}

// check checks that row groups and columns agree with each other and lie in the
// file.
func (p *parquetFile) check() error {
	if p.numRows < 0 || p.numRows > math.MaxInt32 {
		return fmt.Errorf("%d rows", p.numRows)
	}
	left := p.numRows
	for g, group := range p.groups {
		if group.rows < 0 || group.rows > left {
			return fmt.Errorf("row group %d has %d of %d rows", g, group.rows, p.numRows)
		}
		left -= group.rows
		if len(group.chunks) != len(p.leaves) {
			return fmt.Errorf("row group %d has %d columns of %d", g, len(group.chunks), len(p.leaves))
		}
		for i, c := range group.chunks {
			l := p.leaves[i]
			file := int64(len(p.data))
			switch {
			case c.elsewhere, c.encrypted:
				return fmt.Errorf("column %s is encrypted or in another file", l.name)
			case c.physical != l.physical:
				return fmt.Errorf("column %s: row group %d has another type", l.name, g)
			case !l.nested && c.values != group.rows:
				return fmt.Errorf("column %s: %d values in a row group of %d", l.name, c.values, group.rows)
			case c.values > 0 && c.start < int64(len(ParquetMagic)) || c.start < 0 || c.start > file || c.compressed < 0 || c.compressed > file-c.start:
				return fmt.Errorf("column %s: %d bytes from byte %d on are not in the file", l.name, c.compressed, c.start)
			}
		}
	}
	if left != 0 {
		return fmt.Errorf("%d rows in no row group", left)
	}
	return nil
}

// batch is that of Table.
func (p *parquetFile) batch(i int) (rows int, read func(field int) (Column, error)) {
	one := *p
	one.groups = p.groups[i : i+1]
	one.numRows = one.groups[0].rows
	return int(one.numRows), one.column
}

// column reads a column out of all row groups.
func (p *parquetFile) column(at int) (Column, error) {
	var out Column
	r := chunkReader{file: p, leaf: p.leaves[at], out: &out}
	for g, group := range p.groups {
		if name := group.chunks[at].unreadable(); name != "" {
			return Column{}, &UnreadableError{name}
		}
		if err := r.read(group.chunks[at]); err != nil {
			return Column{}, fmt.Errorf("row group %d: %w", g, err)
		}
	}
	return out, nil
}

// unreadable returns the name of a column's compression if it is not read, else
// "".
func (c *chunk) unreadable() string {
	if c.codec < 0 || int(c.codec) >= len(codecNames) {
		return "an unknown method"
	}
	switch name := codecNames[c.codec]; name {
	case codecNone, codecSnappy, codecGzip, codecBrotli, codecZstd:
		return ""
	default:
		return name
	}
}

// UnreadableError reports a compression that is sound and not read.
type UnreadableError struct{ Compression string }

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("compressed with %s, which is not read: write it with Snappy, Zstandard or gzip", e.Compression)
}
