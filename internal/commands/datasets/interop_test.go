package datasets

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"cocostat/annotations/visittest"
	"cocostat/internal/commands/shared/commandtest"
)

// Ultralytics, torchvision and supervision read what is written, to the pixel.
func TestOtherReaders(t *testing.T) {
	python := commandtest.Interop(t, "readers", "bin/python")
	script, err := filepath.Abs("testdata/read_datasets.py")
	if err != nil {
		t.Fatal(err)
	}
	setting(t)
	t.Setenv("YOLO_CONFIG_DIR", t.TempDir())
	shares := []string{"split", source0, "--shares", "train=60,val=40"}
	run(t, append(shares, "-o", "y", "--to", "yolo")...)
	run(t, append(shares, "-o", "root/VOCdevkit/VOC2012", "--to", "voc")...)
	whole := objects(t, source0)
	got := read(t, commandtest.Output(t, python, script, "ultralytics", "y/data.yaml", "train", "val"))
	if differ := visittest.Same(got, without(whole), 0.01); differ != "" {
		t.Errorf("Ultralytics: %s", differ)
	}
	got = read(t, commandtest.Output(t, python, script, "torchvision", "root", "train", "val"))
	if differ := visittest.Same(got, whole, 1e-3); differ != "" {
		t.Errorf("torchvision: %s", differ)
	}
	for _, list := range whole {
		for i := range list {
			list[i].Crowd = false // of which supervision tells nothing
		}
	}
	got = read(t, commandtest.Output(t, python, script, "supervision", "root/VOCdevkit/VOC2012"))
	if differ := visittest.Same(got, whole, 0.5); differ != "" { // it rounds
		t.Errorf("supervision: %s", differ)
	}
}

// read takes what the script prints.
func read(t *testing.T, text string) map[string][]visittest.Object {
	t.Helper()
	var found map[string][][6]any
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	out := map[string][]visittest.Object{}
	for name, list := range found {
		out[name] = nil
		for _, o := range list {
			n := func(i int) float64 { return o[i].(float64) }
			out[name] = append(out[name], visittest.Object{Class: o[0].(string), Crowd: n(5) != 0,
				BBox: [4]float64{n(1), n(2), n(3) - n(1), n(4) - n(2)}})
		}
	}
	return out
}
