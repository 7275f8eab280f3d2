package coco

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
	"cocostat/internal/jsontext/jsontest"
)

// Damaged files: a byte changed, left out or doubled.
func TestVerdictOfDamaged(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 2))
		text := []byte(cocotest.Generate(r))
		at := r.IntN(len(text))
		switch r.IntN(4) {
		case 0:
			text[at] = byte(r.IntN(256))
		case 1:
			text[at] = `{}[],:"\0e-.tfn `[r.IntN(16)]
		case 2:
			text = append(text[:at], text[at+1:]...)
		default:
			text = append(text[:at+1], text[at:]...)
		}
		checkVerdict(t, text, windows[seed%4])
	}
}

// checkVerdict compares the verdict on any text with that of encoding/json,
// with and without a visitor that makes the scanner look at elements.
func checkVerdict(t *testing.T, text []byte, window int) {
	t.Helper()
	plain := bytes.TrimPrefix(text, bom)
	valid := json.Valid(plain)
	scan := func(v annotations.Visitor) error {
		v.Category = func(*annotations.Category) error { return nil } // agreeing categories are no matter of syntax
		return scanWindow(bytes.NewReader(text), window, v)
	}
	_, tallied := annotations.NewTally("", annotations.Options{}, scan)
	for _, err := range []error{scan(annotations.Visitor{}), tallied} {
		syntax, format := new(*annotations.SyntaxError), new(*annotations.FormatError)
		switch {
		case err == nil && !valid:
			t.Fatalf("window %d: accepted, encoding/json does not: %q", window, text)
		case err == nil:
		case errors.As(err, syntax):
			if valid {
				t.Fatalf("window %d: %v, but encoding/json accepts %q", window, err, text)
			}
		case !errors.As(err, format):
			t.Fatalf("window %d: error %v of type %T", window, err, err)
		}
	}
}

// FuzzScan compares verdicts and counts with encoding/json.
func FuzzScan(f *testing.F) {
	for seed := range uint64(20) {
		f.Add([]byte(cocotest.Generate(rand.New(rand.NewPCG(seed, 4)))), uint8(seed))
	}
	for seed := range uint64(20) {
		f.Add([]byte(cocotest.Uniform(rand.New(rand.NewPCG(seed, 6)), int(seed%4), 12)), uint8(100+seed))
	}
	for _, s := range jsontest.Values() {
		f.Add([]byte(`{"images":[{"id":`+s+`}],"categories":[{"id":1}],"annotations":[{"segmentation":[1,`+s+`]}]}`), uint8(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, window uint8) {
		checkVerdict(t, text, 40+int(window))
		// math/big would write out numbers such as 1e999999999.
		if !hugeExponent.Match(text) {
			checkAgainstReference(t, text, 160+8*int(window))
		}
	})
}

// Sound files in chunks of many sizes, so that lists begin and end anywhere in
// a chunk while the next ones are read.
func TestChunkSizes(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 5))
		checkVerdict(t, []byte(cocotest.Generate(r)), 40+r.IntN(500))
	}
}
