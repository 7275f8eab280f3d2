// Package mutate damages files in tests, and holds their readers to limits of
// time and memory.
package mutate

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"time"
)

var mutants = flag.Int("mutants", 400, "number of damaged files of each format")

// What a reader may take: time, and bytes allocated, whether they are freed or
// not, beside so many for each byte of the file.
const (
	Time        = time.Second // of each of five attempts, or one
	memoryBase  = 64 << 20
	memoryTimes = 16
)

// A Verdict is what a reader made of a damaged file.
type Verdict int

// The verdicts.
const (
	Refused Verdict = iota // an error
	Equal                  // the content that was written
	Other                  // another content
)

// Reader reads a file and compares what it read with what was written.
type Reader func(file []byte) (Verdict, error)

// Against makes a Reader of read: what it returns for a file is compared with
// want, to the depth.
func Against[T any](want T, read func(file []byte) (T, error)) Reader {
	return AgainstBy(want, read, func(got, want T) bool { return reflect.DeepEqual(got, want) })
}

// AgainstBy is Against with another comparison.
func AgainstBy[T any](want T, read func(file []byte) (T, error), same func(got, want T) bool) Reader {
	return func(file []byte) (Verdict, error) {
		got, err := read(file)
		switch {
		case err != nil:
			return Refused, err
		case same(got, want):
			return Equal, nil
		}
		return Other, nil
	}
}

// Counts are the numbers of verdicts.
type Counts [3]int

func (c Counts) String() string {
	return fmt.Sprintf("%d refused, %d equal, %d read with other content", c[Refused], c[Equal], c[Other])
}

// Files reads mutants of a file, the same in every run, and returns how many
// were read how. A reader that takes too long or too much memory, panics, or
// refuses the file itself fails the test.
func Files(t *testing.T, file []byte, read Reader) Counts {
	t.Helper()
	if verdict, err := read(bytes.Clone(file)); verdict != Equal {
		t.Fatalf("the file itself: verdict %d, %v", verdict, err)
	}
	var counts Counts
	for seed := range uint64(*mutants) {
		mutant, what := Mutant(file, seed)
		verdict, err := Within(mutant, read)
		if err != nil {
			t.Fatalf("mutant %d (%s): %v", seed, what, err)
		}
		counts[verdict]++
	}
	t.Logf("%d mutants of %d bytes: %v", *mutants, len(file), counts)
	return counts
}

// Within returns what a reader makes of a file, and an error if it panics or
// does not keep within the limits.
func Within(file []byte, read Reader) (verdict Verdict, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	verdict, _ = read(file)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if most := memoryBase + memoryTimes*uint64(len(file)); after.TotalAlloc-before.TotalAlloc > most {
		return verdict, fmt.Errorf("%d bytes taken for %d, at most %d may be", after.TotalAlloc-before.TotalAlloc, len(file), most)
	}
	// A loaded machine may halt any reader: one that is slow is slow again.
	for range 4 {
		if took <= Time {
			return verdict, nil
		}
		start = time.Now()
		verdict, _ = read(file)
		took = time.Since(start)
	}
	return verdict, fmt.Errorf("%v for %d bytes, at most %v may be", took, len(file), Time)
}

// Mutant returns the mutant of a seed, and what was done to the file.
func Mutant(file []byte, seed uint64) (mutant []byte, what string) {
	r := rand.New(rand.NewPCG(seed, uint64(len(file))))
	mutant = bytes.Clone(file)
	from := r.IntN(len(file))
	// Short ranges more often: they hit one thing.
	length := 1 + r.IntN(1+min(len(file)-from-1, 1<<r.IntN(12)))
	to := from + length
	switch r.IntN(6) {
	case 0:
		return mutant[:from], fmt.Sprintf("cut off after %d bytes", from)
	case 1:
		bit := r.IntN(8)
		mutant[from] ^= 1 << bit
		return mutant, fmt.Sprintf("bit %d of byte %d flipped", bit, from)
	case 2:
		mutant[from] = byte(r.IntN(256))
		return mutant, fmt.Sprintf("byte %d is %#x", from, mutant[from])
	case 3:
		clear(mutant[from:to])
		return mutant, fmt.Sprintf("bytes %d to %d are zero", from, to)
	case 4:
		return append(append(mutant[:to:to], file[from:to]...), file[to:]...), fmt.Sprintf("bytes %d to %d are there twice", from, to)
	}
	for i := from; i < to; i++ {
		mutant[i] = byte(r.IntN(256))
	}
	return mutant, fmt.Sprintf("bytes %d to %d are noise", from, to)
}
