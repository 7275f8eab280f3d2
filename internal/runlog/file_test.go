package runlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/mutate"
)

// Two epochs of trainings of CenterNet, the second evaluated, without a tail;
// the first is of before it was noted where the time goes.
const twoEpochs = `{"epoch":1,"steps":4,"lambda":0,"lr":0.0005,"loss":90.5,"loss_heatmap":80,"loss_size":90,"loss_offset":1.5,"seconds":2,"images_per_second":12}
{"epoch":2,"steps":8,"lambda":1,"lr":0.00001,"loss":9.25,"loss_heatmap":8,"loss_size":9,"loss_offset":0.35,"seconds":2,"images_per_second":12,"time":{"waiting":1,"copying":0,"forward":0.5,"loss":0,"backward":0.5,"optimiser":0,"other":0,"loader_decoding":0,"loader_augmenting":0,"loader_targets":0},"val":{"ap":0.25,"ap50":0.5,"ap75":0.125,"ap_small":null,"ap_medium":null,"ap_large":0.25,"ap_head":0.25}}
`

// Text without a checksum is read with another content where a digit differs;
// the reader must end, and take no more than it may.
func TestMutatedMetrics(t *testing.T) {
	read := func(file []byte) (*Run, error) {
		r := &Run{}
		return r, r.read(bytes.NewReader(file), File)
	}
	want, err := read([]byte(twoEpochs))
	if err != nil {
		t.Fatal(err)
	}
	mutate.Files(t, []byte(twoEpochs), mutate.AgainstBy(want, read, func(a, b *Run) bool { return inJSON(t, a) == inJSON(t, b) }))
}

// inJSON are the epochs as text, in which no number is the same as no number.
func inJSON(t *testing.T, r *Run) string {
	t.Helper()
	text, err := json.Marshal(r.Epochs)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A line without end is told by its beginning.
func TestEndlessLine(t *testing.T) {
	long := filepath.Join(t.TempDir(), File)
	if err := os.WriteFile(long, []byte(strings.Repeat(" ", longestLine+1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(long); err == nil || !strings.Contains(err.Error(), "metrics.jsonl:1: the line has more than 65536 bytes") {
		t.Errorf("a line without end: %v", err)
	}
}

// What is written is read again, scores that are missing among it, by the folder
// and by the file; a line that is being written is left out.
func TestEpochsComeBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, File)
	if err := os.WriteFile(path, []byte(twoEpochs), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir)
	if err != nil || len(r.Epochs) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	first, second := r.Epochs[0], r.Epochs[1]
	if first.Val != nil || first.LR != 5e-4 || first.Losses.Part("size") != 90 || first.Times != (Times{}) {
		t.Errorf("first epoch %+v", first)
	}
	if second.Val.AP50 != 0.5 || !math.IsNaN(float64(second.Val.APSmall)) || !math.IsNaN(float64(second.Val.APTail)) || second.Times.Total() != 2 {
		t.Errorf("second epoch %+v", second)
	}
	if err := Write(dir, r.Epochs); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if want := strings.Replace(twoEpochs, `"ap_head"`, `"ap_tail":null,"ap_head"`, 1); err != nil || string(text) != want {
		t.Errorf("written\n%swant\n%s%v", text, want, err)
	}
	if err := os.WriteFile(path, text[:len(text)-9], 0o644); err != nil {
		t.Fatal(err)
	}
	if again, err := Open(path); err != nil || len(again.Epochs) != 1 || again.Folder != r.Folder || !strings.Contains(fmt.Sprint(again.Notes), "metrics.jsonl:2: the last line is not whole") {
		t.Errorf("a torn file: %+v, %v", again, err)
	}
}
