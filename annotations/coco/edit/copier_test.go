package edit

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// Values that are hard to find the end of, each followed by what may stand
// there.
func TestValueEnd(t *testing.T) {
	for _, value := range []string{
		`{}`, `[]`, `""`, `0`, `-1.5e+3`, `true`, `null`,
		`{"a": "}", "b": {"c": [1, {"d": "]"}]}}`,
		`"\""`, `"\\"`, `"\\\""`, `{"k\"}": "\\"}`, `[[[]], {"": {}}]`, `"{[("`,
	} {
		for _, after := range []string{",", "]", " ,", "\n]", "}", "\t"} {
			text := value + after
			for cut := range len(text) { // the text comes in two pieces
				var v valueEnd
				n := v.scan([]byte(text[:cut]))
				if !v.ended {
					n += v.scan([]byte(text[n:]))
				}
				if !v.ended || n != len(value) {
					t.Errorf("%q in %q and %q: %d bytes, ended %v, want %d", text, text[:cut], text[cut:], n, v.ended, len(value))
				}
			}
		}
	}
}

// By hand: what stays of a list, whichever of its elements do. A comma and the
// space around it go with an element, the space at both ends of the list stays.
func TestCopier(t *testing.T) {
	const text = `{"a":"x]","l": [ {"i":1},` + "\n" + ` {"i":"},{"} ,3,{"i":[{}]}  ], "z":0}`
	starts := []int{strings.Index(text, `{"i":1`), strings.Index(text, `{"i":"`), strings.Index(text, `3,`), strings.Index(text, `{"i":[`)}
	for _, c := range []struct{ keep, want string }{
		{"1111", text},
		{"0000", `{"a":"x]","l": [   ], "z":0}`},
		{"1000", `{"a":"x]","l": [ {"i":1}  ], "z":0}`},
		{"0100", `{"a":"x]","l": [ {"i":"},{"}  ], "z":0}`},
		{"0001", `{"a":"x]","l": [ {"i":[{}]}  ], "z":0}`},
		{"0011", `{"a":"x]","l": [ 3,{"i":[{}]}  ], "z":0}`},
		{"1001", `{"a":"x]","l": [ {"i":1},{"i":[{}]}  ], "z":0}`},
		{"1110", `{"a":"x]","l": [ {"i":1},` + "\n" + ` {"i":"},{"} ,3  ], "z":0}`},
	} {
		var elements []int64
		var keep []bool
		for i, at := range starts {
			elements = append(elements, int64(at))
			keep = append(keep, c.keep[i] == '1')
		}
		var out bytes.Buffer
		in := bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(text)), 16)
		if err := (&copier{ctx: t.Context(), in: in, out: &out, Changes: Changes{Elements: elements, Keep: func(i int) bool { return keep[i] }}}).file(); err != nil || out.String() != c.want {
			t.Errorf("keep %s: error %v, text\n%s\nwant\n%s", c.keep, err, out.String(), c.want)
		}
	}
}

// Text that is not what it was is noticed or comes to an end; it never makes
// the copier hang or panic.
func TestCopierOfOtherText(t *testing.T) {
	const text = `{"images": [{"id": 1}, {"id": 2}, {"id": 3}], "annotations": []}`
	var elements []int64
	for at := range len(text) {
		if text[at] == '{' && at > 0 {
			elements = append(elements, int64(at))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		other := []byte(text)
		for range 1 + random.IntN(3) {
			other[random.IntN(len(other))] = `{}[],:" 1a`[random.IntN(10)]
		}
		other = other[:random.IntN(len(other)+1)]
		var out bytes.Buffer
		keep := []bool{true, false, true}
		c := copier{ctx: t.Context(), in: bufio.NewReaderSize(bytes.NewReader(other), 16), out: &out, Changes: Changes{Elements: elements, Keep: func(i int) bool { return keep[i] }}}
		if err := c.file(); err == nil && out.Len() > len(other) {
			t.Fatalf("%q: wrote %d of %d bytes", other, out.Len(), len(other))
		}
	}
}
