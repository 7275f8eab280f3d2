package curves

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

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

// A line without end is told by its beginning.
func TestEndlessLine(t *testing.T) {
	long := filepath.Join(t.TempDir(), "metrics.jsonl")
	if err := os.WriteFile(long, []byte(strings.Repeat(" ", longestLine+1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readRun(long); err == nil || !strings.Contains(err.Error(), "metrics.jsonl:1: the line has more than 65536 bytes") {
		t.Errorf("a line without end: %v", err)
	}
}
