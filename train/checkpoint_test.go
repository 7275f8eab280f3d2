package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/mutate"
	"cocostat/internal/safetensors"
)

// small is a checkpoint of two tensors that belongs to no network.
func small() safetensors.File {
	return safetensors.File{
		Metadata: map[string]string{keyFormat: checkpointFormat, keyState: `{"epoch": 2, "classes": [{"id": 1, "name": "a"}]}`, keySteps: "40"},
		Tensors: []safetensors.Tensor{
			{Name: "a.weight", Shape: []int64{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
			{Name: "a.bias", Shape: []int64{2}, Data: []float32{7, 8}},
		},
	}
}

func written(t *testing.T, f safetensors.File) (path string, raw []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "c.safetensors")
	if err := writeCheckpoint(path, f); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, raw
}

// A header that is changed so that the file stays whole is refused as changed
// numbers are.
func TestChangedHeaderOfCheckpoint(t *testing.T) {
	path, raw := written(t, small())
	if _, err := LoadCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"shape":[2,3]`:      `"shape":[3,2]`,
		`"shape":[2]`:        `"shape":[02]`,
		`"dtype":"F32"`:      `"dtype":"I32"`,
		`"a.bias"`:           `"a.bios"`,
		`checkpoint/3`:       `checkpoint/2`,
		`cocostat.adam_step`: `cocostat.adam_stop`,
		`\"epoch\": 2`:       `\"epoch\": 3`,
		`"data_offsets":[0,`: `"data_offsets":[4,`,
	} {
		changed := bytes.Replace(raw, []byte(from), []byte(to), 1)
		if bytes.Equal(changed, raw) {
			t.Fatalf("the header has no %s: %q", from, raw)
		}
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if c, err := LoadCheckpoint(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s in the place of %s: %+v, error %v", to, from, c, err)
		}
	}
}

// A checkpoint of before type and shape were among the checksums is read; its
// numbers are checked. Its checksums are computed here as they were defined.
func TestCheckpointOfFormatBefore(t *testing.T) {
	f := small()
	f.Metadata[keyFormat] = "checkpoint/2"
	table := crc32.MakeTable(crc32.Castagnoli)
	sums := map[string]string{}
	for _, x := range f.Tensors {
		var data []byte
		for _, v := range x.Data {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		sums[x.Name] = fmt.Sprintf("%08x", crc32.Checksum(data, table))
	}
	metadata := fmt.Sprintf("%q:%q\n%q:%q\n%q:%q\n", keySteps, f.Metadata[keySteps], keyFormat, f.Metadata[keyFormat], keyState, f.Metadata[keyState])
	sums["metadata"] = fmt.Sprintf("%08x", crc32.Checksum([]byte(metadata), table))
	text, err := json.Marshal(sums)
	if err != nil {
		t.Fatal(err)
	}
	f.Metadata[keyChecksums] = string(text)
	path := filepath.Join(t.TempDir(), "old.safetensors")
	if err := safetensors.WriteFile(path, f); err != nil {
		t.Fatal(err)
	}
	c, err := LoadCheckpoint(path)
	if err != nil || c.Epoch != 2 || c.steps != 40 {
		t.Fatalf("%+v, %v", c, err)
	}
	if note := c.versionNote(); !strings.Contains(note, "earlier version's (checkpoint/2)") {
		t.Errorf("going on from it: note %q", note)
	}
	path, _ = written(t, small())
	if now, err := LoadCheckpoint(path); err != nil || now.versionNote() != "" {
		t.Errorf("one of today's format: note %q, %v", now.versionNote(), err)
	}
	f.Tensors[0].Data[3]++
	if err := safetensors.WriteFile(path, f); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadCheckpoint(path); err == nil || !strings.Contains(err.Error(), "a.weight: the checksum") {
		t.Errorf("a changed number: %v", err)
	}
}

func TestMutatedCheckpoint(t *testing.T) {
	path, raw := written(t, small())
	want, err := LoadCheckpoint(path)
	if err != nil {
		t.Fatal(err)
	}
	counts := mutate.Files(t, raw, mutate.Against(want, func(file []byte) (*Checkpoint, error) {
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
		return LoadCheckpoint(path)
	}))
	if counts[mutate.Other] > 0 {
		t.Errorf("%v", counts)
	}
}
