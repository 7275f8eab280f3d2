package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// trainSteps is how many steps an epoch has, times the scale.
const trainSteps = 4

// trainEpochs is how long a run of training is. The first epoch warms up and is
// not counted.
const trainEpochs = 3

// trainData is a set of images and the size of a step.
type trainData struct {
	size, batch int
	steps       int    // of an epoch
	file        string // annotations of as many images
	images      string // their folder
	weights     string // class weights of the file, JSON
	made        bool
}

// trainScene is one comparison.
type trainScene struct {
	network  trainNetwork
	programs []*trainProgram
}

// trainProgram is a row of a scene's table.
type trainProgram struct {
	name string
	peer bool  // not ours
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
	loss    float64     // mean
	before  float64     // processor seconds before the first epoch, if known
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
	Device     float64 `json:"device"`
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

// processor returns the processor seconds for an image, all epochs counted. What
// passed before them is left out if the program tells it.
func (r trainRun) processor() float64 {
	images := 0
	for _, e := range r.epochs {
		images += e.images
	}
	return (r.cpu.Seconds() - r.epochs[0].before) / float64(images)
}

// train measures training.
func (b *bench) train(ctx context.Context) error {
	networks, err := networksOf(b.networks)
	if err != nil {
		return err
	}
	if b.size < 32 || b.size%32 != 0 || b.batch < 1 {
		return fmt.Errorf("-size %d, -batch %d: want a multiple of 32 and at least one image", b.size, b.batch)
	}
	r := &trainReport{began: time.Now(), machine: thisMachine(), threads: b.threads, workers: b.workers}
	r.data = trainData{size: b.size, batch: b.batch, steps: max(1, int(trainSteps*b.scale))}
	bin := filepath.Join(b.root, "build", "bin")
	train, cocostat := filepath.Join(bin, "train"), filepath.Join(bin, "cocostat")
	r.revision = revision(train)
	peers, err := b.torchPeers(ctx)
	if err != nil {
		return err
	}
	for _, p := range peers {
		r.peers = append(r.peers, p.versions)
	}
	if err := b.prepareImages(ctx, &r.data, cocostat); err != nil {
		return err
	}
	for _, n := range networks {
		r.scenes = append(r.scenes, &trainScene{n, b.trainPrograms(n, &r.data, train, []ourWay{{name: "**train**"}}, peers)})
	}
	if err := b.measureScenes(ctx, r.scenes); err != nil {
		return err
	}
	return b.publish("train.md", r.markdown())
}

// measureScenes runs the programs of all scenes, round by round.
func (b *bench) measureScenes(ctx context.Context, scenes []*trainScene) error {
	for round := range b.rounds {
		for _, s := range scenes {
			if err := inTurn(ctx, s.programs, s.network.name, round, b.rounds); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn is a program that is measured in turn with others.
type turn interface {
	title() string
	failure() error
	measure(ctx context.Context) error
	last() string // what its last run came to
}

// inTurn runs programs one after the other; each round begins with another.
func inTurn[T turn](ctx context.Context, programs []T, network string, round, rounds int) error {
	for i := range programs {
		p := programs[(i+round)%len(programs)]
		if p.failure() != nil {
			continue
		}
		err := p.measure(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		what := p.title() + ": "
		if err != nil {
			what = p.title() + " failed: " + err.Error()
		} else {
			what += p.last()
		}
		say("round %d of %d, %s: %s", round+1, rounds, network, what)
	}
	return nil
}

func (p *trainProgram) title() string { return p.name }

func (p *trainProgram) last() string {
	r := p.runs[len(p.runs)-1]
	return fmt.Sprintf("%.2f images/s, %.0f MB", r.rate(), megabytes(r.all))
}

func (p *trainProgram) measure(ctx context.Context) error {
	m, err := p.run.run(ctx)
	if err == nil {
		r := trainRun{measured: m}
		if r.epochs, err = p.read(m.output); err == nil && len(r.epochs) != trainEpochs {
			err = fmt.Errorf("%d epochs reported, want %d", len(r.epochs), trainEpochs)
		}
		p.runs = append(p.runs, r)
	}
	p.err = err
	return err
}

// ourWay is a way to run train.
type ourWay struct {
	name      string
	args, env []string
}

// trainPrograms are the rows of a scene.
func (b *bench) trainPrograms(n trainNetwork, d *trainData, train string, ways []ourWay, peers []*torchPeer) []*trainProgram {
	run := filepath.Join(b.dir, "train-"+n.name+"-run")
	number := strconv.Itoa
	common := []string{"--detector", n.detector, "--backbone", n.backbone, "--size", number(d.size), "--batch", number(d.batch), "--epochs", number(trainEpochs),
		"--lr", fmt.Sprint(n.rate(d.batch)), "--weight-decay", "1e-4", "--threads", number(b.threads), "--workers", number(b.workers)}
	var list []*trainProgram
	for _, way := range ways {
		ours := slices.Concat([]string{"sh", "-c", `rm -rf "$0"; exec "$@"`, run, train, d.file, "--train-images", d.images, "-o", run,
			"--loss", "focal+wf", "--augment", "centernet", "--warmup", "0", "--cache", "0", "--quiet"}, common, way.args)
		list = append(list, &trainProgram{
			name: way.name, run: process{args: ours, env: way.env, output: true, all: true},
			read: func([]byte) ([]trainEpoch, error) { return readMetrics(filepath.Join(run, "metrics.jsonl"), d.batch) },
		})
	}
	for _, p := range peers {
		for _, way := range p.ways {
			args := slices.Concat([]string{p.python, "-B", filepath.Join(b.root, "bench", "python", "train_detector.py"), d.file, d.images, d.weights,
				"--checkpoint", run + ".pth"}, common, way.args)
			list = append(list, &trainProgram{name: p.name + ", " + way.title, peer: true, why: p.why, run: process{args: args, output: true, all: true}, read: readLines})
		}
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
			Loss    float64     `json:"loss"`
			Times   *trainTimes `json:"time"`
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		epochs = append(epochs, trainEpoch{(m.Steps - before) * batch, m.Seconds, m.Loss, 0, m.Times})
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
			Loss    float64
			Before  float64
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			return nil, fmt.Errorf("unexpected output %q: %w", strings.TrimSpace(line), err)
		}
		epochs = append(epochs, trainEpoch{m.Images, m.Seconds, m.Loss, m.Before, nil})
	}
	return epochs, nil
}
