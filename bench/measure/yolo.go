package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// yoloPeers read YOLO datasets: a package, and its script in bench/python.
var yoloPeers = []struct{ name, script string }{
	{"hotcoco", "yolo_hotcoco.py"},
	{"supervision", "yolo_supervision.py"},
	{"ultralytics", "yolo_ultralytics.py"},
	{"datumaro", "yolo_datumaro.py"},
}

// yolo measures cocostat analyze on a YOLO dataset: a file for each image.
func (b *bench) yolo(ctx context.Context) error {
	began, machine := time.Now(), thisMachine()
	t := &tools{bin: filepath.Join(b.dir, "bin"), why: map[string]error{}, version: map[string]string{}}
	t.cocostat, t.instances = filepath.Join(t.bin, "cocostat"), filepath.Join(t.bin, "instances")
	say("building")
	if err := b.build(ctx, t.cocostat, b.root, "./cmd/cocostat"); err != nil {
		return err
	}
	if err := b.build(ctx, t.instances, filepath.Join(b.root, "bench"), "./instances"); err != nil {
		return err
	}
	b.preparePeers(ctx, t)
	data, err := b.yoloDataset(ctx, t)
	if err != nil {
		return err
	}
	reference, err := b.reference(ctx, t.cocostat, data) // it warms the page cache, too
	if err != nil {
		return err
	}
	list := b.yoloPrograms(t, data, reference.counts)
	if err := b.measure(ctx, list); err != nil {
		return err
	}
	var text strings.Builder
	table(&text, [][2]string{
		{"date", began.Format("2 January 2006")},
		{"machine", machine.String()},
		{"cocostat", revision(t.cocostat)},
		{"dataset", fmt.Sprintf("%s images, %s objects in labels of %.1f MB, %s pairs of image and class",
			thousands(reference.images), thousands(reference.annotations), megabytes(reference.bytes), thousands(reference.pairs))},
	})
	text.WriteString("\n### A YOLO dataset\n\n")
	timeTable(&text, list, [3]string{"hotcoco", "cocostat", "counts"})
	return b.publish("yolo.md", text.String())
}

// preparePeers finds the Python peers, or installs them.
func (b *bench) preparePeers(ctx context.Context, t *tools) {
	if b.python == "" {
		b.preparePython(ctx, t, filepath.Join(b.dir, "yolo"), "requirements-yolo.txt")
		t.say(ctx)
		return
	}
	t.python = b.python
	for _, p := range yoloPeers {
		version := process{args: []string{t.python, "-c", "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))", p.name}, output: true}
		m, err := version.run(ctx)
		t.why[p.name], t.version[p.name] = err, strings.TrimSpace(string(m.output))
	}
}

// yoloDataset makes the dataset if it is not there yet, and returns its description.
func (b *bench) yoloDataset(ctx context.Context, t *tools) (string, error) {
	file := b.file
	if file == "" {
		file = filepath.Join(b.dir, "instances_train2017.json")
		if b.scale != 1 {
			file = filepath.Join(b.dir, fmt.Sprintf("instances_train2017-x%g.json", b.scale))
		}
		if err := b.makeFile(ctx, file, t.instances, "make", "-scale", strconv.FormatFloat(b.scale, 'g', -1, 64)); err != nil {
			return "", err
		}
	}
	dir := filepath.Join(b.dir, "yolo-"+trimExt(filepath.Base(file)))
	data := filepath.Join(dir, "data.yaml")
	if _, err := os.Stat(data); err == nil {
		return data, nil
	}
	say("making %s", dir)
	_, err := process{args: []string{t.instances, "yolo", "-o", dir, file}}.run(ctx)
	return data, err
}

// yoloPrograms are the rows. Their counts are compared with those of cocostat.
func (b *bench) yoloPrograms(t *tools, data string, reference counts) []*program {
	ours := &program{name: "**cocostat analyze**", run: process{args: []string{t.cocostat, "analyze", data}}}
	list := []*program{ours}
	for _, p := range yoloPeers {
		list = append(list, &program{name: named(p.name, t.version[p.name]), why: t.why[p.name], check: reference.check(parseCounts),
			run: process{args: []string{t.python, "-B", filepath.Join(b.root, "bench", "python", p.script), data},
				env: []string{"YOLO_VERBOSE=false", "YOLO_OFFLINE=true"}}})
	}
	for _, p := range list {
		p.relative = [2]*program{list[1], ours}
	}
	return list
}
