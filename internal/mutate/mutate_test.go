package mutate

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// The limits hold readers to what they say.
func TestWithin(t *testing.T) {
	var kept [][]byte
	for what, read := range map[string]func(){
		"":                 func() {},
		"bytes taken for":  func() { kept = append(kept, make([]byte, memoryBase+memoryTimes*10+1)) },
		"at most 1s may":   func() { time.Sleep(Time + time.Millisecond) },
		"panic: runtime e": func() { kept[len(kept)] = nil },
	} {
		_, err := Within(make([]byte, 10), func([]byte) (Verdict, error) { read(); return Equal, nil })
		if what == "" && err != nil || what != "" && (err == nil || !strings.Contains(err.Error(), what)) {
			t.Errorf("error %v, want %q", err, what)
		}
	}
}

func TestAgainst(t *testing.T) {
	read := Against("a", func(file []byte) (string, error) {
		if len(file) == 0 {
			return "", io.EOF
		}
		return string(file), nil
	})
	for file, want := range map[string]Verdict{"": Refused, "a": Equal, "b": Other} {
		if got, err := read([]byte(file)); got != want || (err != nil) != (want == Refused) {
			t.Errorf("%q: verdict %d, %v; want %d", file, got, err, want)
		}
	}
}

// A seed gives the same mutant, and mutants of every kind differ from the file.
func TestMutant(t *testing.T) {
	file := bytes.Repeat([]byte("0123456789abcdef"), 40)
	kinds := map[string]int{}
	for seed := range uint64(600) {
		a, what := Mutant(file, seed)
		b, _ := Mutant(file, seed)
		if !bytes.Equal(a, b) {
			t.Fatalf("seed %d gives two mutants", seed)
		}
		if !bytes.Equal(a, file) {
			for _, kind := range []string{"cut off", "flipped", "is 0x", "are zero", "there twice", "noise"} {
				if strings.Contains(what, kind) {
					kinds[kind]++
				}
			}
		}
	}
	for _, kind := range []string{"cut off", "flipped", "is 0x", "are zero", "there twice", "noise"} {
		if kinds[kind] < 50 {
			t.Errorf("%d of 600 mutants are %q", kinds[kind], kind)
		}
	}
}
