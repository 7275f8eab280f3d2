package statedict

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/mutate"
	"cocostat/internal/safetensors"
)

// contentOf are the tensors of a file by name; PyTorch's keep their order.
func contentOf(raw []byte) (map[string][]float32, error) {
	read := readerOf(raw)
	if read == nil {
		return nil, os.ErrInvalid
	}
	d, err := read(raw)
	if err != nil {
		return nil, err
	}
	all := map[string][]float32{}
	for _, x := range d.Tensors {
		all[x.Name] = append(x.Floats(), float32(len(x.Shape)))
	}
	return all, nil
}

// PyTorch's archives have a checksum of every member, its older files and
// safetensors have none.
func TestMutatedStateDicts(t *testing.T) {
	files := map[string][]byte{}
	for _, name := range []string{"small.pth", "small_legacy.pth"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = raw
	}
	var b bytes.Buffer
	err := safetensors.Encode(&b, map[string]string{"k": "v"}, []safetensors.Array{
		{Name: "b", DType: "BF16", Shape: []int64{2, 1}, Data: []byte{0x80, 0x3f, 0x00, 0x40}},
		{Name: "f", DType: "F32", Shape: []int64{1}, Data: []byte{0, 0, 0x80, 0x3f}},
	})
	if err != nil {
		t.Fatal(err)
	}
	files["safetensors"] = b.Bytes()
	for name, raw := range files {
		t.Run(name, func(t *testing.T) {
			want, err := contentOf(raw)
			if err != nil {
				t.Fatal(err)
			}
			// -0, infinities and NaN compare by their bits.
			mutate.Files(t, raw, mutate.Against(want, contentOf))
		})
	}
}

// Pickles that are small and make much: values without end, and a tuple whose
// parts are the same tuple, 2^60 deep, as the version of the file.
func TestPicklesThatGrow(t *testing.T) {
	many := append([]byte{opProto, 2}, bytes.Repeat([]byte{opEmptyList}, mostValues+1)...)
	if _, _, err := unpickle(many, nil); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("values without end: %v", err)
	}
	magic := []byte{opProto, 2, opLong1, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, opStop}
	deep := []byte{opProto, 2, opEmptyTuple}
	for range 60 {
		deep = append(deep, opBinPut, 0, opBinGet, 0, opTuple2)
	}
	if _, err := readLegacy(append(append(magic, deep...), opStop)); err == nil || !strings.Contains(err.Error(), "1001") {
		t.Errorf("a version of 2^60 parts: %v", err)
	}
}
