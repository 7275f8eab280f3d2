package edit

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// By hand: only the object's own members change, wherever else their names stand.
func TestReplace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"id": 7, "x": {"id": 7}, "s": "\"id\": 7"}`, `{"id": <7>, "x": {"id": 7}, "s": "\"id\": 7"}`},
		{`{ "a" : [ {"id":1} ] , "id"` + "\n:\t7 }", `{ "a" : [ {"id":1} ] , "id"` + "\n:\t<7> }"},
		{`{"i\u0064":"7","id":null}`, `{"i\u0064":<"7">,"id":<null>}`},
		{`{}`, `{}`}, {`[{"id": 7}]`, `[{"id": 7}]`}, {`3`, `3`}, {`"id"`, `"id"`},
	} {
		got := Replace([]byte(c.text), func(key string, value []byte) []byte {
			if key != "id" {
				return nil
			}
			return []byte("<" + string(value) + ">")
		})
		if string(got) != c.want {
			t.Errorf("%s became %s, want %s", c.text, got, c.want)
		}
	}
}

// Texts that are cut or damaged never make it panic.
func TestReplaceOfOtherText(t *testing.T) {
	const text = `{"id": 7, "x": {"id": [1, "a\"b"]}, "s" : "\"id\": 7"}`
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		other := []byte(text)
		for range random.IntN(4) {
			other[random.IntN(len(other))] = `{}[],:" 1a\`[random.IntN(11)]
		}
		other = other[:random.IntN(len(other)+1)]
		size := len(other)
		got := Replace(other, func(string, []byte) []byte { return []byte("1") })
		if len(got) > size+20 {
			t.Fatalf("%q became %q", other, got)
		}
	}
}

// Insertions at the ends that ReadFrame finds give what encoding/json makes of the
// longer lists.
func TestFrame(t *testing.T) {
	for _, text := range []string{
		"\ufeff" + `{"images": [{"id": 1}, 2 ], "x": {"images": [1]}, "annotations": [ ], "n": 3}` + "\n",
		`{"annotations":[],"images":[[],"]"]}`, `{"other": 1, "images": [{}]}`,
	} {
		f, err := ReadFrame(t.Context(), iotest.OneByteReader(strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		var c Changes
		for _, l := range f.Lists {
			added := ", 99"
			if l.Empty {
				added = "99"
			}
			c.Insertions = append(c.Insertions, Insertion{l.End, func(w io.Writer) error {
				_, err := io.WriteString(w, added)
				return err
			}})
		}
		c.Insertions = append(c.Insertions, Insertion{f.End, func(w io.Writer) error {
			_, err := io.WriteString(w, `, "more": []`)
			return err
		}})
		var out bytes.Buffer
		if err := Copy(t.Context(), &out, iotest.HalfReader(strings.NewReader(text)), c); err != nil {
			t.Fatal(err)
		}
		var before, after map[string]any
		if json.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &before) != nil || json.Unmarshal(bytes.TrimPrefix(out.Bytes(), []byte("\ufeff")), &after) != nil {
			t.Fatalf("%s became %s", text, out.String())
		}
		for key, value := range before {
			if list, is := value.([]any); is {
				before[key] = append(list, 99.0)
			}
		}
		before["more"] = []any{}
		want, _ := json.Marshal(before)
		if got, _ := json.Marshal(after); !bytes.Equal(got, want) {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}

// By hand: elements that change beside others that go.
func TestChange(t *testing.T) {
	const text = `{"l": [{"i":1}, {"i":2}, {"i":3}]}`
	c := Changes{Keep: func(i int) bool { return i != 1 }, Change: func(i int, text []byte) ([]byte, error) {
		return Replace(text, func(string, []byte) []byte { return []byte{byte('7' + i)} }), nil
	}}
	for at := range text {
		if text[at] == '{' && at > 0 {
			c.Elements = append(c.Elements, int64(at))
		}
	}
	var out bytes.Buffer
	if err := Copy(t.Context(), &out, strings.NewReader(text), c); err != nil || out.String() != `{"l": [{"i":7}, {"i":9}]}` {
		t.Errorf("%s, %v", out.String(), err)
	}
}
