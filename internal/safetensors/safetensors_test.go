package safetensors_test

import (
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/internal/safetensors"
)

// Written by Python's safetensors 0.8.0 with
//
//	save({"a": np.array([[1, -2.5]], "f4"), "b": np.array([3], "f4")}, metadata={"k": "v"})
const fromPython = "8800000000000000" +
	"7b225f5f6d657461646174615f5f223a7b226b223a2276227d2c2261223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b302c385d7d2c2262223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b382c31325d7d7d20" +
	"0000803f000020c000004040"

func TestReadsPythonsFile(t *testing.T) {
	raw, err := hex.DecodeString(fromPython)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := safetensors.File{
		Metadata: map[string]string{"k": "v"},
		Tensors: []safetensors.Tensor{
			{Name: "a", Shape: []int64{1, 2}, Data: []float32{1, -2.5}},
			{Name: "b", Shape: []int64{1}, Data: []float32{3}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	want := safetensors.File{
		Metadata: map[string]string{"configuration": `{"x": "ä\n"}`},
		Tensors: []safetensors.Tensor{
			{Name: "z", Shape: []int64{2, 0, 3}, Data: []float32{}},
			{Name: "scalar", Shape: []int64{}, Data: []float32{float32(math.Inf(1))}},
			{Name: "a", Shape: []int64{3}, Data: []float32{1e-45, -0, math.MaxFloat32}},
		},
	}
	if err := safetensors.WriteFile(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	byName := cmp.Transformer("byName", func(ts []safetensors.Tensor) map[string]safetensors.Tensor {
		m := map[string]safetensors.Tensor{}
		for _, x := range ts {
			m[x.Name] = x
		}
		return m
	})
	if diff := cmp.Diff(want, got, byName); diff != "" {
		t.Error(diff)
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	raw, _ := hex.DecodeString(fromPython)
	path := filepath.Join(t.TempDir(), "a.safetensors")
	for n := range raw {
		if err := os.WriteFile(path, raw[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := safetensors.ReadFile(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("the first %d of %d bytes: error %v, want one that names the file", n, len(raw), err)
		}
	}
	if err := os.WriteFile(path, append(raw, 0), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := safetensors.ReadFile(path); err == nil {
		t.Error("a byte too many was accepted")
	}
}

func TestWriteRefusesWhatDoesNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	one := safetensors.Tensor{Name: "a", Shape: []int64{2}, Data: []float32{1}}
	if err := safetensors.WriteFile(path, safetensors.File{Tensors: []safetensors.Tensor{one}}); err == nil {
		t.Error("one number filled shape [2]")
	}
	one.Shape = []int64{1}
	if err := safetensors.WriteFile(path, safetensors.File{Tensors: []safetensors.Tensor{one, one}}); err == nil {
		t.Error("two tensors of one name were written")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused file was left behind")
	}
}
