package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseEvaluation(t *testing.T) {
	text := `{"summary": {"` + strings.Join(twelveNames[:11], `": 0.25, "`) + `": 0.25, "ARl": null}}`
	s, err := parseEvaluation([]byte(text))
	if err != nil || s[0] != 0.25 || s[11] != -1 {
		t.Fatalf("%v, %v", s, err)
	}
	if _, err := parseEvaluation([]byte(`{"summary": {"AP": 0.5}}`)); err == nil {
		t.Error("no error without numbers")
	}
	for output, want := range map[string]string{
		"[" + strings.Repeat("0.25, ", 11) + "-1.0]":                   "equal",
		"[0.2500000000000001, " + strings.Repeat("0.25, ", 10) + "-1]": "differ by up to 1.1e-16",
		"[0.5, " + strings.Repeat("0.25, ", 10) + "-1]":                "differ by up to 0.25",
	} {
		if note, err := s.check([]byte(output)); note != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", output, note, err, want)
		}
	}
	if _, err := s.check([]byte("Done\n")); err == nil {
		t.Error("text passes as numbers")
	}
	s[3] = math.NaN()
	if note, _ := s.check([]byte("[" + strings.Repeat("0.25, ", 11) + "-1]")); note == "equal" {
		t.Error("NaN passes as equal")
	}
}

func TestCountElements(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.json")
	for text, want := range map[string]int{`[]`: 0, `[{"a": 1}, {"b": [2, 3]}]`: 2} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if n, err := countElements(path); n != want || err != nil {
			t.Errorf("%s: %d elements, error %v", text, n, err)
		}
	}
}

// The curve of 1 s at 10,000 and 10 s at 1,000,000 detections goes from the
// left end of the axes to the right one, and from the bottom to the top.
func TestCurve(t *testing.T) {
	in := &evalInput{truth: "t", classes: 80}
	r := &evalReport{input: in}
	broken := &program{why: os.ErrNotExist}
	for _, c := range []struct {
		detections int
		wall       time.Duration
	}{{10000, time.Second}, {1000000, 10 * time.Second}} {
		r.growth = append(r.growth, evalCell{&evalInput{truth: "t", classes: 80, detections: c.detections},
			[]*program{{runs: []measured{{wall: c.wall}}}, broken, broken}})
	}
	svg := r.curve()
	if !strings.Contains(svg, `d="M64.0 340.0L524.0 20.0"`) || strings.Count(svg, "classes</text>") != 1 {
		t.Errorf("unexpected picture:\n%s", svg)
	}
	if empty := (&evalReport{input: in}).curve(); empty != "" {
		t.Errorf("a picture of nothing: %s", empty)
	}
}
