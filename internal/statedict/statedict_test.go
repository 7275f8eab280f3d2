package statedict

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/internal/safetensors"
)

// What testdata/make_files.py put into small.pth and small_legacy.pth.
var small = map[string]struct {
	shape  []int64
	values []float32
}{
	"module.plain":     {[]int64{12}, []float32{-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875}},
	"module.turned":    {[]int64{4, 2}, []float32{0, 0.5, 0.125, 0.625, 0.25, 0.75, 0.375, 0.875}},
	"module.half":      {[]int64{8}, []float32{1.5, -2, 65504, 5.9604645e-08, 1.001358e-05, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1))}},
	"module.brain":     {[]int64{2, 2}, []float32{1, -3.140625, 1.00025555e+30, 2}},
	"module.count":     {[]int64{}, []float32{1234567}},
	"module.parameter": {[]int64{1, 1, 1}, []float32{0.1}},
	"module.empty":     {[]int64{0, 3}, []float32{}},
}

func TestFilesOfPyTorch(t *testing.T) {
	for _, name := range []string{"small.pth", "small_legacy.pth"} {
		d, err := Read(filepath.Join("testdata", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if len(d.Tensors) != len(small) {
			t.Errorf("%s: %d tensors, want %d", name, len(d.Tensors), len(small))
		}
		for _, x := range d.Tensors {
			want := small[x.Name]
			if got := x.Floats(); !slices.Equal(x.Shape, want.shape) || !slices.Equal(got, want.values) {
				t.Errorf("%s: %s: shape %v, values %v; want %v, %v", name, x.Name, x.Shape, got, want.shape, want.values)
			}
			if x.Name == "module.half" && !math.Signbit(float64(x.Floats()[7])) {
				t.Error("-0 lost its sign")
			}
		}
	}
}

// Whatever is not a state dict is refused, with the name of what it needs; no
// program in a file is run.
func TestRefused(t *testing.T) {
	for name, want := range map[string][]string{
		"evil.pth":        {"evil.pth", "posix.system", "refused"},
		"evil_legacy.pth": {"posix.system", "refused"},
		"double.pth":      {"torch.DoubleStorage"},
		"module.pth":      {"torch.nn.modules.linear.Linear", "state dict"},
		"nothing.pth":     {"no tensors", "state_dict"},
		"list.pth":        {"no dict"},
		"script.pth":      {"TorchScript"},
		"make_files.py":   {"neither safetensors nor"},
		"none":            {"none"},
	} {
		_, err := Read(filepath.Join("testdata", name))
		if err == nil {
			t.Errorf("%s was read", name)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %q does not mention %q", name, err, w)
			}
		}
	}
	if _, err := os.Stat("/tmp/this-must-not-exist"); err == nil {
		t.Error("a program in a file was run")
	}
}

// A file that is cut anywhere is refused.
func TestCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.pth")
	for _, name := range []string{"small.pth", "small_legacy.pth"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(raw); n += 7 {
			if err := os.WriteFile(path, raw[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(path); err == nil {
				t.Errorf("the first %d of %d bytes of %s were read", n, len(raw), name)
			}
		}
	}
}

func TestSafetensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	// 1, -2 as bfloat16; 1, -2 as float16; 3 as int64.
	err = safetensors.Encode(f, map[string]string{"k": "v"}, []safetensors.Array{
		{Name: "b", DType: "BF16", Shape: []int64{2}, Data: []byte{0x80, 0x3f, 0x00, 0xc0}},
		{Name: "h", DType: "F16", Shape: []int64{1, 2}, Data: []byte{0x00, 0x3c, 0x00, 0xc0}},
		{Name: "n", DType: "I64", Shape: []int64{}, Data: binary.LittleEndian.AppendUint64(nil, 3)},
	})
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	d, err := Read(path)
	if err != nil || d.Metadata["k"] != "v" || len(d.Tensors) != 3 {
		t.Fatalf("%+v, %v", d, err)
	}
	for i, want := range [][]float32{{1, -2}, {1, -2}, {3}} {
		if got := d.Tensors[i].Floats(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", d.Tensors[i].Name, got, want)
		}
	}
}

func TestFits(t *testing.T) {
	const huge = math.MaxInt64
	for _, c := range []struct {
		length, offset int64
		shape, stride  []int64
		want           bool
	}{
		{6, 0, []int64{2, 3}, []int64{3, 1}, true},
		{6, 0, []int64{3, 2}, []int64{1, 3}, true},
		{6, 1, []int64{2, 3}, []int64{3, 1}, false},
		{6, 0, []int64{2, 3}, []int64{4, 1}, false},
		{6, 5, []int64{}, []int64{}, true},
		{6, 6, []int64{}, []int64{}, false},
		{6, 6, []int64{0, 9}, []int64{9, 1}, true},
		{6, 0, []int64{7}, []int64{0}, false},
		{6, 0, []int64{-1}, []int64{1}, false},
		{6, 0, []int64{2}, []int64{-1}, false},
		{6, 0, []int64{huge, huge}, []int64{huge, huge}, false},
		{6, huge, []int64{2}, []int64{1}, false},
		{1 << 40, 0, []int64{1 << 30, 1 << 30}, []int64{1 << 36, 1 << 36}, false},
	} {
		if got := fits(c.length, c.offset, c.shape, c.stride); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"small.pth", "small_legacy.pth", "evil.pth", "nothing.pth"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func([]byte) (*Dict, error){readZip, readLegacy} {
			d, err := read(raw)
			if err != nil {
				continue
			}
			for _, x := range d.Tensors {
				if got := len(x.Floats()); got > len(raw) {
					t.Errorf("%d numbers from %d bytes", got, len(raw))
				}
			}
		}
	})
}
