//go:build !noasm

package vector

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// classifyBytes is classify, byte by byte.
func classifyBytes(text []byte, out *[classifyBlocks]classes) {
	for i := range out {
		c := &out[i]
		*c = classes{}
		for j, b := range text[64*i : 64*i+64] {
			of := map[byte]*uint64{'.': &c.point, ',': &c.comma, '-': &c.minus, '[': &c.open, ']': &c.close,
				' ': &c.space, '\t': &c.space, '\n': &c.space, '\r': &c.space}[b]
			if '0' <= b && b <= '9' {
				of = &c.digit
			}
			if of != nil {
				*of |= 1 << j
			}
			if b == '0' {
				c.zero |= 1 << j
			}
		}
	}
}

// Every byte has its class at every place.
func TestClassify(t *testing.T) {
	if !Available {
		t.Skip("this processor has no AVX2")
	}
	r := rand.New(rand.NewPCG(5, 5))
	text := make([]byte, 64*classifyBlocks)
	for round := range 2000 {
		for i := range text {
			text[i] = byte(i + round)
			if round > 255 {
				const some = "0123456789.,-[] \t\n\r\x00\v/:eE+{\xb0\x80"
				text[i] = some[r.IntN(len(some))]
			}
		}
		var got, want [classifyBlocks]classes
		classifyBytes(text, &want)
		classifyAVX2(&text[0], classifyBlocks, &got[0])
		if got != want {
			t.Fatalf("AVX2, %q: %+v, want %+v", text, got, want)
		}
		if !wide {
			continue
		}
		got = [classifyBlocks]classes{}
		classifyAVX512(&text[0], classifyBlocks, &got[0])
		if got != want {
			t.Fatalf("AVX-512, %q: %+v, want %+v", text, got, want)
		}
	}
}

// verdicts counts lists that were accepted and refused.
type verdicts struct{ accepted, refused int }

// add wants what was accepted of a text to be JSON, and a text that is as it was made
// to be accepted.
func (n *verdicts) add(t *testing.T, ok bool, list, text []byte, mutated bool) {
	t.Helper()
	switch {
	case ok && !json.Valid(list):
		t.Fatalf("accepted %q of %q", list, text)
	case ok:
		n.accepted++
	case !mutated:
		t.Fatalf("refused %q", text)
	default:
		n.refused++
	}
}

// enough wants many of both.
func (n *verdicts) enough(t *testing.T) {
	t.Helper()
	if n.accepted < 5000 || n.refused < 5000 {
		t.Errorf("%d accepted, %d refused: one side is hardly tested", n.accepted, n.refused)
	}
}

// numberLists never accepts what encoding/json refuses, and ends where it
// ends; and it accepts the lists that it is made for. The lists are valid ones
// with a few bytes changed, at all distances from the blocks' ends.
func TestNumberLists(t *testing.T) {
	if !Available {
		t.Skip("this processor has no AVX2")
	}
	r := rand.New(rand.NewPCG(5, 6))
	var n verdicts
	for range 60000 {
		text := []byte(randomLists(r, 3, anySpace(r)))
		mutations := r.IntN(3)
		for range mutations {
			switch at := r.IntN(len(text)); r.IntN(3) {
			case 0:
				const some = "0123456789.,-[] \neE+\"{"
				text[at] = some[r.IntN(len(some))]
			case 1:
				text = append(text[:at], text[at+1:]...)
			default:
				text = append(text[:at+1], text[at:]...)
			}
		}
		if len(text) == 0 || text[0] != '[' {
			continue
		}
		buf := append(append([]byte{}, text...), ", 1]"...)
		buf = append(buf, make([]byte, 64*classifyBlocks)...)
		end, ok := numberLists(buf, 0)
		n.add(t, ok, buf[:end], text, mutations > 0)
	}
	n.enough(t)
}

// plainLists never accepts what encoding/json refuses, ends where it ends, and
// accepts lists that are written as programs write them.
func TestPlainLists(t *testing.T) {
	if !byPairs {
		t.Skip("this processor has no AVX-512 VBMI")
	}
	r := rand.New(rand.NewPCG(5, 7))
	var n verdicts
	for round := range 60000 {
		space := []string{"", " "}[r.IntN(2)]
		text := []byte(randomLists(r, 3, func(before bool) string {
			if before && round > 0 {
				return space
			}
			return ""
		}))
		if space == " " { // none behind opening brackets
			text = bytes.ReplaceAll(text, []byte("[ "), []byte("["))
		}
		mutations := r.IntN(3)
		for range mutations {
			const some = "00012.,-[] \neE\"{\x7f\x80\xb0\xac"
			switch at := r.IntN(len(text)); r.IntN(4) {
			case 0, 1:
				text[at] = some[r.IntN(len(some))]
			case 2:
				text = append(text[:at], text[at+1:]...)
			default:
				text = append(text[:at+1], text[at:]...)
			}
		}
		if len(text) == 0 || text[0] != '[' {
			continue
		}
		before := r.IntN(3)
		buf := append([]byte("[5."[:1+before]), text...)
		buf = append(append(buf, ", 1]"...), make([]byte, 64*classifyBlocks)...)
		end, ok := plainLists(buf, 1+before)
		n.add(t, ok, buf[1+before:end], text, mutations > 0)
	}
	n.enough(t)
}

// Every string of up to five of the bytes that matter, at the end of a block
// and across it.
func TestPlainListsShort(t *testing.T) {
	if !byPairs {
		t.Skip("this processor has no AVX-512 VBMI")
	}
	const some = "01.,-[] e"
	long := "[" + strings.Repeat("123,", 15) // 61 bytes
	var inner [5]byte
	var try func(n int)
	try = func(n int) {
		if n > 0 {
			text := long + string(inner[:n]) + "]"
			buf := append(append([]byte("x"), text...), make([]byte, 64*classifyBlocks)...)
			if end, ok := plainLists(buf, 1); ok && !json.Valid(buf[1:end]) {
				t.Fatalf("accepted %q", buf[1:end])
			} else if !ok && strings.Trim(string(inner[:n]), "01.,") == "" && json.Valid([]byte(text)) {
				t.Fatalf("refused %q", text)
			}
		}
		for i := range len(some) {
			if n < len(inner) {
				inner[n] = some[i]
				try(n + 1)
			}
		}
	}
	try(0)
}

// anySpace is white space before or behind a value.
func anySpace(r *rand.Rand) func(bool) string {
	return func(bool) string {
		return []string{"", "", "", " ", "\n  ", strings.Repeat(" ", r.IntN(70))}[r.IntN(6)]
	}
}

// randomLists writes a list of numbers and lists.
func randomLists(r *rand.Rand, depth int, space func(before bool) string) string {
	var parts []string
	for range 1 + r.IntN(12) {
		part := ""
		if depth > 0 && r.IntN(6) == 0 {
			part = randomLists(r, depth-1, space)
		} else {
			part = []string{"", "", "-"}[r.IntN(3)] + []string{"0", "7", "640", "12345678901234567890123"}[r.IntN(4)] + []string{"", ".5", ".00", ".123456789012345678901234567890"}[r.IntN(4)]
		}
		parts = append(parts, space(true)+part+space(false))
	}
	return "[" + strings.Join(parts, ",") + "]"
}
