package torchx_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"cocostat/train/torchx"
)

// libtorch and libtorchx must share one OpenMP: each runtime has threads of its
// own, which wait actively while the other's work. Wheels of PyTorch bring
// theirs, older ones (2.5.1) under another name than the system's.
func TestOneOpenMP(t *testing.T) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("what is loaded is not told here: ", err)
	}
	ok(t, torchx.SetThreads(1)) // a call into both
	loaded := regexp.MustCompile(`/lib(gomp|iomp5|omp)[-.][^ \n]*`).FindAllString(string(maps), -1)
	slices.Sort(loaded)
	if loaded = slices.Compact(loaded); len(loaded) != 1 {
		t.Errorf("%d OpenMP runtimes are loaded, want 1: %q", len(loaded), loaded)
	}
}
