package torchx_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"cocostat/train/torchx"
)

// Large tensors of changing sizes come and go: each keeps its numbers and takes at most
// a quarter more than these, and living and waiting memory together at most a quarter
// more than lived at most. What other tests took would count, so that this one has a
// process of its own.
func TestTensorMemory(t *testing.T) {
	const variable = "COCOSTAT_TENSOR_MEMORY"
	if os.Getenv(variable) == "" {
		self := exec.Command(os.Args[0], "-test.run=^TestTensorMemory$", "-test.v")
		self.Env = append(os.Environ(), variable+"=1")
		out, err := self.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestTensorMemory") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	const unit = 1 << 18 // floats, 1 MiB
	before, _ := torchx.TensorMemory()
	var most int64
	check := func(want int64) {
		t.Helper()
		live, idle := torchx.TensorMemory()
		if most = max(most, live); live-before < want || live-before > want+want/4 || idle < 0 || live+idle > most+most/4 {
			t.Errorf("%d bytes live and %d wait; want %d live, and at most %d with those that wait", live-before, idle, want, most+most/4)
		}
	}
	step(t, func() {
		// more than lives later, which sets the limit
		large := floats(t, make([]float32, 128*unit), 128*unit)
		check(128 * 4 * unit)
		torchx.Release(large)
		check(0)
	})
	for round := range 6 {
		step(t, func() {
			var kept []torchx.Tensor
			var sizes []int
			live := int64(0)
			for i := range 12 {
				n := (1+(5*i+3*round)%19)*unit + 64*i
				values := make([]float32, n)
				values[0], values[n-1] = float32(i+1), float32(-i-1)
				kept, sizes = append(kept, floats(t, values, int64(n))), append(sizes, n)
				live += (4*int64(n) + 4095) / 4096 * 4096
			}
			check(live)
			for i, x := range kept {
				got := make([]float32, sizes[i])
				ok(t, torchx.Read(x, got))
				last := len(got) - 1
				if got[0] != float32(i+1) || got[last] != float32(-i-1) || slices.Max(got[1:last]) != 0 || slices.Min(got[1:last]) != 0 {
					t.Errorf("round %d: tensor %d holds other numbers", round, i)
				}
			}
			torchx.Release(kept...)
			check(0)
		})
	}
}
