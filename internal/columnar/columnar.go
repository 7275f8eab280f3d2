// Package columnar reads flat tables out of Arrow IPC and Parquet files that
// may be damaged or hostile. Both readers end after a time that is linear in
// the size of the file and what it may unpack to, and take bounded memory:
// every position is checked against the file before it is followed, and every
// allocation against a Budget before it is made. Nothing panics.
//
// That is why the readers of Arrow's Go library are not used: those of its
// release 15 trust lengths that stand in the file, and loop without end over
// pages that hold fewer values than they say.
//
// References: Arrow's format/File.fbs, Message.fbs and Schema.fbs and "Arrow
// Columnar Format"; Parquet's parquet.thrift, Encodings.md and the compact
// protocol of Thrift.
package columnar

import (
	"errors"
	"fmt"
)

// Type is what a column holds.
type Type int

// The types that are read. A column of another type can be skipped only.
const (
	Other Type = iota
	Int32
	Int64
	Float64
	String // UTF-8, which is not checked

	// Of Arrow alone.
	Int8
	Int16
	Uint8
	Uint16
	Uint32
	Uint64
	LargeString // text with offsets of 64 bits
	StringView  // text with views

	Float32 // read as float64
	Bool    // read as 0 and 1
)

// IsInt reports whether a column of the type has Ints that are whole numbers.
func (t Type) IsInt() bool { return t == Int32 || t == Int64 || t >= Int8 && t <= Uint64 }

// IsFloat reports whether a column of the type has Floats.
func (t Type) IsFloat() bool { return t == Float64 || t == Float32 }

// IsText reports whether a column of the type has Texts.
func (t Type) IsText() bool { return t == String || t == LargeString || t == StringView }

// Field describes a column.
type Field struct {
	Name     string
	Type     Type
	TypeName string // as the format calls the type

	// Meaning is what a Parquet file says that the numbers or bytes stand for:
	// "" for themselves, Unsigned, or another name, such as DECIMAL.
	Meaning string
}

// Unsigned is the Meaning of numbers without a sign, which read as if they had
// one.
const Unsigned = "UNSIGNED"

// Column holds the values of a column in the slice of its type: Ints, Floats or
// Texts. Null says which are null, and is nil where none is.
type Column struct {
	Ints   []int64 // of whole numbers
	Floats []float64
	Texts  []string
	Null   []bool
}

// Table is an open file.
type Table struct {
	Fields   []Field
	Rows     int
	Batches  int // record batches, row groups
	Metadata map[string]string
	Budget   *Budget

	names map[Type]string // what the format calls the types that are read
	read  func(field int) (Column, error)
	batch func(i int) (rows int, read func(field int) (Column, error))
}

// Batch returns record batch or row group i as a table of its own, so that a large
// file need not be in memory as a whole.
func (t *Table) Batch(i int) *Table {
	one := *t
	one.Batches = 1
	one.Rows, one.read = t.batch(i)
	return &one
}

// TypeName returns what the file's format calls a type.
func (t *Table) TypeName(k Type) string { return t.names[k] }

// Column reads column i, of a type other than Other.
func (t *Table) Column(i int) (Column, error) {
	if t.Fields[i].Type == Other {
		return Column{}, fmt.Errorf("columns of type %s are not read", t.Fields[i].TypeName)
	}
	return t.read(i)
}

// Budget is the memory in bytes that the content of a file may still take.
type Budget struct{ left int64 }

// What the content of a file may take: base, and so many bytes for each of the
// file.
const (
	budgetBase   = 56 << 20
	budgetFactor = 14
)

// NewBudget returns the budget of a file of some bytes.
func NewBudget(file int) *Budget { return &Budget{budgetBase + budgetFactor*int64(file)} }

// mostFields is the number of columns that a file may have: a column is looked
// up among all others.
const mostFields = 10_000

var errFields = fmt.Errorf("more than %d columns", mostFields)

var errBudget = errors.New("its content is out of proportion to its size")

// Take takes n times each bytes, or fails if the file may not have as many.
func (b *Budget) Take(n, each int64) error {
	if n < 0 || each < 0 || each > 0 && n > b.left/each {
		return errBudget
	}
	b.left -= n * each
	return nil
}

// reserve makes room for n values of a type more.
func (c *Column) reserve(b *Budget, t Type, n int) error {
	var err error
	switch {
	case t.IsInt(), t == Bool:
		c.Ints, err = grown(b, c.Ints, n, 8)
	case t.IsFloat():
		c.Floats, err = grown(b, c.Floats, n, 8)
	default:
		c.Texts, err = grown(b, c.Texts, n, 16)
	}
	return err
}

func grown[T any](b *Budget, s []T, n int, each int64) ([]T, error) {
	if n <= cap(s)-len(s) {
		return s, nil
	}
	if err := b.Take(int64(len(s))+int64(n), each); err != nil {
		return nil, err
	}
	return append(make([]T, 0, len(s)+n), s...), nil
}

// setNull makes Null as long as the values of rows in all, of which n are the
// last, and sets the null ones of these.
func (c *Column) setNull(b *Budget, rows, before, n int, null func(i int) bool) error {
	if c.Null == nil {
		if err := b.Take(int64(rows), 1); err != nil {
			return err
		}
		c.Null = make([]bool, rows)
	}
	for i := range n {
		c.Null[before+i] = null(i)
	}
	return nil
}
