package safetensors_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/internal/safetensors"
)

// Written by Python's safetensors 0.8.0 with
//
//	save({"i": np.array([1, -2], "i8"), "b": np.array([True, False]), "d": np.array([.5], "f8"), "n": np.array([-3], "i4")}, metadata={"k": "v"})
const typesFromPython = "f800000000000000" +
	"7b225f5f6d657461646174615f5f223a7b226b223a2276227d2c2269223a7b226474797065223a22493634222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c31365d7d2c2264223a7b226474797065223a22463634222c227368617065223a5b315d2c22646174615f6f666673657473223a5b31362c32345d7d2c226e223a7b226474797065223a22493332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b32342c32385d7d2c2262223a7b226474797065223a22424f4f4c222c227368617065223a5b325d2c22646174615f6f666673657473223a5b32382c33305d7d7d2020" +
	"0100000000000000feffffffffffffff000000000000e03ffdffffff0100"

func TestArraysOfPython(t *testing.T) {
	raw, err := hex.DecodeString(typesFromPython)
	if err != nil {
		t.Fatal(err)
	}
	metadata, arrays, err := safetensors.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := []safetensors.Array{
		{Name: "i", DType: "I64", Shape: []int64{2}, Data: []byte{1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{Name: "d", DType: "F64", Shape: []int64{1}, Data: []byte{0, 0, 0, 0, 0, 0, 0xe0, 0x3f}},
		{Name: "n", DType: "I32", Shape: []int64{1}, Data: []byte{0xfd, 0xff, 0xff, 0xff}},
		{Name: "b", DType: "BOOL", Shape: []int64{2}, Data: []byte{1, 0}},
	}
	if diff := cmp.Diff(want, arrays); diff != "" || metadata["k"] != "v" {
		t.Errorf("metadata %v, arrays %s", metadata, diff)
	}
	var again bytes.Buffer
	if err := safetensors.Encode(&again, metadata, arrays); err != nil {
		t.Fatal(err)
	}
	if _, got, err := safetensors.Decode(again.Bytes()); err != nil || !cmp.Equal(got, want) {
		t.Errorf("written and read back: %+v, %v", got, err)
	}
}

func TestEncodeRefusesWhatDoesNotFit(t *testing.T) {
	for what, a := range map[string]safetensors.Array{
		"8 bytes do not fill shape [2]":    {Name: "a", DType: "I64", Shape: []int64{2}, Data: make([]byte, 8)},
		"do not fill shape [1] of type X9": {Name: "a", DType: "X9", Shape: []int64{1}, Data: make([]byte, 8)},
		`"__metadata__" is taken`:          {Name: "__metadata__", DType: "U8", Shape: []int64{0}},
	} {
		if err := safetensors.Encode(&bytes.Buffer{}, nil, []safetensors.Array{a}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v does not say %q", err, what)
		}
	}
	header := `{"a": {"dtype": "X9", "shape": [1], "data_offsets": [0, 1]}}`
	raw := append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header+"\x00"...)
	if _, _, err := safetensors.Decode(raw); err == nil || !strings.Contains(err.Error(), "type X9") {
		t.Errorf("an unknown type: %v", err)
	}
}
