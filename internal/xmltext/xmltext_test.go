package xmltext_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"cocostat/internal/xmltext"
)

var bg = context.Background()

// tokens writes down what the lexer says of a text, texts that follow each other
// as one.
func tokens(l *xmltext.Lexer) (string, error) {
	var out, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&out, "%q ", strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text.String()))
		}
		text.Reset()
	}
	for {
		switch l.Next() {
		case xmltext.None:
			flush()
			return out.String(), l.Err()
		case xmltext.Start:
			flush()
			fmt.Fprintf(&out, "<%s", l.Name())
			for name, value := range l.Attrs() {
				fmt.Fprintf(&out, " %s=%q", name, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(value)))
			}
			out.WriteString("> ")
		case xmltext.End:
			flush()
			fmt.Fprintf(&out, "</%s> ", l.Name())
		case xmltext.Text:
			text.Write(l.Bytes())
		}
	}
}

// twin is tokens by encoding/xml.
func twin(text string) (string, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	var out, pending strings.Builder
	depth := 0
	flush := func() {
		if pending.Len() > 0 && depth > 0 {
			fmt.Fprintf(&out, "%q ", pending.String())
		}
		pending.Reset()
	}
	name := func(n xml.Name) string {
		if n.Space != "" {
			return n.Space + ":" + n.Local
		}
		return n.Local
	}
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			flush()
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		switch t := token.(type) {
		case xml.StartElement:
			flush()
			depth++
			fmt.Fprintf(&out, "<%s", name(t.Name))
			for _, a := range t.Attr {
				fmt.Fprintf(&out, " %s=%q", name(a.Name), a.Value)
			}
			out.WriteString("> ")
		case xml.EndElement:
			flush()
			depth--
			fmt.Fprintf(&out, "</%s> ", name(t.Name))
		case xml.CharData:
			pending.Write(t)
		}
	}
}

var valid = []string{
	`<a/>`,
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE a [<!ENTITY x \"<b>\"><!-- ' -->]>\n<!-- c --><a b = '1' c=\"2&lt;&#65;&#x42;\"\n>x &amp; y<b/><![CDATA[<i>&amp;]]>z</a>\n<!-- end -->",
	"\xef\xbb\xbf<größe wert=\"ü\">…</größe>",
	"<a>\r\n<?pi x?>\t<b></b >  </a >",
	"<a>" + strings.Repeat("long ü &amp; ]] ", 10000) + "</a>",
	"<a b=\"" + strings.Repeat("1,2;", 100000) + "\"><![CDATA[" + strings.Repeat("]] ü", 40000) + "]]></a>",
}

// What is valid gives the tokens of encoding/xml, in windows of all sizes.
func TestTokens(t *testing.T) {
	for _, text := range valid {
		want, err := twin(text)
		if err != nil {
			t.Fatalf("%.80q: %v", text, err)
		}
		for _, window := range []int{64, 100, 5000, 1 << 20} {
			got, err := tokens(xmltext.New(bg, strings.NewReader(text), "test", window))
			if err != nil || got != want {
				t.Errorf("window %d: %.80q: %.200s, %v; want %.200s", window, text, got, err, want)
			}
		}
		if len(text) > 1000 {
			continue
		}
		got, err := tokens(xmltext.New(bg, iotest.OneByteReader(strings.NewReader(text)), "test", 64))
		if err != nil || got != want {
			t.Errorf("byte by byte: %.80q: %.200s, %v", text, got, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "line 1, column 1 (byte 0): the text holds no element",
		"<a>\n<b></a>":         "line 2, column 4 (byte 7): </a> where </b> should follow",
		"<a><b>":               "the text ends within <b>: it is truncated",
		"<a b=\"1":             "within a tag",
		"<a b=1>":              "stands in quotes",
		"<a b=\"1\" b=\"2\"/>": "attribute b stands here again",
		"<a b=\"1\"c=\"2\"/>":  "a space should stand here",
		"<a b/>":               "an attribute is written",
		"<a/><b/>":             "a second root element, <b>",
		"<a/>x":                "outside of the root",
		"x<a/>":                "outside of the root",
		"</a>":                 "</a> closes nothing",
		"<a>&x;</a>":           "&x is none of &lt;",
		"<a>&amp</a>":          "none of &lt;",
		"<a>&#xd800;</a>":      "none of &lt;",
		"<a>\x01</a>":          "byte 0x01",
		"<a>\xff</a>":          "not UTF-8",
		"\xff\xfe<\x00a\x00":   "UTF-16",
		"<\x00a\x00":           "UTF-16",
		"<!-- a":               "a comment: it is truncated",
		"<a><![CDATA[x":        "CDATA section: it is truncated",
		"<!DOCTYPE a [":        "document type: it is truncated",
		"<a>]]></a>":           "]]> stands in a text",
		"<a><!DOCTYPE a></a>":  "no comment, CDATA section or document type here",
		"<a b=\"<\"/>":         "< stands in an attribute",
		"<a <b/>":              "< stands in a tag",
		"<?xml version=\"1.0\" encoding=\"GB2312\"?><a>\xc4\xe3</a>":                   "the encoding is GB2312: convert the text to UTF-8 (iconv -f GB2312",
		strings.Repeat("<a>", 100000):                                                  "more than 10000 elements inside each other",
		"<a " + strings.Repeat("b", 20<<20):                                            "more than 16 MiB",
		"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z SYSTEM \"/etc/passwd\">]><a>&z;</a>": "&z is none of",
	} {
		_, err := tokens(xmltext.New(bg, strings.NewReader(text), "test", 100))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "test: line ") {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

// An entity bomb is not expanded.
func TestEntityBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("<!DOCTYPE a [<!ENTITY e0 \"0123456789\">")
	for i := range 30 {
		fmt.Fprintf(&b, "<!ENTITY e%d \"%s\">", i+1, strings.Repeat(fmt.Sprintf("&e%d;", i), 10))
	}
	b.WriteString("]><a>&e30;</a>")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := tokens(xmltext.New(bg, strings.NewReader(b.String()), "test", 4096))
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "are not read") || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("error %v, %d bytes", err, after.TotalAlloc-before.TotalAlloc)
	}
}

func TestElements(t *testing.T) {
	l := xmltext.New(bg, strings.NewReader("<a>\n<b> x<i>y</i>z </b>\n<c><b>w</b></c><d e=\"\" f=\"1\"/></a>"), "test", 64)
	if l.Next() != xmltext.Start {
		t.Fatal(l.Err())
	}
	var seen []string
	ok := l.Children(func(name []byte) bool {
		said := fmt.Sprintf("%s:%d:%d", name, l.Line(), l.Offset())
		switch string(name) {
		case "b":
			text, ok := l.Content(100)
			seen = append(seen, said+":"+string(text))
			return ok
		case "d":
			said += fmt.Sprintf("%q%q%v", l.Attr("e"), l.Attr("f"), l.Attr("g") == nil)
		}
		seen = append(seen, said)
		return l.Skip()
	})
	if got, want := strings.Join(seen, " "), `b:2:4:xz c:3:24 d:3:39""`+`"1"true`; !ok || got != want || l.Next() != xmltext.None || l.Err() != nil {
		t.Errorf("%v %s, want %s; %v", ok, got, want, l.Err())
	}
}

// What the lexer takes, encoding/xml takes, with the same tokens.
func FuzzTwin(f *testing.F) {
	for _, text := range valid[:4] {
		f.Add([]byte(text), 64)
	}
	f.Add([]byte("<!DOCTYPE a [<!ELEMENT a (b)>]><a><b c='d'>]]&gt;</b></a>"), 80)
	f.Fuzz(func(t *testing.T, text []byte, window int) {
		got, err := tokens(xmltext.New(bg, strings.NewReader(string(text)), "test", window&4095))
		again, errAgain := tokens(xmltext.New(bg, iotest.HalfReader(strings.NewReader(string(text))), "test", 1<<20))
		if fmt.Sprint(err) != fmt.Sprint(errAgain) && !strings.Contains(fmt.Sprint(err, errAgain), "bytes behind") || err == nil && got != again {
			t.Fatalf("window %d: %s, %v; whole: %s, %v", window&4095, got, err, again, errAgain)
		}
		if err != nil || strings.ContainsRune(string(text), ':') || strings.Contains(string(text), "<?xml") || names(got) {
			return
		}
		want, err := twin(strings.TrimPrefix(string(text), "\xef\xbb\xbf"))
		if err != nil || got != want {
			t.Errorf("%q: %s; encoding/xml: %s, %v", text, got, want, err)
		}
	})
}

// names reports whether a name holds more than ASCII: encoding/xml knows which
// letters may, the lexer takes all.
func names(tokens string) bool {
	return strings.ContainsFunc(tokens, func(r rune) bool { return r >= 0x80 })
}

func BenchmarkLexer(b *testing.B) {
	text := "<annotations>" + strings.Repeat("<image id=\"1\" name=\"2007_000027.jpg\" width=\"486\" height=\"500\">\n    <box label=\"person\" occluded=\"0\" source=\"manual\" xtl=\"174.00\" ytl=\"101.00\" xbr=\"349.00\" ybr=\"351.00\" z_order=\"0\">\n    </box>\n  </image>\n", 100000) + "</annotations>"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		l := xmltext.New(bg, strings.NewReader(text), "test", 256<<10)
		for l.Next() != xmltext.None {
		}
		if l.Err() != nil {
			b.Fatal(l.Err())
		}
	}
}
