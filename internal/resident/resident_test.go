//go:build unix

package resident_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"cocostat/internal/resident"
)

// 256 MB that are written to must show, up to what the runtime gives back
// meanwhile. They are mapped here, as the race detector keeps memory of its own
// beside the memory of Go.
func TestBytes(t *testing.T) {
	before, known := resident.Bytes()
	if !known {
		t.Skip("this system does not tell the memory of a process")
	}
	block, err := unix.Mmap(-1, 0, 256<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(block)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	after, _ := resident.Bytes()
	if growth := after - before; growth < 200<<20 || growth > 400<<20 {
		t.Errorf("256 MB more show as %d MB", growth>>20)
	}
}
