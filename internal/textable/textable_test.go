package textable_test

import (
	"math"
	"testing"

	"cocostat/internal/textable"
)

func TestString(t *testing.T) {
	table := textable.New("name", ">n")
	table.Add("节理", "7")         // two wide characters: four cells
	table.Add("e\u0301te", "12") // a combining accent: three cells
	table.Add("a\x1b[2J\nb", "") // what a name can do to a terminal
	want := "name      n\n-----------\n节理      7\ne\u0301te      12\na�[2J�b\n"
	if got := table.String(); got != want {
		t.Errorf("table\n%swant\n%s", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	table := textable.New("name", ">n")
	table.Add("a|b", "7")
	want := "| name | n |\n| --- | ---:|\n| a\\|b | 7 |\n"
	if got := table.Markdown(); got != want {
		t.Errorf("table\n%swant\n%s", got, want)
	}
}

func TestAddWantsACellForEachHeader(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for a row that is too short")
		}
	}()
	textable.New("a", "b").Add("1")
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 860001: "860,001"} {
		if got := textable.Integer(n); got != want {
			t.Errorf("Integer(%d) = %q, want %q", n, got, want)
		}
	}
	if got := textable.Decimal(12345.678, 1); got != "12,345.7" {
		t.Errorf("Decimal(12345.678, 1) = %q", got)
	}
	if got := textable.Decimal(math.NaN(), 1); got != "–" {
		t.Errorf("Decimal(NaN, 1) = %q", got)
	}
	if got := textable.Percent(0.0867); got != "8.67 %" {
		t.Errorf("Percent(0.0867) = %q", got)
	}
}

// A colour takes no room, and goes to whole cells only.
func TestPaint(t *testing.T) {
	table := textable.New("kind", "n")
	table.Add("bad", "1")
	table.Add("badly", "2")
	table.Paint(0, map[string]textable.Color{"bad": textable.Red})
	want := "kind   n\n--------\n\x1b[31mbad\x1b[0m    1\nbadly  2\n"
	if got := table.String(); got != want {
		t.Errorf("table\n%q\nwant\n%q", got, want)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct{ in, want string }{{"épée", "épée"}, {"épées", "épé…"}, {"", ""}} {
		if got := textable.Shorten(c.in, 4); got != c.want {
			t.Errorf("Shorten(%q, 4) = %q, want %q", c.in, got, c.want)
		}
	}
}
