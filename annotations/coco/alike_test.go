package coco

import (
	"math/rand/v2"
	"testing"

	"cocostat/annotations/coco/cocotest"
)

// Files whose annotations are written alike are counted as the reference does,
// also where some of them are not plain, or not valid.
func TestUniformAnnotations(t *testing.T) {
	var counted int64
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 77))
		text := cocotest.Uniform(r, []int{0, 3, 30, 200}[seed%4], 20+r.IntN(80))
		window := []int{600, 1500, 4096}[seed%3]
		counted += checkAgainstReference(t, []byte(text), window)
		checkStatistics(t, text, window)
	}
	if counted < 5000 {
		t.Errorf("only %d instances were compared", counted)
	}
}
