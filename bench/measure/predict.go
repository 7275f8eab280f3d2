package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// predictReport is how fast trained networks look at images.
type predictReport struct {
	began            time.Time
	machine          machine
	revision         string
	peer             string // its versions
	threads, workers int
	data             trainData
	scenes           []*predictScene
}

// predictScene is one network. What is trained leaves the checkpoint that train
// predict reads, and says how fast training's forward pass is.
type predictScene struct {
	network  trainNetwork
	training *trainProgram
	programs []*predictProgram
}

// predictProgram is a row of a scene's table.
type predictProgram struct {
	name string
	peer bool
	why  error // why it cannot run
	run  process
	read func(output []byte) (images, seconds float64, err error)
	runs []predictRun
	err  error // of its first failure
}

// predictRun is what one process did.
type predictRun struct {
	measured
	rate float64 // images per second, without waiting for them to be loaded
}

// predict measures looking at images.
func (b *bench) predict(ctx context.Context) error {
	networks, err := networksOf(b.networks)
	if err != nil {
		return err
	}
	bin := filepath.Join(b.root, "build", "bin")
	train, cocostat := filepath.Join(bin, "train"), filepath.Join(bin, "cocostat")
	r := &predictReport{began: time.Now(), machine: thisMachine(), revision: revision(train), threads: b.threads, workers: b.workers}
	r.data = trainData{size: b.size, batch: b.batch, steps: max(1, int(trainSteps*b.scale))}
	python, why := b.newestPython(ctx, filepath.Join(b.dir, "newest"))
	if why == nil {
		r.peer = torchVersions(ctx, python)
	}
	if err := b.prepareImages(ctx, &r.data, cocostat); err != nil {
		return err
	}
	for _, n := range networks {
		s := &predictScene{network: n, training: b.trainPrograms(n, &r.data, train, []ourWay{{name: "training"}}, nil)[0]}
		s.programs = b.predictPrograms(n, &r.data, train, python, why)
		r.scenes = append(r.scenes, s)
	}
	for round := range b.rounds {
		for _, s := range r.scenes {
			if err := s.measure(ctx, round, b.rounds); err != nil {
				return err
			}
		}
	}
	return b.publish("predict.md", r.markdown())
}

// predictPrograms are the rows of a scene.
func (b *bench) predictPrograms(n trainNetwork, d *trainData, train, python string, why error) []*predictProgram {
	run, number := filepath.Join(b.dir, "train-"+n.name+"-run"), strconv.Itoa
	common := []string{"--batch", number(d.batch), "--threads", number(b.threads), "--workers", number(b.workers)}
	ours := slices.Concat([]string{"sh", "-c", `exec "$@" 2>&1`, "sh", train, "predict", "--checkpoint", filepath.Join(run, "last.safetensors"),
		"--annotations", d.file, "--images", d.images, "--threshold", "0", "-o", run + ".json"}, common)
	list := []*predictProgram{{name: "**train predict**", run: process{args: ours, output: true, all: true}, read: readPredicted}}
	theirs := slices.Concat([]string{python, "-B", filepath.Join(b.root, "bench", "python", "predict_detector.py"), d.file, d.images,
		"--detector", n.detector, "--backbone", n.backbone, "--size", number(d.size)}, common)
	for _, way := range []torchWay{
		{"channels last", []string{"--layout", "nhwc"}},
		{"channels first", []string{"--layout", "nchw"}},
		{"compiled, channels last", []string{"--layout", "nhwc", "--compile"}},
	} {
		p := process{args: slices.Concat(theirs, way.args), output: true, all: true}
		list = append(list, &predictProgram{name: "PyTorch, " + way.title, peer: true, why: why, run: p, read: readPeerPredicted})
	}
	model := run + ".onnx"
	export := slices.Concat([]string{"sh", "-c", `"$1" export --checkpoint "$2" --size "$3" -o "$4" && shift 4 && exec "$@"`, "sh",
		train, filepath.Join(run, "last.safetensors"), number(d.size), model,
		python, "-B", filepath.Join(b.root, "bench", "python", "predict_onnx.py"), model, d.file, d.images}, common)
	return append(list, &predictProgram{name: "ONNX Runtime, **train export**", why: why, run: process{args: export, output: true, all: true}, read: readPeerPredicted})
}

// measure trains a network and runs the programs in turn.
func (s *predictScene) measure(ctx context.Context, round, rounds int) error {
	if err := inTurn(ctx, []*trainProgram{s.training}, s.network.name, round, rounds); err != nil || s.training.failure() != nil {
		return err
	}
	return inTurn(ctx, s.programs, s.network.name, round, rounds)
}

func (p *predictProgram) title() string { return p.name }

func (p *predictProgram) failure() error { return firstError(p.why, p.err) }

func (p *predictProgram) last() string {
	return fmt.Sprintf("%.2f images/s", p.runs[len(p.runs)-1].rate)
}

func (p *predictProgram) measure(ctx context.Context) error {
	m, err := p.run.run(ctx)
	if err == nil {
		var images, seconds float64
		if images, seconds, err = p.read(m.output); err == nil {
			p.runs = append(p.runs, predictRun{m, images / seconds})
		}
	}
	p.err = err
	return err
}

// predicted is what train predict says at its end.
var predicted = regexp.MustCompile(`detections on (\d+) images in .*, ([0-9.e+]+) without waiting`)

// readPredicted reads what train predict says.
func readPredicted(output []byte) (images, seconds float64, err error) {
	m := predicted.FindSubmatch(output)
	if m == nil {
		return 0, 0, fmt.Errorf("unexpected output %q", strings.TrimSpace(string(output)))
	}
	images, _ = strconv.ParseFloat(string(m[1]), 64)
	rate, err := strconv.ParseFloat(string(m[2]), 64)
	return images, images / rate, err
}

// readPeerPredicted reads what the peer prints.
func readPeerPredicted(output []byte) (images, seconds float64, err error) {
	var m struct{ Images, Looking float64 }
	if err := json.Unmarshal(output, &m); err != nil {
		return 0, 0, fmt.Errorf("unexpected output %q: %w", strings.TrimSpace(string(output)), err)
	}
	return m.Images, m.Looking, nil
}
