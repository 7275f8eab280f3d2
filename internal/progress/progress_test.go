package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestPlainLines(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, false)
	l.Update(func() string { t.Error("rendered before its time"); return "" })
	l.last = l.last.Add(-time.Minute)
	l.Update(func() string { return "half" })
	l.Update(func() string { return "too soon" })
	l.Printf("%d done", 7)
	l.Done()
	if got, want := out.String(), "half\n7 done\n"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestMovingLine(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, true)
	l.last = l.last.Add(-time.Minute)
	l.Update(func() string { return "half" })
	l.Printf("note")
	l.Done()
	if got, want := out.String(), "\r\x1b[Khalf\r\x1b[Knote\n"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// A buffer has no width: 80 columns are assumed, of which the last stays free.
func TestMovingLineDoesNotWrap(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, true)
	l.last = l.last.Add(-time.Minute)
	l.Update(func() string { return strings.Repeat("λ", 200) })
	if got, want := out.String(), "\r\x1b[K"+strings.Repeat("λ", 79); got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		7 * time.Second:                       "7s",
		185 * time.Second:                     "3m05s",
		2*time.Hour + 7*time.Minute:           "2h07m",
		59*time.Second + 600*time.Millisecond: "1m00s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
