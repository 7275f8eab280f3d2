package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// trainEpochs is how long a run of training is. The first epoch warms up and is
// not counted.
const trainEpochs = 3

// trainScene is one comparison: a set of images and the size of a step.
type trainScene struct {
	size, batch int
	steps       int    // of an epoch
	file        string // annotations of as many images
	images      string // their folder
	weights     string // class weights of the file, JSON
	made        bool
	programs    []*trainProgram
}

// trainProgram is a row of a scene's table.
type trainProgram struct {
	name string
	why  error // why it cannot run
	run  process
	read func(output []byte) ([]trainEpoch, error)
	runs []trainRun
	err  error // of its first failure
}

func (p *trainProgram) failure() error { return firstError(p.why, p.err) }

// trainRun is what one process did.
type trainRun struct {
	measured
	epochs []trainEpoch
}

// trainEpoch is an epoch of a run.
type trainEpoch struct {
	images  int
	seconds float64
	heatmap float64     // mean loss
	times   *trainTimes // of ours
}

// trainTimes is where train's time went, seconds.
type trainTimes struct {
	Waiting    float64 `json:"waiting"`
	Copying    float64 `json:"copying"`
	Forward    float64 `json:"forward"`
	Loss       float64 `json:"loss"`
	Backward   float64 `json:"backward"`
	Optimiser  float64 `json:"optimiser"`
	Other      float64 `json:"other"`
	Decoding   float64 `json:"loader_decoding"`
	Augmenting float64 `json:"loader_augmenting"`
	Targets    float64 `json:"loader_targets"`
}

// rate returns the images per second after the first epoch.
func (r trainRun) rate() float64 {
	images, seconds := 0, 0.0
	for _, e := range r.epochs[1:] {
		images += e.images
		seconds += e.seconds
	}
	return float64(images) / seconds
}

// train measures training.
func (b *bench) train(ctx context.Context) error {
	r := &trainReport{began: time.Now(), machine: thisMachine(), threads: b.threads, workers: b.workers}
	r.scenes = []*trainScene{{size: 512, batch: 8, steps: 8}, {size: 128, batch: 32, steps: 16}}
	bin := filepath.Join(b.root, "build", "bin")
	train, cocostat := filepath.Join(bin, "train"), filepath.Join(bin, "cocostat")
	r.revision = revision(train)
	why := b.needTorch(ctx)
	if why == nil {
		r.torch = torchVersions(ctx)
	}
	for _, s := range r.scenes {
		s.steps = max(1, int(float64(s.steps)*b.scale))
		if err := b.prepareScene(ctx, s, cocostat); err != nil {
			return err
		}
		s.programs = b.trainPrograms(s, train, why)
		if err := s.measure(ctx, b.rounds); err != nil {
			return err
		}
	}
	return b.publish("train.md", r.markdown())
}

// measure runs the programs in turn, each round beginning with another.
func (s *trainScene) measure(ctx context.Context, rounds int) error {
	for round := range rounds {
		for i := range s.programs {
			p := s.programs[(i+round)%len(s.programs)]
			if p.failure() != nil {
				continue
			}
			p.measure(ctx)
			if err := ctx.Err(); err != nil {
				return err
			}
			if p.err != nil {
				say("%d×%d, round %d of %d: %s failed: %v", s.size, s.size, round+1, rounds, p.name, p.err)
				continue
			}
			last := p.runs[len(p.runs)-1]
			say("%d×%d, round %d of %d: %s: %.2f images/s, %.0f MB", s.size, s.size, round+1, rounds, p.name, last.rate(), megabytes(last.all))
		}
	}
	return nil
}

func (p *trainProgram) measure(ctx context.Context) {
	m, err := p.run.run(ctx)
	if err == nil {
		r := trainRun{measured: m}
		if r.epochs, err = p.read(m.output); err == nil && len(r.epochs) != trainEpochs {
			err = fmt.Errorf("%d epochs reported, want %d", len(r.epochs), trainEpochs)
		}
		p.runs = append(p.runs, r)
	}
	p.err = err
}

// trainPrograms are the rows of a scene.
func (b *bench) trainPrograms(s *trainScene, train string, why error) []*trainProgram {
	run := filepath.Join(b.dir, fmt.Sprintf("train-%d-run", s.size))
	number := strconv.Itoa
	common := []string{"--size", number(s.size), "--batch", number(s.batch), "--epochs", number(trainEpochs), "--threads", number(b.threads), "--workers", number(b.workers)}
	ours := append([]string{"sh", "-c", `rm -rf "$0"; exec "$@"`, run, train, s.file, "--train-images", s.images, "-o", run,
		"--loss", "focal+wf", "--warmup", "0", "--cache", "0", "--quiet"}, common...)
	list := []*trainProgram{{
		name: "**train**", run: process{args: ours, output: true, all: true},
		read: func([]byte) ([]trainEpoch, error) { return readMetrics(filepath.Join(run, "metrics.jsonl"), s.batch) },
	}}
	for _, layout := range []struct{ name, title string }{{"nhwc", "PyTorch, channels last"}, {"nchw", "PyTorch, channels first"}} {
		args := append([]string{systemPython, "-B", filepath.Join(b.root, "bench", "python", "train_centernet.py"), s.file, s.images, s.weights,
			"--layout", layout.name, "--checkpoint", run + ".pth"}, common...)
		list = append(list, &trainProgram{name: layout.title, why: why, run: process{args: args, output: true, all: true}, read: readLines})
	}
	return list
}

// readMetrics reads the epochs of one of our runs.
func readMetrics(path string, batch int) ([]trainEpoch, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var epochs []trainEpoch
	before := 0
	for line := range strings.Lines(string(text)) {
		var m struct {
			Steps   int         `json:"steps"` // since the beginning
			Seconds float64     `json:"seconds"`
			Heatmap float64     `json:"loss_heatmap"`
			Times   *trainTimes `json:"time"`
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		epochs = append(epochs, trainEpoch{(m.Steps - before) * batch, m.Seconds, m.Heatmap, m.Times})
		before = m.Steps
	}
	return epochs, nil
}

// readLines reads the epochs that the peer prints.
func readLines(output []byte) ([]trainEpoch, error) {
	var epochs []trainEpoch
	for line := range strings.Lines(string(output)) {
		var m struct {
			Images  int
			Seconds float64
			Heatmap float64 `json:"loss_heatmap"`
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			return nil, fmt.Errorf("unexpected output %q: %w", strings.TrimSpace(line), err)
		}
		epochs = append(epochs, trainEpoch{m.Images, m.Seconds, m.Heatmap, nil})
	}
	return epochs, nil
}
