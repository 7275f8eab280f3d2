package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/internal/classcounts"
	"cocostat/internal/cli"
	"cocostat/internal/mutate"
)

// Text without a checksum is read with another content where a digit differs;
// the reader must end, and take no more than it may.
func TestMutatedMetrics(t *testing.T) {
	read := func(file []byte) (*trainedRun, error) {
		r := &trainedRun{}
		return r, r.read(bytes.NewReader(file), "metrics.jsonl")
	}
	want, err := read([]byte(twoEpochs))
	if err != nil {
		t.Fatal(err)
	}
	mutate.Files(t, []byte(twoEpochs), mutate.AgainstBy(want, read, func(a, b *trainedRun) bool { return reflect.DeepEqual(a.rows, b.rows) }))
}

func TestMutatedCounts(t *testing.T) {
	for name, text := range map[string]string{
		"counts.csv":  "category_id,name,instances,images\n1,person,262465,64115\n3,\"car, van\",43867,12251\n",
		"counts.json": `{"classes": [{"id": 1, "name": "person", "instances": 262465, "images": 64115}, {"name": "car", "count": 43867}]}`,
		"plain.json":  `{"dataset": "COCO", "person": 262465, "car": 43867}`,
	} {
		path := filepath.Join(t.TempDir(), name)
		read := func(file []byte) ([]classcounts.Class, error) {
			if err := os.WriteFile(path, file, 0o644); err != nil {
				t.Fatal(err)
			}
			return readCounts(t.Context(), path, annotations.Options{})
		}
		want, err := read([]byte(text))
		if err != nil || len(want) != 2 {
			t.Fatalf("%s: %+v, %v", name, want, err)
		}
		mutate.Files(t, []byte(text), mutate.Against(want, read))
	}
}

// A device without end is told by its beginning.
func TestEndlessFiles(t *testing.T) {
	const zero = "/dev/zero"
	if _, err := os.Stat(zero); err != nil {
		t.Skip("no /dev/zero here")
	}
	for _, args := range [][]string{
		{"curves", zero}, {"split", zero}, {"convert", zero, filepath.Join(t.TempDir(), "w.json")}, {"schedule", zero},
	} {
		_, errs, code := run(t.Context(), "", args...)
		if code != cli.ExitFailure || !strings.Contains(errs, zero) {
			t.Errorf("%q: exit code %d, %q", args, code, errs)
		}
	}
	long := filepath.Join(t.TempDir(), "metrics.jsonl")
	if err := os.WriteFile(long, []byte(strings.Repeat(" ", longestLine+1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readRun(long); err == nil || !strings.Contains(err.Error(), "metrics.jsonl:1: the line has more than 65536 bytes") {
		t.Errorf("a line without end: %v", err)
	}
}
