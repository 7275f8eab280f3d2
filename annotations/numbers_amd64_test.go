package annotations

import (
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
	if !vectors {
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

// numberLists never accepts what encoding/json refuses, and ends where it
// ends; and it accepts the lists that it is made for. The lists are valid ones
// with a few bytes changed, at all distances from the blocks' ends.
func TestNumberLists(t *testing.T) {
	if !vectors {
		t.Skip("this processor has no AVX2")
	}
	r := rand.New(rand.NewPCG(5, 6))
	accepted, refused := 0, 0
	for range 60000 {
		text := []byte(plainLists(r, 3))
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
		buf = append(buf, make([]byte, padding)...)
		end, ok := numberLists(buf, 0)
		if ok {
			accepted++
			if !json.Valid(buf[:end]) {
				t.Fatalf("accepted %q of %q", buf[:end], text)
			}
		} else {
			refused++
			if mutations == 0 {
				t.Fatalf("refused %q", text)
			}
		}
	}
	if accepted < 5000 || refused < 5000 {
		t.Errorf("%d accepted, %d refused: one side is hardly tested", accepted, refused)
	}
}

// plainLists writes a list of numbers and lists.
func plainLists(r *rand.Rand, depth int) string {
	space := func() string { return []string{"", "", "", " ", "\n  ", strings.Repeat(" ", r.IntN(70))}[r.IntN(6)] }
	var parts []string
	for range 1 + r.IntN(12) {
		part := ""
		if depth > 0 && r.IntN(6) == 0 {
			part = plainLists(r, depth-1)
		} else {
			part = []string{"", "", "-"}[r.IntN(3)] + []string{"0", "7", "640", "12345678901234567890123"}[r.IntN(4)] + []string{"", ".5", ".00", ".123456789012345678901234567890"}[r.IntN(4)]
		}
		parts = append(parts, space()+part+space())
	}
	return "[" + strings.Join(parts, ",") + "]"
}
