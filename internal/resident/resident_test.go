package resident_test

import (
	"testing"

	"cocostat/internal/resident"
)

var block []byte

// 256 MB that are written to must show, up to what the runtime gives back
// meanwhile.
func TestBytes(t *testing.T) {
	before, known := resident.Bytes()
	if !known {
		t.Skip("this system does not tell the memory of a process")
	}
	block = make([]byte, 256<<20)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	after, _ := resident.Bytes()
	if growth := after - before; growth < 200<<20 || growth > 400<<20 {
		t.Errorf("256 MB more show as %d MB", growth>>20)
	}
}
