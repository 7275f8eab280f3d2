package textable_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"cocostat/internal/textable"
)

// sides has two tables side by side: 11 columns and 9, with a gap of four between.
func sides() *textable.Table {
	t := textable.New("total", ">", "|size", ">n")
	t.Add("images", "100", "small", "12")
	t.Add("classes", "7", "", "")
	t.Add("empty", "3", "", "")
	return t
}

func TestFitSideBySide(t *testing.T) {
	wide := "total           size    n\n-------------------------\nimages   100    small  12\nclasses    7\nempty      3\n"
	narrow := "total\n------------\nimages   100\nclasses    7\nempty      3\n\nsize    n\n---------\nsmall  12\n"
	for columns, want := range map[int]string{0: wide, 25: wide, 80: wide, 24: narrow, 12: narrow} {
		if got := sides().Fit(columns); got != want {
			t.Errorf("at %d columns\n%s\nwant\n%s", columns, got, want)
		}
	}
	if got, want := sides().Markdown(), "| total |  | size | n |\n| --- | ---:| --- | ---:|\n| images | 100 | small | 12 |\n"; !strings.HasPrefix(got, want) {
		t.Errorf("Markdown\n%s\nwant\n%s", got, want)
	}
}

// Names are shortened first; where that is not enough, the numbers go to several
// tables, each with the names.
func TestFitNames(t *testing.T) {
	table := textable.New(">id", "class", ">instances", ">images", "group")
	table.Add("1", "a traffic light, red", "1,234", "99", "head")
	table.Add("12", "bus", "5", "4", "tail")
	table.Paint(4, map[string]textable.Color{"tail": textable.Red})
	for columns, want := range map[int]string{
		46: "id  class             instances  images  group\n----------------------------------------------\n" +
			" 1  a traffic light…      1,234      99  head\n12  bus                       5       4  \x1b[31mtail\x1b[0m\n",
		36: "id  class         instances  images\n-----------------------------------\n 1  a traffic l…      1,234      99\n12  bus                   5       4\n\n" +
			"id  class         group\n-----------------------\n 1  a traffic l…  head\n12  bus           \x1b[31mtail\x1b[0m\n",
	} {
		if got := table.Fit(columns); got != want {
			t.Errorf("at %d columns\n%s\nwant\n%s", columns, got, want)
		}
	}
}

// The texts of the last column become several lines, which begin where the text
// does.
func TestFitTexts(t *testing.T) {
	table := textable.New("kind", "problem")
	table.Add("box", "boxes that reach beyond their image")
	table.Add("", "  id 7 at byte 123456, id 8")
	want := "kind  problem\n------------------------\nbox   boxes that reach\n      beyond their image\n        id 7 at byte\n        123456, id 8\n"
	if got := table.Fit(26); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

// Whatever the texts, no line is wider than the terminal, if a number and the
// shortest name have room in it.
func TestFitAlways(t *testing.T) {
	table := textable.New("recipe", "row", ">AP", ">95 %", "|settings", "what it is about")
	for _, name := range []string{"", "table1/baseline", "an-unbroken-name-that-is-longer-than-any-terminal-may-be-wide-and-has-no-space", "节理节理节理节理节理节理节理节理节理节理"} {
		table.Add(name, name, "12.3", "11.1 … 13.5", name, name+" "+strings.Repeat("words ", 30))
	}
	for columns := 30; columns < 200; columns++ {
		for line := range strings.Lines(table.Fit(columns)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
				t.Fatalf("at %d columns a line of %d: %s", columns, n, line)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{"": "", "a b": "a b", "one two three": "one two|three", "  in dented": "  in|  dented", "unbreakable": "unbreakable"} {
		if got := strings.Join(textable.Wrap(text, 8), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
