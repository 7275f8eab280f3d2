package columnar

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/mutate"
)

// The examples of Parquet's Encodings.md.
func TestEncodings(t *testing.T) {
	// 0 to 7 in 3 bits: 10001000 11000110 11111010, one group of packed numbers.
	got, err := hybrid([]byte{3, 0x88, 0xc6, 0xfa}, 3, 8)
	if err != nil || !slices.Equal(got, []uint32{0, 1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("packed: %v, %v", got, err)
	}
	if got, err = hybrid([]byte{10, 4, 3, 0x88, 0xc6, 0xfa}, 3, 8); err != nil || !slices.Equal(got, []uint32{4, 4, 4, 4, 4, 0, 1, 2}) {
		t.Errorf("a run of five before: %v, %v", got, err)
	}
	r := &chunkReader{file: &parquetFile{budget: NewBudget(0)}}
	for _, c := range []struct {
		data []byte
		want []int64
	}{
		{[]byte{8, 1, 5, 2, 2, 0}, []int64{1, 2, 3, 4, 5}},
		// Relative to the least difference, -2: 0, 0, 0, 3, 3, 3, 3 in 2 bits.
		{[]byte{8, 1, 8, 14, 3, 2, 0xc0, 0x3f}, []int64{7, 5, 3, 1, 2, 3, 4, 5}},
	} {
		got, used, err := r.deltas(c.data, len(c.want))
		if err != nil || used != len(c.data) || !slices.Equal(got, c.want) {
			t.Errorf("differences: %v, %d bytes, %v, want %v", got, used, err, c.want)
		}
	}
	for what, data := range map[string][]byte{
		"no runs": {}, "an empty run": {0, 4}, "a run cut short": {10}, "a run too long": {18, 4}, "a number too wide": {16, 8}, "groups cut short": {3, 0x88, 0xc6},
	} {
		if got, err := hybrid(data, 3, 8); err == nil {
			t.Errorf("%s: %v", what, got)
		}
	}
}

// element is a field of a struct in the compact protocol, its number in full.
func element(kind byte, id int, payload ...[]byte) []byte {
	out := binary.AppendVarint([]byte{kind}, int64(id))
	return append(out, bytes.Join(payload, nil)...)
}

func number(kind byte, id int, v int64) []byte {
	return element(kind, id, binary.AppendVarint(nil, v))
}

func structure(fields ...[]byte) []byte { return append(bytes.Join(fields, nil), 0) }

func list(id int, structs ...[]byte) []byte {
	return element(thriftList, id, []byte{byte(len(structs))<<4 | thriftStruct}, bytes.Join(structs, nil))
}

func named(id int, s string) []byte {
	return element(thriftBinary, id, binary.AppendUvarint(nil, uint64(len(s))), []byte(s))
}

// oneColumn is a Parquet file of a required int64 column of some pages.
type oneColumn struct {
	rows, groupRows, values int64
	codec                   int64
	pages                   [][]byte
	length                  int64 // of the pages, if not what they have
}

func (c oneColumn) file() []byte {
	body := bytes.Join(c.pages, nil)
	length := c.length
	if length == 0 {
		length = int64(len(body))
	}
	meta := structure(number(thriftI32, 1, physicalInt64), number(thriftI32, 4, c.codec), number(thriftI64, 5, c.values),
		number(thriftI64, 7, length), number(thriftI64, 9, 4))
	footer := structure(
		list(2, structure(named(4, "schema"), number(thriftI32, 5, 1)), structure(number(thriftI32, 1, physicalInt64), named(4, "x"))),
		number(thriftI64, 3, c.rows),
		list(4, structure(list(1, structure(element(thriftStruct, 3, meta))), number(thriftI64, 3, c.groupRows))),
		list(5, structure(named(1, "k"), named(2, "v"))))
	out := append([]byte("PAR1"), body...)
	out = append(out, footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), "PAR1"...)
}

// dataPage is a page of values that are said to have a size.
func dataPage(values, encoding, size int64, data []byte) []byte {
	head := structure(number(thriftI32, 1, pageData), number(thriftI32, 2, size), number(thriftI32, 3, int64(len(data))),
		element(thriftStruct, 5, structure(number(thriftI32, 1, values), number(thriftI32, 2, encoding), number(thriftI32, 3, encodingRLE))))
	return append(head, data...)
}

func int64s(values ...int64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func dictionaryPage(values ...int64) []byte {
	data := int64s(values...)
	head := structure(number(thriftI32, 1, pageDictionary), number(thriftI32, 2, int64(len(data))), number(thriftI32, 3, int64(len(data))),
		element(thriftStruct, 7, structure(number(thriftI32, 1, int64(len(values))), number(thriftI32, 2, encodingPlain))))
	return append(head, data...)
}

// run is a run of an index of 1 bit.
func run(n uint64) []byte { return append(binary.AppendUvarint([]byte{1}, n<<1), 0) }

// What a file of a few bytes may say of itself, and no reader may believe.
func TestParquetThatLies(t *testing.T) {
	three := dataPage(3, encodingPlain, 24, int64s(5, 6, 7))
	sound := oneColumn{rows: 3, groupRows: 3, values: 3, pages: [][]byte{three}}
	table, err := OpenParquet(sound.file())
	if err != nil || table.Rows != 3 || table.Metadata["k"] != "v" || table.Fields[0] != (Field{Name: "x", Type: Int64, TypeName: "INT64"}) {
		t.Fatalf("%+v, %v", table, err)
	}
	if c, err := table.Column(0); err != nil || !slices.Equal(c.Ints, []int64{5, 6, 7}) || c.Null != nil {
		t.Fatalf("%+v, %v", c, err)
	}
	const many = 1 << 30
	for what, c := range map[string]oneColumn{
		"3 values in a row group of 0":           {rows: 0, groupRows: 0, values: 3, pages: [][]byte{three}},
		"0 rows in":                              {rows: 3, groupRows: 0, values: 0, pages: [][]byte{three}},
		"row group 0 has 4 of 3 rows":            {rows: 3, groupRows: 4, values: 4, pages: [][]byte{three}},
		"-3 rows":                                {rows: -3, groupRows: 3, values: 3, pages: [][]byte{three}},
		"are not in the file":                    {rows: 3, groupRows: 3, values: 3, pages: [][]byte{three}, length: 1 << 40},
		"a page of 4 values, where 3 are left":   {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dataPage(4, encodingPlain, 24, int64s(5, 6, 7))}},
		"a page of -1 values":                    {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dataPage(-1, encodingPlain, 24, int64s(5, 6, 7))}},
		"it is cut short":                        {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dataPage(2, encodingPlain, 16, int64s(5, 6))}},
		"24 bytes of 2 numbers of 8":             {rows: 2, groupRows: 2, values: 2, pages: [][]byte{three[:0], dataPage(2, encodingPlain, 24, int64s(5, 6, 7))}},
		"a page of 24 bytes, want 99":            {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dataPage(3, encodingPlain, 99, int64s(5, 6, 7))}},
		"encoding 9 is not read":                 {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dataPage(3, 9, 24, int64s(5, 6, 7))}},
		"indices without a dictionary":           {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dataPage(3, encodingDictionary, 3, run(3))}},
		"index 0 into a dictionary of 0":         {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dictionaryPage(), dataPage(3, encodingDictionary, 3, run(3))}},
		"it is there twice":                      {rows: 3, groupRows: 3, values: 3, pages: [][]byte{dictionaryPage(1), dictionaryPage(1), three}},
		"out of proportion to its size":          {rows: many, groupRows: many, values: many, pages: [][]byte{dictionaryPage(1), dataPage(many, encodingDictionary, int64(len(run(many))), run(many))}},
		"a block of 1073741824 bytes, want 24":   {rows: 3, groupRows: 3, values: 3, codec: 1, pages: [][]byte{dataPage(3, encodingPlain, 24, binary.AppendUvarint(nil, many))}},
		"compressed with LZO, which is not read": {rows: 3, groupRows: 3, values: 3, codec: 3, pages: [][]byte{three}},
	} {
		file := c.file()
		_, over := mutate.Within(file, func(file []byte) (mutate.Verdict, error) {
			table, err := OpenParquet(file)
			if err == nil {
				_, err = table.Column(0)
			}
			if what == "0 rows in" {
				what = "3 rows in no row group"
			}
			if err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("error %v, want %q", err, what)
			}
			return mutate.Refused, err
		})
		if over != nil {
			t.Errorf("%s: %v", what, over)
		}
	}
}

// arrowFileOf writes record batches of an int64 column with nulls and a text.
func arrowFileOf(t *testing.T, batches int, option ...ipc.Option) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, {Name: "s", Type: arrow.BinaryTypes.String}}, nil)
	path := &seeker{}
	w, err := ipc.NewFileWriter(path, append(option, ipc.WithSchema(schema))...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range batches {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		b.Field(0).(*array.Int64Builder).AppendValues([]int64{int64(i), 7, -1}, []bool{true, false, true})
		b.Field(1).(*array.StringBuilder).AppendValues([]string{"a", "", "größe"}, nil)
		if err := w.Write(b.NewRecord()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path.Bytes()
}

// seeker tells its position, which is all that ipc.FileWriter wants to know.
type seeker struct{ bytes.Buffer }

func (s *seeker) Seek(int64, int) (int64, error) { return int64(s.Len()), nil }

// Several record batches, plain and compressed, give one column.
func TestArrowBatches(t *testing.T) {
	for what, options := range map[string][]ipc.Option{"plain": nil, "LZ4": {ipc.WithLZ4()}, "Zstandard": {ipc.WithZstd()}} {
		table, err := OpenArrow(arrowFileOf(t, 3, options...))
		if err != nil || table.Rows != 9 || table.Batches != 3 {
			t.Fatalf("%s: %+v, %v", what, table, err)
		}
		n, err := table.Column(0)
		if err != nil || n.Ints[0] != 0 || n.Ints[6] != 2 || n.Ints[8] != -1 || !slices.Equal(n.Null, []bool{false, true, false, false, true, false, false, true, false}) {
			t.Errorf("%s: %+v, %v", what, n, err)
		}
		if s, err := table.Column(1); err != nil || !slices.Equal(s.Texts[6:], []string{"a", "", "größe"}) || s.Null != nil {
			t.Errorf("%s: %+v, %v", what, s, err)
		}
	}
}

// One record batch that the footer lists a thousand times is no table of a
// thousand.
func TestArrowBatchListedAgain(t *testing.T) {
	file := arrowFileOf(t, 2)
	first := bytes.LastIndex(file, binary.LittleEndian.AppendUint64(nil, uint64(blocksOf(t, file)[0].offset)))
	second := bytes.LastIndex(file, binary.LittleEndian.AppendUint64(nil, uint64(blocksOf(t, file)[1].offset)))
	if first < 0 || second < 0 {
		t.Fatal("no record batches in the footer")
	}
	copy(file[second:second+24], file[first:first+24])
	if _, err := OpenArrow(file); err == nil || !strings.Contains(err.Error(), "is not in its place") {
		t.Errorf("error %v", err)
	}
}

func blocksOf(t *testing.T, file []byte) []block {
	t.Helper()
	end := len(file) - len(ArrowMagic) - 4
	from := end - int(binary.LittleEndian.Uint32(file[end:]))
	a, footer := &arrowFile{data: file[:from]}, &flat{b: file[from:end]}
	blocks := a.blocks(footer, footer.follow(0))
	if footer.err != nil || len(blocks) != 2 {
		t.Fatal(footer.err)
	}
	return blocks
}
