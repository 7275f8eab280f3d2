package tensorboard_test

import (
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cocostat/internal/tensorboard"
)

// Written by Python's tensorboard 2.21.0 with its RecordWriter and event_pb2:
//
//	Event(wall_time=t, file_version="brain.Event:2")
//	Event(wall_time=t, step=300, session_log=SessionLog(status=START))
//	Event(wall_time=t+1, step=301, summary of loss/total 2.5 and val/ap 0.125)
//
// with t = 1700000000.25.
const fromPython = "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9" +
	"100000000000000095fbfe180900001040fc54d94110ac023a0208016b3b88f1" +
	"300000000000000095f5d05f0900005040fc54d94110ad022a220a110a0a6c6f73732f746f74616c15000020400a0d0a0676616c2f6170150000003e42df3a73"

// write makes the file of fromPython.
func write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), tensorboard.Prefix+"test")
	now := time.UnixMilli(1700000000250)
	w, err := tensorboard.Create(path, now)
	ok(t, err)
	ok(t, w.Restart(now, 300))
	ok(t, w.Scalars(now.Add(time.Second), 301, tensorboard.Scalar{Tag: "loss/total", Value: 2.5},
		tensorboard.Scalar{Tag: "nothing", Value: math.NaN()}, tensorboard.Scalar{Tag: "val/ap", Value: 0.125}))
	ok(t, w.Scalars(now, 302, tensorboard.Scalar{Tag: "nothing", Value: math.NaN()}))
	if info, err := os.Stat(path); err != nil || info.Size() != w.Size() {
		t.Errorf("size %d, the file has %v, %v", w.Size(), info, err)
	}
	ok(t, w.Close())
	return path
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFileIsThatOfPython(t *testing.T) {
	path := write(t)
	raw, err := os.ReadFile(path)
	if err != nil || hex.EncodeToString(raw) != fromPython {
		t.Errorf("%v, wrote\n%x, want\n%s", err, raw, fromPython)
	}
	if _, err := tensorboard.Create(path, time.Now()); err == nil {
		t.Error("an existing file was replaced")
	}
}

// The three records end at bytes 40, 72 and 136; what is left ends with one of
// them, at most at the wanted size, and before a damaged one.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		size, file, damaged, want int64
	}{
		{136, 136, -1, 136}, {1000, 136, -1, 136}, {72, 136, -1, 72}, {135, 136, -1, 72}, {136, 100, -1, 72},
		{136, 80, -1, 72}, {136, 136, 60, 40}, {136, 136, 41, 40}, {136, 136, 135, 72}, {39, 136, -1, 0}, {136, 0, -1, 0},
	} {
		path := write(t)
		if c.damaged >= 0 {
			raw, err := os.ReadFile(path)
			ok(t, err)
			raw[c.damaged] ^= 0x10
			ok(t, os.WriteFile(path, raw, 0o644))
		}
		ok(t, os.Truncate(path, c.file))
		got, err := tensorboard.Cut(path, c.size)
		info, err2 := os.Stat(path)
		if err != nil || err2 != nil || got != c.want || info.Size() != c.want {
			t.Errorf("%+v: cut to %d, %v, %v", c, got, err, err2)
		}
	}
}
