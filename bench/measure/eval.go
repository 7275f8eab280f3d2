package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// libraries are the peers of cocostat eval: the names of their packages. The
// first is the reference.
var libraries = []string{"pycocotools", "faster-coco-eval", "hotcoco", "ultrafast-pycocotools", "vernier"}

// eval measures cocostat eval.
func (b *bench) eval(ctx context.Context) error {
	r := &evalReport{began: time.Now(), machine: thisMachine()}
	t, err := b.prepareEvalTools(ctx)
	if err != nil {
		return err
	}
	if r.input, err = b.prepareEvalInputs(ctx, t); err != nil {
		return err
	}
	r.revision = revision(t.cocostat)
	reference, err := evaluated(ctx, t.cocostat, r.input)
	if err != nil {
		return err
	}
	r.stats = reference
	r.programs = b.evalPrograms(t, r.input, reference)
	if err := b.measure(ctx, r.programs); err != nil {
		return err
	}
	if r.arrays, err = b.compareArrays(ctx, t, r.input); err != nil {
		return err
	}
	if r.growth, err = b.evalGrowth(ctx, t, r.input); err != nil {
		return err
	}
	r.floor = ownPeak()
	if picture := r.curve(); picture != "" {
		if err := os.WriteFile(filepath.Join(b.dir, "eval.svg"), []byte(picture), 0o644); err != nil {
			return err
		}
	}
	return b.publish("eval.md", r.markdown())
}

// prepareEvalTools builds and installs what eval needs.
func (b *bench) prepareEvalTools(ctx context.Context) (*tools, error) {
	t := &tools{bin: filepath.Join(b.dir, "bin"), why: map[string]error{}, version: map[string]string{}}
	t.cocostat, t.instances = filepath.Join(t.bin, "cocostat"), filepath.Join(t.bin, "instances")
	t.detections = filepath.Join(t.bin, "detections")
	say("building")
	if err := b.build(ctx, t.cocostat, b.root, "./cmd/cocostat"); err != nil {
		return nil, err
	}
	for _, path := range []string{t.instances, t.detections} {
		if err := b.build(ctx, path, filepath.Join(b.root, "bench"), "./"+filepath.Base(path)); err != nil {
			return nil, err
		}
	}
	b.preparePython(ctx, t, filepath.Join(b.dir, "venv"), "requirements-eval.txt")
	t.say(ctx)
	return t, ctx.Err()
}

// evalInput is a pair of files to evaluate, and what is in them.
type evalInput struct {
	truth, results string
	made           bool // results
	images         int
	boxes          int
	classes        int
	detections     int
	size           int64 // of both, bytes
}

// valImages is the number of images of COCO val2017, and trainImages that of
// the file whose statistics bench/instances has.
const valImages, trainImages = 5000, 118287

// prepareEvalInputs finds or makes the annotations and the detections.
func (b *bench) prepareEvalInputs(ctx context.Context, t *tools) (*evalInput, error) {
	truth := b.file
	if truth == "" {
		truth = filepath.Join(b.root, "..", "shared", "data", "coco_val2017_boxes", "instances_val2017_boxes.json")
		if _, err := os.Stat(truth); err != nil {
			truth = filepath.Join(b.dir, "instances_val2017.json")
			scale := strconv.FormatFloat(float64(valImages)/trainImages, 'g', -1, 64)
			if err := b.makeFile(ctx, truth, t.instances, "make", "-scale", scale, "-seed", "2"); err != nil {
				return nil, err
			}
		}
	}
	if b.detections != "" {
		n, err := countElements(b.detections)
		if err != nil {
			return nil, err
		}
		return b.readEvalInput(ctx, truth, b.detections, n)
	}
	results, err := b.makeDetections(ctx, t, truth, b.n)
	if err != nil {
		return nil, err
	}
	in, err := b.readEvalInput(ctx, truth, results, b.n)
	if in != nil {
		in.made = true
	}
	return in, err
}

// makeDetections makes a results file for an annotation file.
func (b *bench) makeDetections(ctx context.Context, t *tools, truth string, n int) (string, error) {
	base := trimExt(filepath.Base(truth))
	path := filepath.Join(b.dir, fmt.Sprintf("%s-%d-detections.json", base, n))
	return path, b.makeFile(ctx, path, t.detections, "make", "-n", strconv.Itoa(n), truth)
}

// readEvalInput counts what is in the annotation file; the results file has n
// detections.
func (b *bench) readEvalInput(ctx context.Context, truth, results string, n int) (*evalInput, error) {
	in := &evalInput{truth: truth, results: results, detections: n, size: sizeOf(truth) + sizeOf(results)}
	data, err := os.ReadFile(truth)
	if err != nil {
		return nil, err
	}
	var file struct {
		Images, Annotations, Categories []struct{}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", truth, err)
	}
	in.images, in.boxes, in.classes = len(file.Images), len(file.Annotations), len(file.Categories)
	return in, b.warm(ctx, []string{truth, results})
}

// countElements returns the length of a file's JSON list.
func countElements(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if _, err := d.Token(); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	n := 0
	for ; d.More(); n++ {
		var element struct{}
		if err := d.Decode(&element); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return n, nil
}

// twelve are COCO's numbers in its order, -1 where there is none.
type twelve [12]float64

var twelveNames = [12]string{"AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"}

// evaluated returns the numbers that cocostat gives.
func evaluated(ctx context.Context, cocostat string, in *evalInput) (*twelve, error) {
	m, err := process{args: []string{cocostat, "eval", in.truth, in.results, "--format", "json"}, output: true}.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("cocostat eval %s %s: %w", in.truth, in.results, err)
	}
	return parseEvaluation(m.output)
}

func parseEvaluation(data []byte) (*twelve, error) {
	var v struct {
		Summary map[string]*float64
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("the output of cocostat: %w", err)
	}
	numbers := &twelve{}
	for i, name := range twelveNames {
		value, ok := v.Summary[name]
		if !ok {
			return nil, fmt.Errorf("the output of cocostat: no %s in the summary", name)
		}
		numbers[i] = -1
		if value != nil {
			numbers[i] = *value
		}
	}
	return numbers, nil
}

// check compares the numbers that a library prints with cocostat's.
func (s *twelve) check(output []byte) (string, error) {
	var other twelve
	if err := json.Unmarshal(output, &other); err != nil {
		return "", fmt.Errorf("unexpected output: %w", err)
	}
	largest := 0.0
	for i, v := range other {
		largest = max(largest, math.Abs(v-s[i])) // NaN if one is
	}
	if largest != 0 {
		return fmt.Sprintf("differ by up to %.2g", largest), nil
	}
	return "equal", nil
}

// evalPrograms are the rows of the table.
func (b *bench) evalPrograms(t *tools, in *evalInput, reference *twelve) []*program {
	ours := &program{name: "**cocostat eval**", run: process{args: []string{t.cocostat, "eval", in.truth, in.results}}}
	list := []*program{ours}
	var slow *program
	for _, library := range libraries {
		p := b.evalPeer(t, library, in)
		p.check = reference.check
		if slow == nil {
			slow = p
		}
		list = append(list, p)
	}
	for _, p := range list {
		p.relative = [2]*program{ours, slow}
	}
	return list
}

// evalPeer evaluates with a library.
func (b *bench) evalPeer(t *tools, library string, in *evalInput, arrays ...string) *program {
	script := filepath.Join(b.root, "bench", "python", "evaluate.py")
	return &program{name: named(library, t.version[library]), why: t.why[library],
		run: process{args: append([]string{t.python, "-B", script, library, in.truth, in.results}, arrays...)}}
}
