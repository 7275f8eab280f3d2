package statedict

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
)

// The opcodes that torch.save's pickles of protocols 2 to 5 use for what is
// read here (Python's pickletools lists all).
const (
	opMark            = '('
	opStop            = '.'
	opPop             = '0'
	opBinFloat        = 'G'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opNone            = 'N'
	opBinPersID       = 'Q'
	opReduce          = 'R'
	opBinUnicode      = 'X'
	opAppend          = 'a'
	opBuild           = 'b'
	opGlobal          = 'c'
	opAppends         = 'e'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opEmptyList       = ']'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opSetItem         = 's'
	opTuple           = 't'
	opSetItems        = 'u'
	opEmptyTuple      = ')'
	opEmptyDict       = '}'
	opProto           = 0x80
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opShortBinUnicode = 0x8c
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
)

// What a pickle makes: nil, bool, int64, *big.Int, float64, string, tuple,
// *list, *dict, global, and what persistent and the known globals return.
type (
	tuple  []any
	list   struct{ items []any }
	dict   struct{ keys, values []any }
	global string // module.name
	mark   struct{}
)

// get returns the value of a key of text.
func (d *dict) get(key string) (any, bool) {
	for i := len(d.keys) - 1; i >= 0; i-- {
		if d.keys[i] == key {
			return d.values[i], true
		}
	}
	return nil, false
}

// mostValues is the number of values that a pickle may make: a state dict needs
// some tens for each tensor. They bound what it takes.
const mostValues = 1 << 20

// unpickler runs one pickle.
type unpickler struct {
	in         []byte
	made       int // values
	at         int
	stack      []any
	memo       map[uint32]any
	persistent func(id any) (any, error) // of what lies beside the pickle
}

// unpickle runs the pickle at the beginning of in, and returns its value and
// its length.
func unpickle(in []byte, persistent func(id any) (any, error)) (value any, length int, err error) {
	u := &unpickler{in: in, memo: map[uint32]any{}, persistent: persistent}
	defer func() {
		if r := recover(); r != nil {
			bad, known := r.(damaged)
			if !known {
				panic(r)
			}
			err = fmt.Errorf("pickle at byte %d: %w", u.at, bad.error)
		}
	}()
	for {
		op := u.bytes(1)[0]
		if op == opStop {
			return u.pop(), u.at, nil
		}
		u.step(op)
	}
}

// damaged ends an unpickling; unpickle recovers it.
type damaged struct{ error }

func fail(format string, args ...any) { panic(damaged{fmt.Errorf(format, args...)}) }

// bytes takes the next n bytes.
func (u *unpickler) bytes(n int) []byte {
	if n < 0 || n > len(u.in)-u.at {
		fail("it is cut short")
	}
	u.at += n
	return u.in[u.at-n : u.at]
}

func (u *unpickler) uint32() uint32 { return binary.LittleEndian.Uint32(u.bytes(4)) }

// line takes a text that ends with a line.
func (u *unpickler) line() string {
	for i := u.at; i < len(u.in); i++ {
		if u.in[i] == '\n' {
			text := string(u.in[u.at:i])
			u.at = i + 1
			return text
		}
	}
	fail("it is cut short")
	return ""
}

func (u *unpickler) push(v any) {
	if u.made++; u.made > mostValues {
		fail("it makes more than %d values", mostValues)
	}
	u.stack = append(u.stack, v)
}

func (u *unpickler) pop() any {
	if len(u.stack) == 0 {
		fail("it takes from an empty stack")
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v
}

// toMark takes what was pushed since the last mark.
func (u *unpickler) toMark() []any {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, is := u.stack[i].(mark); is {
			items := append([]any{}, u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return items
		}
	}
	fail("a mark is missing")
	return nil
}

func (u *unpickler) popN(n int) tuple {
	t := make(tuple, n)
	for i := n - 1; i >= 0; i-- {
		t[i] = u.pop()
	}
	return t
}

func (u *unpickler) text() string {
	s, is := u.pop().(string)
	if !is {
		fail("a name is no text")
	}
	return s
}

// step runs one opcode.
func (u *unpickler) step(op byte) {
	switch op {
	case opProto:
		if v := u.bytes(1)[0]; v > 5 {
			fail("protocol %d is unknown", v)
		}
	case opFrame:
		u.bytes(8)
	case opMark:
		u.push(mark{})
	case opPop:
		u.pop()
	case opEmptyTuple:
		u.push(tuple{})
	case opTuple1, opTuple2, opTuple3:
		u.push(u.popN(int(op) - opTuple1 + 1))
	case opTuple:
		u.push(tuple(u.toMark()))
	case opEmptyList:
		u.push(&list{})
	case opAppend:
		u.extend([]any{u.pop()})
	case opAppends:
		u.extend(u.toMark())
	case opEmptyDict:
		u.push(&dict{})
	case opSetItem:
		u.set(u.popN(2))
	case opSetItems:
		u.set(u.toMark())
	case opGlobal:
		module := u.line()
		u.push(known(module + "." + u.line()))
	case opStackGlobal:
		name := u.text()
		u.push(known(u.text() + "." + name))
	case opReduce:
		u.reduce()
	case opBuild:
		u.build()
	case opBinPersID:
		v, err := u.persistent(u.pop())
		if err != nil {
			panic(damaged{err})
		}
		u.push(v)
	default:
		u.simple(op)
	}
}

// simple runs an opcode that pushes a constant, or moves a value to or from
// the memo.
func (u *unpickler) simple(op byte) {
	switch op {
	case opNone:
		u.push(nil)
	case opNewTrue, opNewFalse:
		u.push(op == opNewTrue)
	case opBinInt:
		u.push(int64(int32(u.uint32())))
	case opBinInt1:
		u.push(int64(u.bytes(1)[0]))
	case opBinInt2:
		u.push(int64(binary.LittleEndian.Uint16(u.bytes(2))))
	case opLong1:
		u.push(long(u.bytes(int(u.bytes(1)[0]))))
	case opBinFloat:
		u.push(math.Float64frombits(binary.BigEndian.Uint64(u.bytes(8))))
	case opBinUnicode:
		u.push(string(u.bytes(int(u.uint32()))))
	case opShortBinUnicode:
		u.push(string(u.bytes(int(u.bytes(1)[0]))))
	case opBinPut:
		u.remember(uint32(u.bytes(1)[0]))
	case opLongBinPut:
		u.remember(u.uint32())
	case opMemoize:
		u.remember(uint32(len(u.memo)))
	case opBinGet:
		u.recall(uint32(u.bytes(1)[0]))
	case opLongBinGet:
		u.recall(u.uint32())
	default:
		fail("opcode %#02x is not needed for a state dict and is refused", op)
	}
}

func (u *unpickler) remember(key uint32) {
	v := u.pop()
	u.memo[key] = v
	u.push(v)
}

func (u *unpickler) recall(key uint32) {
	v, has := u.memo[key]
	if !has {
		fail("the memo lacks entry %d", key)
	}
	u.push(v)
}

// extend appends to the list on the stack.
func (u *unpickler) extend(items []any) {
	l, is := u.pop().(*list)
	if !is {
		fail("it appends to what is no list")
	}
	l.items = append(l.items, items...)
	u.push(l)
}

// set sets keys and values, by turns, of the dict on the stack.
func (u *unpickler) set(items []any) {
	d, is := u.pop().(*dict)
	if !is || len(items)%2 != 0 {
		fail("it sets entries of what is no dict")
	}
	for i := 0; i < len(items); i += 2 {
		d.keys, d.values = append(d.keys, items[i]), append(d.values, items[i+1])
	}
	u.push(d)
}

// reduce calls one of the known globals.
func (u *unpickler) reduce() {
	args, isTuple := u.pop().(tuple)
	g, isGlobal := u.pop().(global)
	if !isTuple || !isGlobal {
		fail("it calls what is no function")
	}
	v, err := call(g, args)
	if err != nil {
		panic(damaged{err})
	}
	u.push(v)
}

// build gives the object on the stack its attributes. Only dicts get any, such
// as the versions that a state dict carries as _metadata; they are dropped.
func (u *unpickler) build() {
	u.pop()
	if len(u.stack) == 0 {
		fail("it takes from an empty stack")
	}
	if _, is := u.stack[len(u.stack)-1].(*dict); !is {
		fail("it gives attributes to what is no dict")
	}
}

// long converts a little-endian number in two's complement.
func long(b []byte) any {
	n := new(big.Int)
	for i := len(b) - 1; i >= 0; i-- {
		n.Lsh(n, 8).Or(n, big.NewInt(int64(b[i])))
	}
	if len(b) > 0 && b[len(b)-1] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

// errRefused is what a file with other things than tensors gives.
var errRefused = errors.New("it is refused, as a pickle can run any program; save the state dict alone, or convert it with safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\")")
