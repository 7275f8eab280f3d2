package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
