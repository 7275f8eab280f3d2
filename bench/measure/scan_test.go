package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestFaults checks that each fault changes the sound file, and against
// encoding/json that the file is sound and its twins are not. Invalid UTF-8 is
// the one fault that encoding/json accepts.
func TestFaults(t *testing.T) {
	if !json.Valid([]byte(sound)) || !utf8.ValidString(sound) {
		t.Fatal("the sound file is not valid")
	}
	for _, f := range faults {
		if strings.Count(sound, f.from) != 1 {
			t.Errorf("%s: %q occurs %d times", f.name, f.from, strings.Count(sound, f.from))
		}
		twin := strings.Replace(sound, f.from, f.to, 1)
		if json.Valid([]byte(twin)) && utf8.ValidString(twin) {
			t.Errorf("%s: still valid", f.name)
		}
	}
}

func TestCompareCounts(t *testing.T) {
	reference := counts{1: {5, 2}, 7: {1, 1}}
	for text, want := range map[string]string{
		"1 5 2\n3 0 0\n7 1 1\n": "",
		"7 1 1\n1 5 2\n":        "",
		"1 5 3\n7 1 1\n":        "category 1",
		"1 5 2\n":               "1 classes",
	} {
		c, err := parseCounts([]byte(text))
		if err == nil {
			err = c.compare(reference)
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	if _, err := parseCounts([]byte("Done\n")); err == nil {
		t.Error("text passes as counts")
	}
}

// TestProcess runs shells: what a process takes, why it fails, and that it ends
// with its children when the benchmark is interrupted.
func TestProcess(t *testing.T) {
	ctx := context.Background()
	m, err := process{args: []string{"cat"}, feed: []string{"sh", "-c", "echo fed"}, output: true}.run(ctx)
	if err != nil || string(m.output) != "fed\n" || m.peak <= 0 || m.wall <= 0 {
		t.Errorf("fed cat: %+v, %v", m, err)
	}
	_, err = process{args: []string{"sh", "-c", "echo one >&2; echo why >&2; exit 3"}}.run(ctx)
	if err == nil || !strings.Contains(err.Error(), "exit status 3: why") {
		t.Errorf("error %v, want the exit status and the last line", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err = process{args: []string{"sh", "-c", "sleep 60 | cat"}, output: true}.run(ctx)
	if err == nil || !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("error %v after an interruption", err)
	}
}

// TestSolve recovers figures that were put in: 100 bytes an image, 10 an
// annotation and 50 a pair, on top of 20 MB.
func TestSolve(t *testing.T) {
	row := func(images, annotations, pairs int64) grown {
		a := &analysis{images: images, annotations: annotations, pairs: pairs}
		return grown{result: a, median: measured{peak: 20e6 + 100*images + 10*annotations + 50*pairs}}
	}
	g := growth{rows: []grown{row(10, 50, 20), row(40, 200, 80), row(10, 50, 20), row(40, 200, 80),
		row(160, 800, 320), row(160, 50, 20), row(10, 800, 20)}}
	g.solve()
	if g.image != 100 || g.annotation != 10 || g.pair != 50 {
		t.Errorf("%v bytes an image, %v an annotation, %v a pair; want 100, 10, 50", g.image, g.annotation, g.pair)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 860001: "860,001", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{51 * time.Millisecond: "0.051", 1234 * time.Millisecond: "1.23", 39900 * time.Millisecond: "39.9"} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%v) = %s, want %s", d, got, want)
		}
	}
}
