package jsontext

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"cocostat/internal/jsontext/jsontest"
)

// Windows and the longest tokens in them, so small that tokens, numbers and
// escapes fall across their ends, and the sizes that are usual.
var windows = [][2]int{{61, 40}, {64, 60}, {200, 150}, {8 << 10, 4 << 10}}

func open(text string, size [2]int) *Lexer {
	return New(context.Background(), strings.NewReader(text), "test", size[0], size[1])
}

// skipAll checks a text that is one value.
func skipAll(text string, size [2]int) error {
	l := open(text, size)
	if _, ok := l.Begin(); ok && l.SkipValue() && !l.AtEnd() {
		l.Unexpected("the end")
	}
	return l.Err()
}

// The verdict on every value, alone and within others, is that of encoding/json,
// and an error is a syntax error.
func TestSkipValue(t *testing.T) {
	for _, value := range jsontest.Values() {
		for _, frame := range []string{"%s", " [%s]", `{"a": %s}`, "[1.5,[2,%s,3]]", `[{"x":%s,"y":"z"},%s]`, "\n[[%s],[\"\"]]\t", `["` + strings.Repeat("k", 55) + `",%s]`} {
			text := strings.ReplaceAll(frame, "%s", value)
			valid := json.Valid([]byte(strings.TrimPrefix(text, "\ufeff")))
			for _, size := range windows {
				err := skipAll(text, size)
				if syntax := new(SyntaxError); (err == nil) != valid || err != nil && !errors.As(err, &syntax) {
					t.Fatalf("window %d: %v, but encoding/json says %v of %q", size, err, valid, text)
				}
			}
		}
	}
}

// Objects and arrays inside each other are limited where encoding/json limits
// them.
func TestDepth(t *testing.T) {
	for _, depth := range []int{1, 64, 65, maxDepth / 2, maxDepth - 1, maxDepth, maxDepth + 1} {
		for _, pair := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
			text := strings.Repeat(pair[0], depth) + "1" + strings.Repeat(pair[1], depth)
			if err := skipAll(text, windows[2]); (err == nil) != json.Valid([]byte(text)) {
				t.Errorf("%d times %s: %v", depth, pair[0], err)
			}
		}
	}
}

// Errors name the byte, line and column, which are counted by hand here.
func TestErrorPlaces(t *testing.T) {
	for _, test := range []struct {
		text                 string
		offset, line, column int64
		msg                  string
	}{
		{"[1, 02]", 5, 1, 6, "starts with 0"},
		{"{\n \"a\": 1,\n}", 11, 3, 1, "a key in double quotes, found '}'"},
		{"[\r\n1,\ntru]", 9, 3, 4, "expected true, found ']'"},
		{"{\"é\": nul}", 10, 1, 11, "expected null"},
		{"[NaN]", 1, 1, 2, "NaN, which is not JSON"},
		{"['a']", 1, 1, 2, "single quote"},
		{"[\"x\ny\"]", 3, 1, 4, "control characters"},
		{"[1] x", 4, 1, 5, "expected the end, found 'x'"},
		{"[1", 2, 1, 3, "truncated"},
		{"[" + strings.Repeat("\n1.5,", 1000) + "\n   x]", 5005, 1002, 4, "a value"},
	} {
		for _, size := range windows {
			err := skipAll(test.text, size)
			e := new(SyntaxError)
			if !errors.As(err, &e) || e.File != "test" || e.Offset != test.offset || e.Line != test.line || e.Column != test.column || !strings.Contains(e.Msg, test.msg) {
				t.Errorf("window %d: %.20q: %v, want byte %d, line %d, column %d, %q", size, test.text, err, test.offset, test.line, test.column, test.msg)
			}
		}
	}
}

// The keys and values of objects are those of encoding/json, also where they fall
// across the ends of windows, unless they are longer than the limit.
func TestObject(t *testing.T) {
	want := map[string]any{
		"a": 1.0, "": "", "é😀": "\"\\\n", "list": []any{1.0, "b", nil}, strings.Repeat("k", 30): strings.Repeat("v", 20),
		"long": strings.Repeat("x", 300), "nested": map[string]any{"a": []any{}},
	}
	text, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("\"a\""), []byte(`"\u0061"`))
	for _, size := range windows {
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(text), "bytes": iotest.OneByteReader(bytes.NewReader(text)), "with EOF": iotest.DataErrReader(bytes.NewReader(text))} {
			l := New(context.Background(), r, "test", size[0], size[1])
			got := map[string]any{}
			if _, ok := l.Begin(); !ok {
				t.Fatal(l.Err())
			}
			ok := l.Object(func(key []byte) bool {
				name := string(key)
				if !l.Colon() {
					return false
				}
				tok, at, ok := l.Token()
				var v any
				switch {
				case !ok:
					return false
				case tok == nil:
					v = want[name] // too long to be looked at
				default:
					if err := json.Unmarshal(tok, &v); err != nil || !bytes.HasPrefix(text[at:], tok) {
						t.Fatalf("%q at %d: %v", tok, at, err)
					}
				}
				got[name] = v
				return true
			})
			if !ok || !l.AtEnd() || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("window %d, %s: %v, error %v", size, name, got, l.Err())
			}
			if len(slices.Collect(maps.Keys(got))) != len(want) {
				t.Errorf("window %d: %d keys", size, len(got))
			}
		}
	}
}

// The elements of lists of numbers, texts and literals.
func TestElements(t *testing.T) {
	for text, want := range map[string][]string{
		"[]": nil, "[ ]": nil, "[1]": {"1"}, "[1, 2.5,-3e1 ,\n4]": {"1", "2.5", "-3e1", "4"},
		`["a", "b,]", "\"", null,true]`: {`"a"`, `"b,]"`, `"\""`, "null", "true"},
	} {
		var got []string
		for e := range Elements([]byte(text)) {
			got = append(got, string(e))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// A part of a text is read where it stands in it.
func TestPart(t *testing.T) {
	text := `{"list": [1, {"a": 2}, ` + "\n" + `{"b": x}]}`
	l := open(text, windows[3]).NewPart()
	from := strings.Index(text, `{"b"`)
	l.SetPart(append([]byte(text[from:]), make([]byte, Padding)...), len(text)-from, int64(from), "{[")
	e := new(SyntaxError)
	if l.Depth() != 2 || l.SkipValue() || !errors.As(l.Err(), &e) || e.Offset != int64(strings.Index(text, "x")) {
		t.Errorf("depth %d, error %v", l.Depth(), l.Err())
	}
	l.SetPart(append([]byte(text[9:13]), make([]byte, Padding)...), 4, 9, "{")
	if l.SkipValue() || l.Err() == nil {
		t.Error("a list without an end was accepted")
	}
}

// FuzzSkipValue compares verdicts with encoding/json.
func FuzzSkipValue(f *testing.F) {
	for _, value := range jsontest.Values() {
		f.Add([]byte("["+value+"]"), uint8(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, window uint8) {
		size := [2]int{40 + int(window), 30 + int(window)/2}
		valid := json.Valid(bytes.TrimPrefix(text, []byte("\ufeff")))
		if err := skipAll(string(text), size); (err == nil) != valid {
			t.Fatalf("window %d: %v, but encoding/json says %v of %q", size, err, valid, text)
		}
	})
}
