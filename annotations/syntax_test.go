package annotations

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)

// syntaxCases are values, right and wrong, for every rule of the grammar. What
// is right is encoding/json's to say.
func syntaxCases() []string {
	cases := []string{
		// numbers
		"0", "-0", "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.5", "1.5.5", "1e5", "1E+5", "1e-05", "1e", "1e+", "1e-", "1ee5",
		"1.e5", "1.5e", "0e0", "0.0", "0x10", "1_000", "1 2", "--1", "- 1", "1-", "1a", "1e1.5", "Infinity", "-Infinity", "NaN", "nan", "inf",
		"123456789012345678901234567890", "0.1234567890123456789", "1e400", "1e-400", "12345678", "1234567", "123456789", "1,5", "1.2,3",
		"12345678.12345678", "1234567.", "1234567.,2", "12345678.", "0.", "00.5",
		"012345678", "0123.45678", ".12345678", "1234.5678.9", "1234.56789e", "12345678x", "00000000", "-00.5", "٣", "1\x00", "1.0\x00",
		// strings
		`""`, `"a"`, `"`, `"a`, `a"`, `'a'`, `"\""`, `"\"`, `"\\"`, `"\\\"`, `"\/\b\f\n\r\t"`, `"\a"`, `"\x41"`, `"\0"`, `"\u0041"`, `"\u004"`,
		`"\u004g"`, `"\U0041"`, `"\uD800"`, `"\uD83D\uDE00"`, `"\uDE00\uD83D"`, `"\u"`, `"\`, "\"\t\"", "\"\n\"", "\"\r\"", "\"\x00\"", "\"\x1f\"",
		"\"\x7f\"", "\"\xff\"", "\"\xc3\x28\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x80\xa8\"", "\"é\"", "\"😀\"", "\"\ufeff\"",
		`"exactly 8"`, `"1234567\"`, `"12345678\""`, "\"12345678\x01\"", "\"1234567\x1f\"", `"` + strings.Repeat("x", 500) + `"`,
		// literals
		"true", "false", "null", "True", "TRUE", "tru", "truee", "nul", "nulll", "fals", "falsey", "undefined", "None", "t", "n", "f", "true false",
		// arrays
		"[]", "[", "]", "[1]", "[1", "1]", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1;2]", "[[]]", "[[]", "[]]", "[ ]", "[\n]", "[1 ,2 , 3]",
		"[1, 2,3 ,4]", "[1,-2,3]", "[1,02]", "[1.5,2.25,]", "[1.5,2.,3]", "[1.5,.2,3]", "[1.5,2e,3]", "[1.5,2.25 3]", "[1:2]", "[1}", "[\"a\",1,\"b\"]",
		"[1,2,3,4,5,6,7,8,9]", "[12,345,6789,12345,123456,1234567,12345678,123456789]", "[1.1,22.22,333.333,4444.4444,55555.55555]", "[0,0.0,00]", "[0,01]",
		"[1,2\x00]", "[1,  2]", "[1,\t2]", "[1,\v2]", "[1,\u00a02]", "[1,\f2]", "[3.,4]", "[1.5,1234567.,2]",
		// objects
		"{}", "{", "}", `{"a":1}`, `{"a":1`, `{"a":1,}`, `{,"a":1}`, `{"a"}`, `{"a":}`, `{:1}`, `{a:1}`, `{'a':1}`, `{"a" 1}`, `{"a"::1}`, `{"a":1 "b":2}`,
		`{"a":1;"b":2}`, `{"a":1,"a":2}`, `{1:2}`, `{null:1}`, `{"a":1]`, `{"a":[}`, `{"a":{}}`, `{"a":{}`, `{ }`, `{"":0}`, `{"a":1,"b"}`, `{"\u0061":1}`, `{"\q":1}`,
		`{"a":1}}`, `{"a" :1 , "b": 2 }`, "{\"a\n\":1}",
		// between and around values
		"", " ", "/**/1", "1//", "#1", "1 ", "\t1\n", "\ufeff1", "\x001", "\xff", ",", ":", "\\", "\\u0031", "@", "*", "&", "1\x0b",
	}
	return cases
}

// Each case stands where the scanner reads, where it skips, and where it reads
// fast; everywhere the verdict is that of encoding/json.
func TestSyntax(t *testing.T) {
	frames := []string{
		`%s`,
		`{"info":%s}`,
		`{"info":[1,2,%s],"images":[]}`,
		`{"info":{"a":%s,"b":1}}`,
		`{"images":[{"id":1,"unknown":%s}]}`,
		`{"images":%s}`,
		`{"images":[%s]}`,
		`{"categories":[{"id":%s,"name":%[1]s}]}`,
		`{"annotations":[{"id":1,"segmentation":[[1.5,2.5,%s,3.5]],"image_id":1}]}`,
		`{"annotations":[{"segmentation":{"counts":%s,"size":[1,2]}}]}`,
		`{"annotations":[{"bbox":[1,%s,3,4]}]}`,
		`{"annotations":[{"bbox":%s}]}`,
		`{"annotations":[{"iscrowd":%s,"area":%[1]s}]}`,
		`{"annotations":[{"image_id":%s},{"category_id":%[1]s}]}`,
		`{"annotations":[]}%s`,
		`%s{"annotations":[]}`,
		"{\"annotations\"\n:\r\n[ {\"x\"\t:%s } ] } ",
	}
	for _, c := range syntaxCases() {
		for _, frame := range frames {
			text := strings.ReplaceAll(strings.ReplaceAll(frame, "%[1]s", c), "%s", c)
			for _, window := range windows {
				checkVerdict(t, []byte(text), window)
			}
		}
	}
}

// Every byte value at every place of a small file.
func TestEveryByte(t *testing.T) {
	text := `{"images":[{"id":1}],"annotations":[{"s":[[1.5,-2e3],"\u00e9"],"id":0}],"x":{"a":null}}`
	for i := range len(text) {
		for b := range 256 {
			damaged := []byte(text)
			damaged[i] = byte(b)
			checkVerdict(t, damaged, 0x40)
		}
	}
}

// A value at every distance from the end of the window.
func TestWindowEnds(t *testing.T) {
	for _, c := range syntaxCases() {
		if len(c) > 40 {
			continue
		}
		for shift := range 70 {
			text := fmt.Sprintf(`{"%s":[1,%s,2.5]}`, strings.Repeat("k", shift), c)
			checkVerdict(t, []byte(text), 64)
		}
	}
}
